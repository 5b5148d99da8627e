#ifndef TaskDaemon_Test_FakeTaskStore_INCLUDED
#define TaskDaemon_Test_FakeTaskStore_INCLUDED


#include "TaskDaemon/Task/TaskStore.h"
#include <algorithm>
#include <condition_variable>
#include <mutex>


namespace TaskDaemon {


class FakeTaskStore: public TaskStore
/// A store in memory whose transactions can be watched, held up and made to fail. Writes work on a copy that commit() publishes; reads see
/// what is published, like those of a real engine.
{
public:
	struct Entry
	{
		Task task;
		std::string supervisor;
		std::uint64_t pidStartTime = 0;
	};

	struct Data
	{
		TaskId last = 0;
		std::map<TaskId, Entry> tasks;
		std::map<std::string, bool> queues; // paused
	};

	// -- for tests --

	void failCommits(int count)
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_failingCommits = count;
		_changed.notify_all();
	}

	void failSubmitOf(const std::string& label)
	/// A row that the store refuses, whatever it shares its transaction with.
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_refusedLabel = label;
	}

	void failClaims(bool fail)
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_claimsFail = fail;
	}

	void holdCommits(bool held)
	/// Commits wait while held.
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_held = held;
		_changed.notify_all();
	}

	void delayCommits(Microseconds delay)
	/// What a disk takes.
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_delay = delay;
	}

	bool awaitHeldCommit()
	{
		std::unique_lock<std::mutex> lock(_mutex);
		return _changed.wait_for(lock, std::chrono::seconds(10), [&] { return _waiting; });
	}

	int commits() const
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return _commits;
	}

	int failedCommits() const
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return _failed;
	}

	int claimQueries() const
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return _claimQueries;
	}

	Data data() const
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return _committed;
	}

	Task task(TaskId id) const
	{
		return data().tasks.at(id).task;
	}

	TaskId addRunning(const std::string& supervisor, std::int64_t pid, OnCrash onCrash, const std::string& queue = "default")
	/// As a service before left it. Before the scheduler starts only.
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		Entry entry;
		entry.task.id = ++_committed.last;
		entry.task.spec.command = {"sleep", "1"};
		entry.task.spec.queue = queue;
		entry.task.spec.onCrash = onCrash;
		entry.task.spec.killAfter = 7 * SECOND;
		entry.task.state = TaskState::RUNNING;
		entry.task.run = 1;
		entry.task.attempt = 1;
		entry.task.pid = pid;
		entry.supervisor = supervisor;
		entry.pidStartTime = pid == 0 ? 0 : 4711;
		_committed.queues.emplace(queue, false);
		_committed.tasks[entry.task.id] = entry;
		return entry.task.id;
	}

	// -- TaskStore --

	void begin() override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		if (_open) throw StoreException("transaction within a transaction");
		_open = true;
		_working = _committed;
	}

	void commit() override
	{
		std::unique_lock<std::mutex> lock(_mutex);
		_waiting = _held;
		_changed.notify_all();
		_changed.wait(lock, [&] { return !_held; });
		_waiting = false;
		if (_delay > 0) _changed.wait_for(lock, std::chrono::microseconds(_delay), [] { return false; });
		if (_failingCommits > 0)
		{
			--_failingCommits;
			++_failed;
			throw StoreException("disk full");
		}
		_committed = _working;
		_open = false;
		++_commits;
	}

	void rollback() noexcept override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_open = false;
	}

	TaskId submit(const TaskSpec& spec, Microseconds now) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		if (!_refusedLabel.empty() && spec.label == _refusedLabel) throw StoreException("label refused");
		Entry entry;
		entry.task.id = ++_working.last;
		entry.task.spec = spec;
		entry.task.held = spec.held;
		entry.task.submittedAt = now;
		_working.tasks[entry.task.id] = entry;
		return entry.task.id;
	}

	std::vector<Task> claim(const std::string& queue, int atMost, const std::string& supervisor, Microseconds now) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		++_claimQueries;
		if (_claimsFail) throw StoreException("cannot read the queue");
		std::vector<Entry*> waiting;
		for (auto& [id, entry] : _working.tasks)
			if (entry.task.state == TaskState::QUEUED && !entry.task.held && entry.task.spec.queue == queue) waiting.push_back(&entry);
		std::stable_sort(
			waiting.begin(), waiting.end(), [](const Entry* a, const Entry* b) { return a->task.spec.priority > b->task.spec.priority; });
		if (static_cast<int>(waiting.size()) > atMost) waiting.resize(static_cast<std::size_t>(atMost));
		std::vector<Task> claimed;
		for (Entry* entry : waiting)
		{
			entry->task.state = TaskState::RUNNING;
			entry->task.startedAt = now;
			++entry->task.run;
			++entry->task.attempt;
			entry->task.pid = 0;
			entry->supervisor = supervisor;
			claimed.push_back(entry->task);
		}
		return claimed;
	}

	bool recordStart(const RunKey& key, std::int64_t pid, std::uint64_t pidStartTime, Microseconds startedAt) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		Entry* entry = current(key);
		if (entry == nullptr) return false;
		entry->task.pid = pid;
		entry->pidStartTime = pidStartTime;
		entry->task.startedAt = startedAt;
		return true;
	}

	bool finish(const RunKey& key, const Outcome& outcome) override
	{
		return end(key, outcome, outcome.state, false);
	}

	bool requeue(const RunKey& key, const Outcome& outcome, bool hold) override
	{
		if (!end(key, outcome, TaskState::QUEUED, hold)) return false;
		const std::lock_guard<std::mutex> lock(_mutex);
		--_working.tasks[key.task].task.attempt;
		return true;
	}

	bool unclaim(const RunKey& key) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		Entry* entry = current(key);
		if (entry == nullptr) return false;
		entry->task.state = TaskState::QUEUED;
		--entry->task.run;
		--entry->task.attempt;
		return true;
	}

	bool cancelQueued(TaskId id, Microseconds now) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		Entry* entry = queued(id);
		if (entry == nullptr) return false;
		entry->task.state = TaskState::CANCELED;
		entry->task.cause = Cause::CANCELED;
		entry->task.finishedAt = now;
		return true;
	}

	bool setHeld(TaskId id, bool held) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		Entry* entry = queued(id);
		if (entry == nullptr) return false;
		entry->task.held = held;
		return true;
	}

	void setPaused(const std::string& queue, bool paused) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_working.queues[queue] = paused;
	}

	void addQueue(const std::string& queue, bool paused) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_working.queues.emplace(queue, paused);
	}

	std::vector<RunningTask> running() override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		std::vector<RunningTask> result;
		for (const auto& [id, entry] : _working.tasks)
			if (entry.task.state == TaskState::RUNNING)
				result.push_back({{id, entry.task.run}, entry.task.spec.queue, entry.task.spec.onCrash, entry.supervisor, entry.task.pid,
					entry.pidStartTime});
		return result;
	}

	std::optional<Task> find(TaskId id) override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		const auto found = _committed.tasks.find(id);
		if (found == _committed.tasks.end()) return std::nullopt;
		return found->second.task;
	}

	std::vector<Task> list(const TaskFilter&) override
	{
		return {};
	}

	std::map<std::string, QueueCounts> counts() override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		std::map<std::string, QueueCounts> result;
		for (const auto& [name, paused] : _committed.queues) result[name].paused = paused;
		for (const auto& [id, entry] : _committed.tasks) ++result[entry.task.spec.queue].tasks[entry.task.state];
		return result;
	}

