#include "Task/Reconciler.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>


namespace TaskDaemon {


namespace {


void log(const char* what, const RunKey& key)
{
	Poco::Logger::get("scheduler").information(LogLine(what).field("task", key.task).field("run", key.run));
}


std::string bootOf(const std::string& supervisor)
/// The part of a supervisor's id that names the boot: the rest of it names the supervisor's life.
{
	const std::size_t slash = supervisor.find('/');
	return slash == std::string::npos ? std::string() : supervisor.substr(0, slash);
}


} // namespace


Reconciler::Reconciler(std::string supervisor, const std::vector<Message>& known): _supervisor(std::move(supervisor))
{
	for (const Message& message : known)
	{
		if (const auto* started = std::get_if<Started>(&message)) _known.insert(started->key);
		if (const auto* ended = std::get_if<Ended>(&message)) _known.insert(ended->key);
	}
}


void Reconciler::apply(Turn& turn)
{
	for (const RunningTask& task : turn.store().running()) applyTo(turn, task);
}


void Reconciler::applyTo(Turn& turn, const RunningTask& task) const
{
	turn.addRun({task.key, task.queue, task.onCrash, task.pid, false});
	if (_known.count(task.key) != 0) return;
	const bool ours = task.supervisor == _supervisor;
	if (ours && task.pid == 0)
	{
		// The service that claimed it ended before its Spawn was sent: this supervisor would know of it otherwise.
		turn.settle(task.key, {Verdict::Action::UNCLAIM, {}});
		log("claimed but never started, queued again", task.key);
	}
	else if (!ours && task.pid != 0 && bootOf(task.supervisor) == bootOf(_supervisor))
		adopt(turn, task);
	else
	{
		// Another supervisor may or may not have started it; or ours did, and forgot it although its end was never stored, which only an
		// older copy of the store explains. Either way the run may have happened, and nobody can say how it ended.
		Ended end;
		end.key = task.key;
		end.reason = EndReason::UNSEEN;
		end.finishedAt = turn.now();
		end.detail = "the daemon was killed; whether it had run is not known";
		turn.settle(task.key, judge(end, *turn.findRun(task.key.task)));
		log("lost with an earlier daemon", task.key);
	}
}


void Reconciler::adopt(Turn& turn, const RunningTask& task) const
{
	Adopt adopt;
	adopt.key = task.key;
	adopt.pid = task.pid;
	adopt.pidStartTime = task.pidStartTime;
	if (const auto found = turn.store().find(task.key.task)) adopt.killAfter = found->spec.killAfter;
	turn.send(adopt);
	log("asking whether it still runs", task.key);
}


} // namespace TaskDaemon
