#include "Task/Verdict.h"
#include <sys/wait.h>


namespace TaskDaemon {


namespace {


void setStatus(Outcome& outcome, const Ended& end)
/// Only for an end that was seen: status is wait(2)'s then.
{
	if (WIFEXITED(end.status))
		outcome.exitCode = WEXITSTATUS(end.status);
	else
		outcome.signal = WTERMSIG(end.status);
	outcome.userTime = end.userTime;
	outcome.systemTime = end.systemTime;
	outcome.maxRss = end.maxRss;
}


Verdict finish(Outcome outcome, TaskState state, Cause cause)
{
	outcome.state = state;
	outcome.cause = cause;
	return {Verdict::Action::FINISH, std::move(outcome)};
}


Verdict finishByStatus(const Outcome& outcome)
{
	if (outcome.signal) return finish(outcome, TaskState::FAILED, Cause::SIGNAL);
	if (outcome.exitCode != 0) return finish(outcome, TaskState::FAILED, Cause::EXIT_CODE);
	return finish(outcome, TaskState::SUCCEEDED, Cause::NONE);
}


Verdict byPolicy(const Outcome& outcome, TaskState state, Cause cause, const RunningRun& run)
/// For a run that was cut short through no fault of its own.
{
	// A client was told that the task is canceled; no policy may run it again.
	if (run.cancelAsked) return finish(outcome, TaskState::CANCELED, Cause::CANCELED);
	Verdict verdict = finish(outcome, state, cause);
	if (run.onCrash == OnCrash::REQUEUE) verdict.action = Verdict::Action::REQUEUE;
	if (run.onCrash == OnCrash::HOLD) verdict.action = Verdict::Action::HOLD;
	return verdict;
}


} // namespace


Verdict judge(const Ended& end, const RunningRun& run)
{
	Outcome outcome;
	outcome.finishedAt = end.finishedAt;
	outcome.detail = end.detail;
	switch (end.reason)
	{
	case EndReason::EXITED: setStatus(outcome, end); return finishByStatus(outcome);
	case EndReason::TIMED_OUT: setStatus(outcome, end); return finish(outcome, TaskState::TIMED_OUT, Cause::TIMEOUT);
	case EndReason::CANCELED: setStatus(outcome, end); return finish(outcome, TaskState::CANCELED, Cause::CANCELED);
	case EndReason::INTERRUPTED:
		setStatus(outcome, end);
		// Its work was done before our TERM reached it: running it again would do it twice.
		if (outcome.exitCode == 0) return finishByStatus(outcome);
		return byPolicy(outcome, TaskState::FAILED, Cause::INTERRUPTED, run);
	case EndReason::NOT_SPAWNED: return finish(outcome, TaskState::FAILED, Cause::SPAWN);
	case EndReason::REFUSED:
		if (run.cancelAsked) return finish(outcome, TaskState::CANCELED, Cause::CANCELED);
		return {Verdict::Action::UNCLAIM, {}};
	case EndReason::UNSEEN: break;
	}
	return byPolicy(outcome, TaskState::LOST, Cause::LOST, run);
}


} // namespace TaskDaemon
