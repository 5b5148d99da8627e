#include "SqliteQueries.h"
#include "SqliteRows.h"
#include <algorithm>
#include <limits>


namespace TaskDaemon {


namespace {


using Poco::Data::Keywords::into;

std::vector<Counter> readCounters(SqliteConnection& connection)
{
	std::vector<Counter> counters;
	connection.execute("SELECT queue, state, n FROM counters WHERE n > 0", into(counters));
	return counters;
}


bool matches(const TaskFilter& filter, const Counter& counter)
{
	if (!filter.queue.empty() && filter.queue != counter.queue) return false;
	return filter.states.empty() || std::find(filter.states.begin(), filter.states.end(), counter.state) != filter.states.end();
}


std::vector<TaskId> newestOfLabel(SqliteConnection& connection, const TaskFilter& filter, TaskId before)
{
	// The states are names of our own: no input gets into the text.
	std::string states;
	for (const TaskState state : filter.states) (states += states.empty() ? "'" : ", '").append(toString(state)) += "'";
	std::string sql = "SELECT id FROM tasks INDEXED BY tasks_by_label WHERE label = ? AND label <> '' AND id < ? AND ? IN ('', queue)";
	if (!states.empty()) sql += " AND state IN (" + states + ")";
	std::vector<TaskId> ids;
	connection.execute(sql + " ORDER BY id DESC LIMIT ?", into(ids), parameter(filter.label), parameter(before), parameter(filter.queue),
		parameter(filter.limit));
	return ids;
}


std::vector<TaskId> newest(SqliteConnection& connection, const TaskFilter& filter, TaskId before)
/// One index gives the newest of each pair of queue and state; the newest of them all are among these. The counters say which pairs
/// exist, so that no query searches through tasks that do not match, however many there are.
{
	std::vector<TaskId> all;
	for (const Counter& counter : readCounters(connection))
	{
		if (!matches(filter, counter)) continue;
		std::vector<TaskId> ids;
		connection.execute(
			"SELECT id FROM tasks INDEXED BY tasks_by_queue_state WHERE queue = ? AND state = ? AND id < ? ORDER BY id DESC LIMIT ?",
			into(ids), parameter(counter.queue), parameter(std::string(toString(counter.state))), parameter(before),
			parameter(filter.limit));
		all.insert(all.end(), ids.begin(), ids.end());
	}
	std::sort(all.begin(), all.end(), std::greater<>());
	if (all.size() > static_cast<std::size_t>(filter.limit)) all.resize(static_cast<std::size_t>(filter.limit));
	return all;
}


} // namespace


// INDEXED BY: without statistics the planner would take the index on (queue, state) and sort all that is queued.
const std::string SELECT_NEXT =
	std::string("SELECT ") + TASK_COLUMNS +
	", environments.block FROM tasks INDEXED BY tasks_to_claim"
	" CROSS JOIN environments ON environments.id = tasks.environment"
	" LEFT JOIN runs ON runs.task = tasks.id AND runs.run = tasks.run"
	" WHERE tasks.queue = ? AND tasks.state = 'queued' AND tasks.held = 0 ORDER BY tasks.priority DESC, tasks.id LIMIT ?";


std::vector<Task> nextTasks(SqliteConnection& connection, const std::string& queue, int atMost)
{
	std::vector<Task> tasks;
	connection.execute(SELECT_NEXT, into(tasks), parameter(queue), parameter(atMost));
	return tasks;
}


std::optional<Task> findTask(SqliteConnection& connection, TaskId id)
{
	std::vector<Task> tasks;
	connection.execute(std::string("SELECT ") + TASK_COLUMNS +
						   ", environments.block FROM tasks JOIN environments ON environments.id = tasks.environment"
						   " LEFT JOIN runs ON runs.task = tasks.id AND runs.run = tasks.run WHERE tasks.id = ?",
		into(tasks), parameter(id));
	if (tasks.empty()) return std::nullopt;
	connection.execute(std::string("SELECT ") + RUN_COLUMNS + " FROM runs WHERE task = ? ORDER BY run", into(tasks[0].runs), parameter(id));
	return tasks[0];
}


std::vector<Task> listTasks(SqliteConnection& connection, const TaskFilter& filter)
{
	if (filter.limit <= 0) return {};
	const TaskId before = filter.before > 0 ? filter.before : std::numeric_limits<TaskId>::max();
	std::string ids;
	for (const TaskId id : filter.label.empty() ? newest(connection, filter, before) : newestOfLabel(connection, filter, before))
		(ids += ids.empty() ? "" : ",") += std::to_string(id);
	std::vector<Task> tasks;
	connection.execute(std::string("SELECT ") + TASK_COLUMNS +
						   ", NULL FROM tasks LEFT JOIN runs ON runs.task = tasks.id AND runs.run = tasks.run WHERE tasks.id IN (" + ids +
						   ") ORDER BY tasks.id DESC",
		into(tasks));
	return tasks;
}


std::map<std::string, QueueCounts> countTasks(SqliteConnection& connection)
{
	std::map<std::string, QueueCounts> queues;
	std::vector<std::string> names;
	std::vector<std::int64_t> paused;
	connection.execute("SELECT name, paused FROM queues", into(names), into(paused));
	for (std::size_t i = 0; i < names.size(); ++i) queues[names[i]].paused = paused[i] != 0;
	for (const Counter& counter : readCounters(connection)) queues[counter.queue].tasks[counter.state] = counter.n;
	return queues;
}


std::vector<RunningTask> runningTasks(SqliteConnection& connection)
{
	std::vector<RunningTask> tasks;
	connection.execute(
		"SELECT tasks.id, tasks.run, tasks.queue, tasks.on_crash, runs.supervisor, runs.pid, runs.pid_start_time"
		" FROM counters CROSS JOIN tasks INDEXED BY tasks_by_queue_state ON tasks.queue = counters.queue AND tasks.state = 'running'"
		" JOIN runs ON runs.task = tasks.id AND runs.run = tasks.run"
		" WHERE counters.state = 'running' AND counters.n > 0 ORDER BY tasks.id",
		into(tasks));
	return tasks;
}


} // namespace TaskDaemon
