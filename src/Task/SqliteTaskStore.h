#ifndef TaskDaemon_Task_SqliteTaskStore_INCLUDED
#define TaskDaemon_Task_SqliteTaskStore_INCLUDED


#include "SqliteConnection.h"
#include "SqliteCounters.h"
#include "SqliteEnvironments.h"
#include "SqliteFile.h"
#include "SqliteReaderPool.h"
#include "SqliteRows.h"
#include "SqliteSchema.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <map>
#include <optional>
#include <string>
#include <vector>


namespace TaskDaemon {


class SqliteTaskStore: public TaskStore
/// The store in one SQLite file, in WAL mode with synchronous=FULL: one connection writes, a pool of others reads.
///
/// Submitted tasks gather in memory and are inserted many at a time, before any other statement of the transaction and before its
/// commit; their ids are dealt out from what sqlite_sequence says, which is safe because nobody else writes (SqliteFile).
///
/// Thread safety, errors: TaskStore's. Owned by TaskApp.
{
public:
	explicit SqliteTaskStore(const std::string& path, const SqliteSchema& schema = SqliteSchema::current());

	void begin() override;
	void commit() override;
	void rollback() noexcept override;

	TaskId submit(const TaskSpec& spec, Microseconds now) override;
	std::vector<Task> claim(const std::string& queue, int atMost, const std::string& supervisor, Microseconds now) override;
	bool recordStart(const RunKey& key, std::int64_t pid, std::uint64_t pidStartTime, Microseconds startedAt) override;
	bool finish(const RunKey& key, const Outcome& outcome) override;
	bool requeue(const RunKey& key, const Outcome& outcome, bool hold) override;
	bool unclaim(const RunKey& key) override;
	bool cancelQueued(TaskId id, Microseconds now) override;
	bool setHeld(TaskId id, bool held) override;
	void setPaused(const std::string& queue, bool paused) override;
	void addQueue(const std::string& queue, bool paused) override;
	std::vector<RunningTask> running() override;

	std::optional<Task> find(TaskId id) override;
	std::vector<Task> list(const TaskFilter& filter) override;
	std::map<std::string, QueueCounts> counts() override;

private:
	TaskId nextId();
	void flush();
	/// Inserts what was submitted. First in everything that may concern such a task.

	void begun(std::vector<Task>& tasks, const std::string& supervisor, Microseconds now);
	void endRun(const RunKey& key, const Outcome& outcome);

	SqliteFile _file; // first: outlives the connections
	SqliteConnection _writer;
	SqliteReaderPool _readers;
	SqliteEnvironments _environments;
	SqliteCounters _counters;
	std::vector<NewTask> _submitted;
	TaskId _lastId = 0; // 0: to be looked up
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteTaskStore_INCLUDED
