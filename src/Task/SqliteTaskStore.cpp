#include "SqliteTaskStore.h"
#include "SqliteQueries.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <sqlite3.h>


namespace TaskDaemon {


namespace {


using Poco::Data::Keywords::into;
using Poco::Data::Keywords::use;


constexpr std::size_t FLUSH_AT = 500; // rows: more gain nothing, and memory must not follow the size of a transaction

} // namespace


SqliteTaskStore::SqliteTaskStore(const std::string& path, const SqliteSchema& schema):
	_file(path, [&](const std::string& fresh) { schema.build(fresh); }), _writer(path, SqliteConnection::Use::WRITE), _readers(path)
{
	// A file that is refused stays as it is: until the checks have passed, a log beside it must not be written back when we close.
	_writer.keepLogOnClose(_file.hasLog());
	schema.check(_writer);
	_writer.keepLogOnClose(false);
	_writer.attempt("set the journal mode", [&] { _writer.execute("PRAGMA journal_mode = WAL"); });
	schema.migrate(_writer);
}


void SqliteTaskStore::begin()
{
	_lastId = 0;
	_writer.attempt("begin a transaction", [&] { _writer.execute("BEGIN IMMEDIATE"); });
}


void SqliteTaskStore::commit()
{
	_writer.attempt("commit",
		[&]
		{
			flush();
			_counters.flush(_writer);
			_writer.execute("COMMIT");
		});
}


void SqliteTaskStore::rollback() noexcept
{
	_submitted.clear();
	_counters.clear();
	_environments.clear();
	try
	{
		// SQLite has already rolled back by itself after some errors (https://www.sqlite.org/lang_transaction.html, section 3).
		if (sqlite3_get_autocommit(_writer.handle()) == 0) _writer.attempt("roll back", [&] { _writer.execute("ROLLBACK"); });
	}
	catch (const std::exception& exception)
	{
		// The next begin() will fail too and tell its caller.
		Poco::Logger::get("store").error(LogLine("rollback failed").field("error", exception.what()));
	}
}


TaskId SqliteTaskStore::submit(const TaskSpec& spec, Microseconds now)
{
	return _writer.attempt("submit a task",
		[&]
		{
			NewTask task;
			task.id = nextId();
			task.spec.cwd = spec.cwd;
			task.spec.umask = spec.umask;
			task.spec.label = spec.label;
			task.spec.queue = spec.queue;
			task.spec.priority = spec.priority;
			task.spec.timeout = spec.timeout;
			task.spec.killAfter = spec.killAfter;
			task.spec.onCrash = spec.onCrash;
			task.spec.held = spec.held;
			task.command = blockOf(spec.command);
			task.environment = _environments.idOf(_writer, spec.environment);
			task.submittedAt = now;
			_submitted.push_back(std::move(task));
			_counters.added(spec.queue);
			_lastId = _submitted.back().id;
			if (_submitted.size() >= FLUSH_AT) flush();
			return _lastId;
		});
}


TaskId SqliteTaskStore::nextId()
{
	if (_lastId == 0) _writer.execute("SELECT seq FROM sqlite_sequence WHERE name = 'tasks'", into(_lastId));
	return _lastId + 1;
}


void SqliteTaskStore::flush()
{
	if (_submitted.empty()) return;
	_writer.execute(
		"INSERT INTO tasks (id, state, queue, priority, held, submitted_at, label, umask, timeout, kill_after, on_crash, environment, cwd,"
		" command) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
		use(_submitted));
	_submitted.clear();
}


std::vector<Task> SqliteTaskStore::claim(const std::string& queue, int atMost, const std::string& supervisor, Microseconds now)
{
	if (atMost <= 0) return {}; // a negative LIMIT is none at all
	return _writer.attempt("claim tasks",
		[&]
		{
			flush();
			std::vector<Task> tasks = nextTasks(_writer, queue, atMost);
			if (!tasks.empty()) begun(tasks, supervisor, now);
			return tasks;
		});
}


void SqliteTaskStore::begun(std::vector<Task>& tasks, const std::string& supervisor, Microseconds now)
{
	std::vector<TaskId> ids;
	std::vector<NewRun> runs;
	for (Task& task : tasks)
	{
		task.state = TaskState::RUNNING;
		++task.run;
		++task.attempt;
		task.pid = 0;
		task.startedAt = now;
		ids.push_back(task.id);
		runs.push_back({{task.id, task.run}, task.attempt, supervisor, now});
		_counters.moved(task.spec.queue, TaskState::QUEUED, TaskState::RUNNING);
	}
	_writer.execute("UPDATE tasks SET state = 'running', run = run + 1, attempt = attempt + 1 WHERE id = ?", use(ids));
	_writer.execute("INSERT INTO runs (task, run, attempt, supervisor, started_at) VALUES (?, ?, ?, ?, ?)", use(runs));
}


bool SqliteTaskStore::recordStart(const RunKey& key, std::int64_t pid, std::uint64_t pidStartTime, Microseconds startedAt)
{
	return _writer.attempt("record a start",
		[&]
		{
			return _writer.execute("UPDATE runs SET pid = ?, pid_start_time = ?, started_at = ? WHERE task = ?4 AND run = ?5"
								   " AND EXISTS (SELECT 1 FROM tasks WHERE id = ?4 AND run = ?5 AND state = 'running')",
					   parameter(pid), parameter(pidStartTime), parameter(startedAt), parameter(key.task), parameter(key.run)) > 0;
		});
}


bool SqliteTaskStore::finish(const RunKey& key, const Outcome& outcome)
{
	return _writer.attempt("finish a task",
		[&]
		{
			std::string queue;
			// An outcome binds nine parameters, of which the task keeps six.
			if (_writer.execute("UPDATE tasks SET state = ?1, cause = ?2, exit_code = ?3, signal = ?4, detail = ?5, finished_at = ?6"
								" WHERE id = ?10 AND run = ?11 AND state = 'running' RETURNING queue",
					into(queue), parameter(outcome), parameter(key.task), parameter(key.run)) == 0)
				return false;
			_counters.moved(queue, TaskState::RUNNING, outcome.state);
			endRun(key, outcome);
			return true;
		});
}


bool SqliteTaskStore::requeue(const RunKey& key, const Outcome& outcome, bool hold)
{
	return _writer.attempt("requeue a task",
		[&]
		{
			std::string queue;
			if (_writer.execute(
					"UPDATE tasks SET state = 'queued', held = ?, attempt = attempt - 1 WHERE id = ? AND run = ? AND state = 'running'"
					" RETURNING queue",
					into(queue), parameter(hold), parameter(key.task), parameter(key.run)) == 0)
				return false;
			_counters.moved(queue, TaskState::RUNNING, TaskState::QUEUED);
			endRun(key, outcome);
			return true;
		});
}


void SqliteTaskStore::endRun(const RunKey& key, const Outcome& outcome)
{
	_writer.execute(
		"UPDATE runs SET state = ?, cause = ?, exit_code = ?, signal = ?, detail = ?, finished_at = ?, user_time = ?, system_time = ?,"
		" max_rss = ? WHERE task = ? AND run = ?",
		parameter(outcome), parameter(key.task), parameter(key.run));
}


bool SqliteTaskStore::unclaim(const RunKey& key)
{
	return _writer.attempt("unclaim a task",
		[&]
		{
			std::string queue;
			if (_writer.execute(
					"UPDATE tasks SET state = 'queued', run = run - 1, attempt = attempt - 1 WHERE id = ? AND run = ? AND state = 'running'"
					" RETURNING queue",
					into(queue), parameter(key.task), parameter(key.run)) == 0)
				return false;
			_counters.moved(queue, TaskState::RUNNING, TaskState::QUEUED);
			_writer.execute("DELETE FROM runs WHERE task = ? AND run = ?", parameter(key.task), parameter(key.run));
			return true;
		});
}


bool SqliteTaskStore::cancelQueued(TaskId id, Microseconds now)
{
	return _writer.attempt("cancel a task",
		[&]
		{
			flush();
			std::string queue;
			if (_writer.execute("UPDATE tasks SET state = 'canceled', cause = 'canceled', finished_at = ? WHERE id = ? AND state = 'queued'"
								" RETURNING queue",
					into(queue), parameter(now), parameter(id)) == 0)
				return false;
			_counters.moved(queue, TaskState::QUEUED, TaskState::CANCELED);
			return true;
		});
}


bool SqliteTaskStore::setHeld(TaskId id, bool held)
{
	return _writer.attempt("hold or release a task",
		[&]
		{
			flush();
			return _writer.execute("UPDATE tasks SET held = ? WHERE id = ? AND state = 'queued'", parameter(held), parameter(id)) > 0;
		});
}


void SqliteTaskStore::setPaused(const std::string& queue, bool paused)
{
	_writer.attempt("pause or resume a queue",
		[&]
		{
			_writer.execute("INSERT INTO queues (name, paused) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET paused = excluded.paused, "
							"changes = changes + 1",
				parameter(queue), parameter(paused));
		});
}


void SqliteTaskStore::addQueue(const std::string& queue, bool paused)
{
	_writer.attempt("add a queue",
		[&] {
			_writer.execute(
				"INSERT INTO queues (name, paused) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", parameter(queue), parameter(paused));
		});
}


std::vector<RunningTask> SqliteTaskStore::running()
{
	return _writer.attempt("read the running tasks",
		[&]
		{
			flush();
			_counters.flush(_writer);
			return runningTasks(_writer);
		});
}


std::optional<Task> SqliteTaskStore::find(TaskId id)
{
	std::optional<Task> task;
	_readers.read("find a task", [&](SqliteConnection& connection) { task = findTask(connection, id); });
	return task;
}


std::vector<Task> SqliteTaskStore::list(const TaskFilter& filter)
{
	std::vector<Task> tasks;
	_readers.read("list tasks", [&](SqliteConnection& connection) { tasks = listTasks(connection, filter); });
	return tasks;
}


std::map<std::string, QueueCounts> SqliteTaskStore::counts()
{
	std::map<std::string, QueueCounts> counts;
	_readers.read("count the tasks", [&](SqliteConnection& connection) { counts = countTasks(connection); });
	return counts;
}


std::unique_ptr<TaskStore> openSqliteTaskStore(const std::string& path)
{
	return std::make_unique<SqliteTaskStore>(path);
}


} // namespace TaskDaemon
