#include "SqliteCounters.h"
#include "SqliteRows.h"
#include <vector>


namespace TaskDaemon {


void SqliteCounters::added(const std::string& queue)
{
	++_changes[{queue, TaskState::QUEUED}];
}


void SqliteCounters::moved(const std::string& queue, TaskState from, TaskState to)
{
	--_changes[{queue, from}];
	++_changes[{queue, to}];
}


void SqliteCounters::flush(SqliteConnection& connection)
{
	std::vector<Counter> rows;
	for (const auto& [key, change] : _changes)
	{
		if (change != 0) rows.push_back({key.first, key.second, change});
	}
	_changes.clear();
	if (rows.empty()) return;
	connection.execute(
		"INSERT INTO counters (queue, state, n) VALUES (?, ?, ?) ON CONFLICT (queue, state) DO UPDATE SET n = n + excluded.n",
		Poco::Data::Keywords::use(rows));
}


void SqliteCounters::clear() noexcept
{
	_changes.clear();
}


} // namespace TaskDaemon
