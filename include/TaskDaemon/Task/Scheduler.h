#ifndef TaskDaemon_Task_Scheduler_INCLUDED
#define TaskDaemon_Task_Scheduler_INCLUDED


#include "TaskDaemon/Config/Settings.h"
#include "TaskDaemon/Task/ProcessControl.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <functional>
#include <memory>
#include <string>
#include <vector>


namespace TaskDaemon {


class SchedulerThread;


class Scheduler
/// Decides what runs when. One thread owns the store's write side and all scheduling state; everything that changes a
/// task is a job in its mailbox. The thread takes all waiting jobs, applies them in one transaction together with the claims that fill
/// the free slots, commits once, and only then answers the callers and talks to the supervisor: many submits, ends and
/// claims share one commit, and nobody is told anything that is not on disk.
///
/// Thread safety: every public function may be called from any thread, start() and stop() from one. Owned by TaskApp.
/// Errors: those of the store reach the caller whose job met them; an end that could not be stored is tried again every second and
/// not acknowledged before it is stored. An error after a commit cannot be undone: it ends the process, and the next service reconciles.
{
public:
	using FinishedHandler = std::function<void(TaskId)>;
	/// Called on the scheduler's thread, after the commit, whenever a run of the task has ended (final or queued again) or the task became
	/// final without running (cancel). Must not block, throw, or call the scheduler.

	Scheduler(TaskStore& store, ProcessControl& processes, SettingsPtr settings);

	~Scheduler();
	/// Calls stop().

	void onFinished(FinishedHandler handler);
	/// Replaces the handler; an empty one ends the calls, and when this returns none is under way. What finished before is not told again.

	void start(const std::string& supervisor, const std::vector<Message>& known);
	/// Reconciles the store's running tasks with what the supervisor told (Started and Ended messages), then starts the thread.
	/// A run claimed under this same supervisor of which it knows nothing was never spawned: unclaimed. One of
	/// another supervisor is sent as Adopt if its pid was recorded, else settled as lost by its on_crash policy.
	/// Throws the store's error, and then has started nothing.

	void stop();
	/// Claims nothing more, finishes the jobs in the mailbox, commits, ends the thread. What clients post later throws UnavailableException;
	/// what the supervisor tells later is dropped, and told again to the next service since it was not acknowledged.

	// -- what clients ask for; each returns when it is durable --

	std::vector<TaskId> submit(std::vector<TaskSpec> specs);
	/// All or none. Throws ValidationException (field "queue": not configured), UnavailableException while draining.

	void cancel(TaskId id);
	/// Ends a queued task at once; for a running one returns when the supervisor was asked to end it. Throws NotFoundException, ConflictException
	/// when it is final.

	void hold(TaskId id);
	void release(TaskId id);
	/// Throw NotFoundException, ConflictException when the task is not queued.

	void pause(const std::string& queue);
	void resume(const std::string& queue);
	/// Throw NotFoundException for an unknown queue.

	// -- what the supervisor tells; return at once --

	void started(const Started& message);
	void ended(const Ended& message);
	void drain();
	/// Claim nothing more.

	// -- for health and status --

	std::size_t runningCount() const;
	bool draining() const;
	/// After drain() or stop().

	Microseconds lastProgress() const;
	/// The monotonic time at which the thread last finished a turn or, being idle, was given work; with hasWaitingJobs() the proof of progress.

	bool hasWaitingJobs() const;
	/// Whether jobs wait or are being worked on.

	std::size_t unstoredCount() const;
	/// Ends and starts that the store refused and that are tried again.

	Microseconds lastCommitDuration() const;
	/// 0 before the first.

	Microseconds probeCommit(Microseconds timeout);
	/// Commits a write that changes nothing, behind all jobs posted before: proves the store writable and, since jobs keep their order, all of
	/// those done. Returns how long that took. Throws the store's error, or UnavailableException after timeout.

private:
	std::unique_ptr<SchedulerThread> _thread;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Scheduler_INCLUDED
