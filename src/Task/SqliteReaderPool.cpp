#include "SqliteReaderPool.h"


namespace TaskDaemon {


class SqliteReaderPool::Lease
/// Holds one connection and gives it back, or closes it unless keep() was called.
{
public:
	explicit Lease(SqliteReaderPool& pool): _pool(pool), _connection(pool.acquire()) {}

	Lease(const Lease&) = delete;
	Lease& operator=(const Lease&) = delete;

	~Lease()
	{
		if (!_keep) _connection.reset();
		_pool.release(std::move(_connection));
	}

	SqliteConnection& operator*() const
	{
		return *_connection;
	}

	void keep()
	{
		_keep = true;
	}

private:
	SqliteReaderPool& _pool;
	std::unique_ptr<SqliteConnection> _connection;
	bool _keep = false;
};


void SqliteReaderPool::read(const char* what, const Query& query)
{
	Lease lease(*this);
	SqliteConnection& connection = *lease;
	connection.attempt(what,
		[&]
		{
			connection.execute("BEGIN");
			query(connection);
			connection.execute("COMMIT");
		});
	lease.keep();
}


std::unique_ptr<SqliteConnection> SqliteReaderPool::acquire()
{
	{
		std::unique_lock lock(_mutex);
		_freed.wait(lock, [this] { return !_idle.empty() || _count < LIMIT; });
		if (!_idle.empty())
		{
			auto connection = std::move(_idle.back());
			_idle.pop_back();
			return connection;
		}
		++_count;
	}
	try
	{
		return std::make_unique<SqliteConnection>(_path, SqliteConnection::Use::READ);
	}
	catch (...)
	{
		release(nullptr);
		throw;
	}
}


void SqliteReaderPool::release(std::unique_ptr<SqliteConnection> connection)
{
	{
		const std::lock_guard lock(_mutex);
		if (connection)
			_idle.push_back(std::move(connection));
		else
			--_count;
	}
	_freed.notify_one();
}


} // namespace TaskDaemon
