#include "Task/SchedulerThread.h"
#include "Task/Reconciler.h"
#include "Task/SpawnRequest.h"
#include "Task/StoreTransaction.h"
#include "Task/SupervisorJobs.h"
#include "TaskDaemon/Base/LogLine.h"
#include "TaskDaemon/Task/PacketSocket.h"
#include <Poco/Logger.h>
#include <algorithm>
#include <cerrno>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_ROWS = 2000;
/// A transaction's, so that ends wait for a fraction of a second at most behind a flood of submits.

constexpr int MAX_CLAIMS = 64;
/// A queue's in one turn: a claimed task is in memory with its whole environment.

constexpr Microseconds RETRY_DELAY = SECOND;


Poco::Logger& logger()
{
	return Poco::Logger::get("scheduler");
}


std::string messageOf(const std::exception_ptr& error)
{
	try
	{
		std::rethrow_exception(error);
	}
	catch (const std::exception& e)
	{
		return e.what();
	}
}


void logFailure(const std::exception_ptr& error, std::size_t jobs)
{
	logger().error(LogLine("transaction failed").field("jobs", static_cast<std::int64_t>(jobs)).field("error", messageOf(error)));
}


bool fitsPacket(const Spawn& spawn)
{
	// The rest of the message is small.
	std::size_t size = std::size_t(64) * 1024 + spawn.cwd.size();
	for (const std::string& word : spawn.command) size += word.size() + sizeof(std::uint32_t);
	for (const std::string& variable : spawn.environment) size += variable.size() + sizeof(std::uint32_t);
	return size <= PacketSocket::MAX_PACKET;
}


} // namespace


SchedulerThread::SchedulerThread(TaskStore& store, ProcessControl& processes, SettingsPtr settings):
	_store(store), _processes(processes), _settings(std::move(settings))
{}


void SchedulerThread::start(const std::string& supervisor, const std::vector<Message>& known)
{
	_supervisor = supervisor;
	loadQueues();
	StoreTransaction transaction(_store);
	Turn turn(_store, _queues, _runs, realTime());
	Reconciler(supervisor, known).apply(turn);
	transaction.commit();
	publish(turn, {});
	for (const Message& message : known)
	{
		if (const auto* started = std::get_if<Started>(&message)) post(std::make_unique<StartedJob>(*started));
		if (const auto* ended = std::get_if<Ended>(&message)) post(std::make_unique<EndedJob>(*ended));
	}
	_thread = std::thread([this] { run(); });
}


void SchedulerThread::loadQueues()
{
	StoreTransaction transaction(_store);
	for (const auto& [name, queue] : _settings->queues) _store.addQueue(name, queue.paused);
	transaction.commit();
	for (const auto& [name, counts] : _store.counts()) _queues.setPaused(name, counts.paused);
	for (const auto& [name, queue] : _settings->queues) _queues.configure(name, queue.parallelism);
}


void SchedulerThread::stop()
{
	drain();
	_mailbox.close();
	if (_thread.joinable()) _thread.join();
}


void SchedulerThread::setHandler(Scheduler::FinishedHandler handler)
{
	const std::lock_guard<std::mutex> lock(_handlerMutex);
	_handler = std::move(handler);
}


void SchedulerThread::checkQueues(const std::vector<TaskSpec>& specs) const
{
	for (const TaskSpec& spec : specs)
	{
		if (_settings->queues.count(spec.queue) != 0) continue;
		std::string names;
		for (const auto& [name, queue] : _settings->queues) names += (names.empty() ? "" : ", ") + name;
		throw ValidationException("queue", "no queue '" + spec.queue + "' is configured; there is: " + names);
	}
}


void SchedulerThread::run()
{
	try
	{
		work();
	}
	catch (const std::exception& e)
	{
		// Store and memory may differ from here on; the next service reconciles them. So the thread's exception ends the process.
		logger().fatal(LogLine("the scheduler failed").field("error", e.what()));
		throw;
	}
}


void SchedulerThread::work()
{
	Jobs jobs;
	while (_mailbox.take(jobs, MAX_ROWS, nextRetry()))
	{
		if (!_backlog.empty() && monotonicTime() >= _backlogDue)
		{
			// Older than what came now: a start goes before its end.
			jobs.insert(jobs.begin(), std::make_move_iterator(_backlog.begin()), std::make_move_iterator(_backlog.end()));
			_backlog.clear();
		}
		takeTurn(std::exchange(jobs, {}));
	}
	takeTurn(std::exchange(_backlog, {}));
	if (!_backlog.empty())
		logger().warning(
			LogLine("ends left to the next service, the store refused them").field("count", static_cast<std::int64_t>(_unstoredCount)));
}


