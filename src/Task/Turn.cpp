#include "Task/Turn.h"


namespace TaskDaemon {


namespace {


bool write(TaskStore& store, const RunKey& key, const Verdict& verdict)
{
	switch (verdict.action)
	{
	case Verdict::Action::FINISH: return store.finish(key, verdict.outcome);
	case Verdict::Action::REQUEUE: return store.requeue(key, verdict.outcome, false);
	case Verdict::Action::HOLD: return store.requeue(key, verdict.outcome, true);
	case Verdict::Action::UNCLAIM: break;
	}
	return store.unclaim(key);
}


} // namespace


const RunningRun* Turn::findRun(TaskId task) const
{
	const auto changed = _changes.find(task);
	if (changed == _changes.end()) return _runs.find(task);
	return changed->second ? &*changed->second : nullptr;
}


void Turn::addRun(RunningRun run)
{
	_queues.takeSlot(run.queue);
	updateRun(std::move(run));
}


void Turn::updateRun(RunningRun run)
{
	const TaskId task = run.key.task;
	_changes.insert_or_assign(task, std::move(run));
}


bool Turn::settle(const RunKey& key, const Verdict& verdict)
{
	const RunningRun* run = findRun(key.task);
	if (run == nullptr || !(run->key == key)) return false;
	const bool stored = write(_store, key, verdict);
	const bool final = verdict.action == Verdict::Action::FINISH;
	_queues.freeSlot(run->queue);
	if (!final) _queues.mayHaveWork(run->queue);
	_settled[key.task] = final ? verdict.outcome.state : TaskState::QUEUED;
	_changes[key.task] = std::nullopt;
	tell(key.task);
	return stored;
}


std::optional<TaskState> Turn::settledAs(TaskId task) const
{
	const auto found = _settled.find(task);
	if (found == _settled.end()) return std::nullopt;
	return found->second;
}


} // namespace TaskDaemon
