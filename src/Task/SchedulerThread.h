#ifndef TaskDaemon_Task_SchedulerThread_INCLUDED
#define TaskDaemon_Task_SchedulerThread_INCLUDED


#include "Task/ClientJobs.h"
#include "Task/Mailbox.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Task/Scheduler.h"
#include <atomic>
#include <mutex>
#include <thread>


namespace TaskDaemon {


class SchedulerThread
/// Scheduler's thread, and everything that only it touches between start() and stop(): what Scheduler.h promises is kept here.
///
/// Thread safety: the public functions from any thread, start() and stop() from one. Owned by Scheduler.
/// Errors: as Scheduler's.
{
public:
	SchedulerThread(TaskStore& store, ProcessControl& processes, SettingsPtr settings);

	void start(const std::string& supervisor, const std::vector<Message>& known);
	void stop();
	void setHandler(Scheduler::FinishedHandler handler);
	void checkQueues(const std::vector<TaskSpec>& specs) const;

	template <typename ClientJobType, typename... Arguments>
	std::future<Answer> post(Arguments&&... arguments)
	{
		auto job = std::make_unique<ClientJobType>(std::forward<Arguments>(arguments)...);
		std::future<Answer> answer = job->answer();
		if (!_mailbox.post(std::move(job), Mailbox::Lane::CLIENTS)) throw UnavailableException("the daemon is stopping");
		return answer;
	}

	void post(std::unique_ptr<Job> job)
	{
		_mailbox.post(std::move(job), Mailbox::Lane::SUPERVISOR);
	}

	const Mailbox& mailbox() const
	{
		return _mailbox;
	}

	void drain()
	{
		_draining = true;
	}

	bool draining() const
	{
		return _draining;
	}

	std::size_t runningCount() const
	{
		return _runningCount;
	}

	std::size_t unstoredCount() const
	{
		return _unstoredCount;
	}

	Microseconds commitDuration() const
	{
		return _commitDuration;
	}

private:
	void run();
	void work();
	std::optional<Microseconds> nextRetry() const;
	bool canClaim() const;
	bool claimsAreDue() const;
	void takeTurn(Jobs jobs);
	std::exception_ptr transact(const Jobs& jobs, bool claims);
	void claim(Turn& turn);
	void start(Turn& turn, Task& task);
	void publish(Turn& turn, const Jobs& jobs);
	void retryAlone(std::unique_ptr<Job> job);
	void loadQueues();

	TaskStore& _store;
	ProcessControl& _processes;
	SettingsPtr _settings;
	std::string _supervisor;
	Mailbox _mailbox;
	std::atomic<bool> _draining{false};
	std::atomic<std::size_t> _runningCount{0};
	std::atomic<std::size_t> _unstoredCount{0};
	std::atomic<Microseconds> _commitDuration{0};
	QueueTable _queues;
	RunTable _runs;
	Jobs _backlog; // of SupervisorJobs that the store refused
	Microseconds _backlogDue = 0; // monotonic
	Microseconds _claimsDue = 0;
	std::mutex _handlerMutex;
	Scheduler::FinishedHandler _handler;
	std::thread _thread;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SchedulerThread_INCLUDED
