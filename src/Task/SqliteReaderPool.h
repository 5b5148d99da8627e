#ifndef TaskDaemon_Task_SqliteReaderPool_INCLUDED
#define TaskDaemon_Task_SqliteReaderPool_INCLUDED


#include "SqliteConnection.h"
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>


namespace TaskDaemon {


class SqliteReaderPool
/// A few read-only connections, each used by one thread at a time. One that met an error is closed and replaced.
/// Thread safety: read() from any thread. Owned by SqliteTaskStore; must outlive every read().
{
public:
	using Query = std::function<void(SqliteConnection&)>;

	explicit SqliteReaderPool(std::string path): _path(std::move(path))
	{
		_idle.reserve(LIMIT); // so that giving back cannot fail
	}

	void read(const char* what, const Query& query);
	/// Runs query within one read transaction, so that all its statements see the same commit. Waits while all connections are in
	/// use. Throws StoreException "cannot WHAT in the task store ...".

private:
	class Lease;

	static constexpr std::size_t LIMIT = 4;

	std::unique_ptr<SqliteConnection> acquire();
	void release(std::unique_ptr<SqliteConnection> connection);
	/// With nothing: makes room for another one.

	const std::string _path;
	std::mutex _mutex;
	std::condition_variable _freed;
	std::vector<std::unique_ptr<SqliteConnection>> _idle;
	std::size_t _count = 0;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteReaderPool_INCLUDED
