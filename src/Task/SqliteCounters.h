#ifndef TaskDaemon_Task_SqliteCounters_INCLUDED
#define TaskDaemon_Task_SqliteCounters_INCLUDED


#include "SqliteConnection.h"
#include "TaskDaemon/Task/Task.h"
#include <map>
#include <string>
#include <utility>


namespace TaskDaemon {


class SqliteCounters
/// How many tasks of each queue are in each state: what a transaction changes is summed up here and added to the table
/// once, by the same commit. Not thread-safe. Owned by SqliteTaskStore. Errors: Poco::Exception.
{
public:
	void added(const std::string& queue);
	/// One more that is queued.

	void moved(const std::string& queue, TaskState from, TaskState to);

	void flush(SqliteConnection& connection);
	/// Writes and forgets the sums.

	void clear() noexcept;
	/// After a rollback.

private:
	std::map<std::pair<std::string, TaskState>, std::int64_t> _changes;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteCounters_INCLUDED
