#ifndef TaskDaemon_Task_SqliteEnvironments_INCLUDED
#define TaskDaemon_Task_SqliteEnvironments_INCLUDED


#include "SqliteConnection.h"
#include <Poco/Data/LOB.h>
#include <cstdint>
#include <string>
#include <vector>


namespace TaskDaemon {


class SqliteEnvironments
/// Stores each distinct environment once: the thousand tasks of one shell share one row. Remembers the last one, since tasks
/// that come together mostly share it. Not thread-safe. Owned by SqliteTaskStore. Errors: Poco::Exception.
{
public:
	std::int64_t idOf(SqliteConnection& connection, const std::vector<std::string>& environment);
	/// Finds the row or adds it.

	void clear() noexcept;
	/// After a rollback, which may have taken the remembered row with it.

private:
	Poco::Data::CLOB _block;
	std::int64_t _id = 0; // 0: nothing remembered
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteEnvironments_INCLUDED