std::optional<Microseconds> SchedulerThread::nextRetry() const
{
	std::optional<Microseconds> due;
	if (!_backlog.empty()) due = _backlogDue;
	if (canClaim()) due = due ? std::min(*due, _claimsDue) : _claimsDue;
	return due;
}


bool SchedulerThread::canClaim() const
{
	return !_draining && !_queues.claimable().empty();
}


bool SchedulerThread::claimsAreDue() const
{
	return canClaim() && monotonicTime() >= _claimsDue;
}


void SchedulerThread::takeTurn(Jobs jobs)
{
	if (jobs.empty() && !claimsAreDue()) return;
	std::exception_ptr error = transact(jobs, monotonicTime() >= _claimsDue);
	if (error && !jobs.empty())
	{
		// One bad job must not fail the others, nor keep tasks from being claimed.
		logFailure(error, jobs.size());
		for (auto& job : jobs) retryAlone(std::move(job));
		error = claimsAreDue() ? transact({}, true) : nullptr;
	}
	if (error)
	{
		logFailure(error, 0);
		_claimsDue = monotonicTime() + RETRY_DELAY;
	}
	_unstoredCount = _backlog.size();
}


void SchedulerThread::retryAlone(std::unique_ptr<Job> job)
{
	Jobs jobs;
	jobs.push_back(std::move(job));
	const std::exception_ptr error = transact(jobs, false);
	if (!error) return;
	if (!jobs.front()->mustBeStored())
	{
		jobs.front()->failed(error);
		return;
	}
	_backlog.push_back(std::move(jobs.front()));
	_backlogDue = monotonicTime() + RETRY_DELAY;
}


std::exception_ptr SchedulerThread::transact(const Jobs& jobs, bool claims)
/// Gives the error of a transaction that failed; nothing has happened then.
{
	Turn turn(_store, _queues, _runs, realTime());
	const Microseconds began = monotonicTime();
	try
	{
		StoreTransaction transaction(_store);
		for (const auto& job : jobs) job->apply(turn);
		if (claims && !turn.claimsPostponed()) claim(turn);
		transaction.commit();
	}
	catch (const std::exception&)
	{
		return std::current_exception();
	}
	_commitDuration = monotonicTime() - began;
	publish(turn, jobs);
	return nullptr;
}


void SchedulerThread::claim(Turn& turn)
{
	if (_draining) return;
	for (const auto& [queue, slots] : turn.queues().claimable())
	{
		const int wanted = std::min(slots, MAX_CLAIMS);
		std::vector<Task> tasks = _store.claim(queue, wanted, _supervisor, turn.now());
		if (static_cast<int>(tasks.size()) < wanted) turn.queues().hasNoWork(queue);
		for (Task& task : tasks) start(turn, task);
	}
}


void SchedulerThread::start(Turn& turn, Task& task)
{
	const RunKey key{task.id, task.run};
	turn.addRun({key, task.spec.queue, task.spec.onCrash, 0, false});
	Spawn spawn = spawnRequest(task, _settings->taskLogDir);
	if (fitsPacket(spawn))
	{
		turn.send(std::move(spawn));
		return;
	}
	Ended end;
	end.key = key;
	end.reason = EndReason::NOT_SPAWNED;
	end.finishedAt = turn.now();
	end.detail = SystemException("cannot execute '" + task.spec.command.front() + "'", E2BIG).what();
	turn.settle(key, judge(end, *turn.findRun(task.id)));
}


void SchedulerThread::publish(Turn& turn, const Jobs& jobs)
{
	turn.publish(_queues, _runs);
	_runningCount = _runs.size();
	if (turn.claimsPostponed()) _claimsDue = monotonicTime() + RETRY_DELAY;
	for (const auto& job : jobs)
		if (!job->answersAfterSend()) job->committed();
	for (const Message& message : turn.messages()) _processes.send(message);
	if (!turn.messages().empty()) _processes.flush();
	for (const auto& job : jobs)
		if (job->answersAfterSend()) job->committed();
	const std::lock_guard<std::mutex> lock(_handlerMutex);
	if (!_handler) return;
	for (const TaskId task : turn.news()) _handler(task);
}


} // namespace TaskDaemon
