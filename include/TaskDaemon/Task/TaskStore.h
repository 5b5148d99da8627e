#ifndef TaskDaemon_Task_TaskStore_INCLUDED
#define TaskDaemon_Task_TaskStore_INCLUDED


#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Task/Task.h"
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>


namespace TaskDaemon {


struct TaskFilter
/// Which tasks a listing shows: newest first, at most limit, below the id `before`.
{
	std::vector<TaskState> states; /// empty: all
	std::string queue; /// empty: all
	std::string label; /// empty: all; else equal
	TaskId before = 0; /// 0: from the newest
	int limit = 50;
};


struct RunningTask
/// A task that the store believes to be running.
{
	RunKey key;
	std::string queue;
	OnCrash onCrash = OnCrash::REQUEUE;
	std::string supervisor; /// who was to run it
	std::int64_t pid = 0; /// 0: its start was never recorded
	std::uint64_t pidStartTime = 0; /// field 22 of /proc/PID/stat (proc(5)); 0: unknown
};


struct QueueCounts
{
	std::map<TaskState, std::int64_t> tasks;
	bool paused = false;
};


class TaskStore
/// Where tasks live: the interface of the engines (SQLite now). A write is durable when commit() has returned.
///
/// Thread safety: all writes, begin, commit and rollback from one thread (the scheduler's); the reads (find, list, counts) from any thread at
/// any time, seeing committed state only. Errors: StoreException; after one inside a transaction only rollback() may follow.
{
public:
	virtual ~TaskStore() = default;

	virtual void begin() = 0;
	virtual void commit() = 0;
	virtual void rollback() noexcept = 0;

	// -- writes, inside begin/commit --

	virtual TaskId submit(const TaskSpec& spec, Microseconds now) = 0;

	virtual std::vector<Task> claim(const std::string& queue, int atMost, const std::string& supervisor, Microseconds now) = 0;
	/// Takes the next queued, unheld tasks of a queue (highest priority, then lowest id), makes them running under the
	/// given supervisor with one more run and one more attempt, and gives them back whole (without Task::runs).

	virtual bool recordStart(const RunKey& key, std::int64_t pid, std::uint64_t pidStartTime, Microseconds startedAt) = 0;
	/// False, and nothing is written, when key is not that task's current, running run.

	virtual bool finish(const RunKey& key, const Outcome& outcome) = 0;
	/// Ends the run and the task with it. False, and nothing is written, when key is not the current, running run.

	virtual bool requeue(const RunKey& key, const Outcome& outcome, bool hold) = 0;
	/// Ends the run and queues its task again (held or not) without spending an attempt. False as finish().

	virtual bool unclaim(const RunKey& key) = 0;
	/// Queues a task again whose run never began, and forgets the run: as if it had not been claimed. False as finish().

	virtual bool cancelQueued(TaskId id, Microseconds now) = 0;
	/// Makes a queued task canceled. False when it is not queued.

	virtual bool setHeld(TaskId id, bool held) = 0;
	/// False when the task is not queued.

	virtual void setPaused(const std::string& queue, bool paused) = 0;
	/// Writes even what is the case already: a commit of this alone proves the store writable.

	virtual void addQueue(const std::string& queue, bool paused) = 0;
	/// Makes the queue known; one that is known keeps its pause state.

	virtual std::vector<RunningTask> running() = 0;
	/// All tasks in state running; for the reconciliation at start.

	// -- reads --

	virtual std::optional<Task> find(TaskId id) = 0;
	/// With its runs.

	virtual std::vector<Task> list(const TaskFilter& filter) = 0;
	/// Without runs and without environments.

	virtual std::map<std::string, QueueCounts> counts() = 0;
	/// By queue, all known queues. In time independent of the number of tasks.
};


class StoreException: public Exception
/// The store cannot do what it was asked: damaged, full, unreadable. The message names the file and, where there is one, the remedy.
{
public:
	using Exception::Exception;
};


std::unique_ptr<TaskStore> openSqliteTaskStore(const std::string& path);
/// Opens the database, creates it (mode 0600) or migrates its schema forward. Throws StoreException: a damaged file, a file that is no
/// database, a schema newer than this program's, each with the path and the remedy and the file untouched (exit code 78); SystemException
/// for permissions.


} // namespace TaskDaemon


#endif // TaskDaemon_Task_TaskStore_INCLUDED
