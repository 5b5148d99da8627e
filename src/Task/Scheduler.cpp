#include "TaskDaemon/Task/Scheduler.h"
#include "Task/SchedulerThread.h"
#include "Task/SupervisorJobs.h"


namespace TaskDaemon {


namespace {


void await(std::future<Answer> answer)
{
	if (const Answer error = answer.get()) error();
}


} // namespace


Scheduler::Scheduler(TaskStore& store, ProcessControl& processes, SettingsPtr settings):
	_thread(std::make_unique<SchedulerThread>(store, processes, std::move(settings)))
{}


Scheduler::~Scheduler()
{
	stop();
}


void Scheduler::onFinished(FinishedHandler handler)
{
	_thread->setHandler(std::move(handler));
}


void Scheduler::start(const std::string& supervisor, const std::vector<Message>& known)
{
	_thread->start(supervisor, known);
}


void Scheduler::stop()
{
	_thread->stop();
}


std::vector<TaskId> Scheduler::submit(std::vector<TaskSpec> specs)
{
	if (_thread->draining()) throw UnavailableException("the daemon is stopping and accepts no more tasks");
	_thread->checkQueues(specs);
	std::vector<TaskId> ids;
	await(_thread->post<SubmitJob>(std::move(specs), ids));
	return ids;
}


void Scheduler::cancel(TaskId id)
{
	await(_thread->post<CancelJob>(id));
}


void Scheduler::hold(TaskId id)
{
	await(_thread->post<HoldJob>(id, true));
}


void Scheduler::release(TaskId id)
{
	await(_thread->post<HoldJob>(id, false));
}


void Scheduler::pause(const std::string& queue)
{
	await(_thread->post<PauseJob>(queue, true));
}


void Scheduler::resume(const std::string& queue)
{
	await(_thread->post<PauseJob>(queue, false));
}


void Scheduler::started(const Started& message)
{
	_thread->post(std::make_unique<StartedJob>(message));
}


void Scheduler::ended(const Ended& message)
{
	_thread->post(std::make_unique<EndedJob>(message));
}


void Scheduler::drain()
{
	_thread->drain();
}


std::size_t Scheduler::runningCount() const
{
	return _thread->runningCount();
}


bool Scheduler::draining() const
{
	return _thread->draining();
}


Microseconds Scheduler::lastProgress() const
{
	return _thread->mailbox().lastProgress();
}


bool Scheduler::hasWaitingJobs() const
{
	return _thread->mailbox().busy();
}


std::size_t Scheduler::unstoredCount() const
{
	return _thread->unstoredCount();
}


Microseconds Scheduler::lastCommitDuration() const
{
	return _thread->commitDuration();
}


Microseconds Scheduler::probeCommit(Microseconds timeout)
{
	const Microseconds began = monotonicTime();
	std::future<Answer> answer = _thread->post<ProbeJob>();
	if (answer.wait_for(std::chrono::microseconds(timeout)) != std::future_status::ready)
		throw UnavailableException("nothing was committed within " + formatDuration(timeout));
	await(std::move(answer));
	return monotonicTime() - began;
}


} // namespace TaskDaemon
