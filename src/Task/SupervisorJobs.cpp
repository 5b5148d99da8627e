#include "Task/SupervisorJobs.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>


namespace TaskDaemon {


namespace {


LogLine describe(const char* what, const RunKey& key)
{
	LogLine line(what);
	line.field("task", key.task).field("run", key.run);
	return line;
}


bool isCurrent(const RunningRun* run, const RunKey& key)
{
	return run != nullptr && run->key == key;
}


} // namespace


void StartedJob::apply(Turn& turn)
{
	const RunningRun* run = turn.findRun(_message.key.task);
	_known = isCurrent(run, _message.key);
	// A supervisor repeats what runs to every new service, and that of an adopted run knows no start time: the first report stays.
	if (!_known || run->pid == _message.pid) return;
	_known = turn.store().recordStart(_message.key, _message.pid, _message.pidStartTime, _message.startedAt);
	RunningRun changed = *run;
	changed.pid = _message.pid;
	turn.updateRun(std::move(changed));
}


void StartedJob::committed()
{
	Poco::Logger& logger = Poco::Logger::get("scheduler");
	if (!_known)
		logger.warning(describe("start of a run that is not awaited", _message.key).field("pid", _message.pid));
	else if (logger.debug())
		logger.debug(describe("task started", _message.key).field("pid", _message.pid));
}


void EndedJob::apply(Turn& turn)
{
	turn.send(Acknowledge{_message.key});
	const RunningRun* run = turn.findRun(_message.key.task);
	_settled = isCurrent(run, _message.key);
	if (!_settled) return;
	_verdict = judge(_message, *run);
	if (_message.reason == EndReason::REFUSED) turn.postponeClaims();
	_settled = turn.settle(_message.key, _verdict);
}


void EndedJob::committed()
{
	Poco::Logger& logger = Poco::Logger::get("scheduler");
	if (!_settled)
	{
		logger.warning(describe("end of a run that is not awaited", _message.key));
		return;
	}
	if (_verdict.action == Verdict::Action::UNCLAIM)
	{
		logger.information(describe("task not started, the supervisor is stopping", _message.key));
		return;
	}
	const Outcome& outcome = _verdict.outcome;
	LogLine line = describe(_verdict.action == Verdict::Action::FINISH ? "task ended" : "task queued again", _message.key);
	line.field("state", toString(outcome.state));
	if (outcome.cause != Cause::NONE) line.field("cause", toString(outcome.cause));
	if (outcome.exitCode) line.field("exit_code", *outcome.exitCode);
	if (outcome.signal) line.field("signal", *outcome.signal);
	if (!outcome.detail.empty()) line.field("detail", outcome.detail);
	logger.information(line);
}


} // namespace TaskDaemon