private:
	Entry* current(const RunKey& key)
	{
		const auto found = _working.tasks.find(key.task);
		const bool valid = found != _working.tasks.end() && found->second.task.state == TaskState::RUNNING &&
						   found->second.task.run == key.run;
		return valid ? &found->second : nullptr;
	}

	Entry* queued(TaskId id)
	{
		const auto found = _working.tasks.find(id);
		return found != _working.tasks.end() && found->second.task.state == TaskState::QUEUED ? &found->second : nullptr;
	}

	bool end(const RunKey& key, const Outcome& outcome, TaskState state, bool hold)
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		Entry* entry = current(key);
		if (entry == nullptr) return false;
		Run run;
		run.run = key.run;
		run.outcome = outcome;
		entry->task.runs.push_back(run);
		entry->task.state = state;
		entry->task.cause = outcome.cause;
		entry->task.exitCode = outcome.exitCode;
		entry->task.signal = outcome.signal;
		entry->task.detail = outcome.detail;
		entry->task.held = hold;
		entry->task.pid = 0;
		return true;
	}

	mutable std::mutex _mutex;
	std::condition_variable _changed;
	Data _committed;
	Data _working;
	bool _open = false;
	bool _held = false;
	bool _waiting = false;
	bool _claimsFail = false;
	Microseconds _delay = 0;
	int _failingCommits = 0;
	int _failed = 0;
	int _commits = 0;
	int _claimQueries = 0;
	std::string _refusedLabel;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_FakeTaskStore_INCLUDED
