#include "Task/ClientJobs.h"
#include "TaskDaemon/Base/Exception.h"


namespace TaskDaemon {


namespace {


template <typename E>
Answer thrower(const E& error)
{
	return [message = std::string(error.what())] { throw E(message); };
}


Answer throwerOf(const std::exception_ptr& error)
{
	try
	{
		std::rethrow_exception(error);
	}
	catch (const StoreException& e)
	{
		return thrower(e);
	}
	catch (const std::exception& e)
	{
		return thrower(Exception(e.what()));
	}
}


std::string taskName(TaskId task)
{
	return "task " + std::to_string(task);
}


const char* describe(TaskState state)
{
	switch (state)
	{
	case TaskState::QUEUED: return "is queued";
	case TaskState::RUNNING: return "is running";
	case TaskState::SUCCEEDED: return "has already succeeded";
	case TaskState::FAILED: return "has already failed";
	case TaskState::TIMED_OUT: return "has already timed out";
	case TaskState::CANCELED: return "has already been canceled";
	case TaskState::LOST: break;
	}
	return "was already lost";
}


TaskState stateOf(Turn& turn, TaskId task)
{
	if (const auto settled = turn.settledAs(task)) return *settled;
	const auto found = turn.store().find(task);
	if (!found) throw NotFoundException("no " + taskName(task));
	return found->state;
}


} // namespace


void ClientJob::apply(Turn& turn)
{
	_refusal = nullptr;
	try
	{
		change(turn);
	}
	catch (const NotFoundException& e)
	{
		_refusal = thrower(e);
	}
	catch (const ConflictException& e)
	{
		_refusal = thrower(e);
	}
}


void ClientJob::committed()
{
	_promise.set_value(std::move(_refusal));
}


void ClientJob::failed(const std::exception_ptr& error)
{
	_promise.set_value(throwerOf(error));
}


void SubmitJob::change(Turn& turn)
{
	_ids.clear();
	for (const TaskSpec& spec : _specs)
	{
		_ids.push_back(turn.store().submit(spec, turn.now()));
		if (!spec.held) turn.queues().mayHaveWork(spec.queue);
	}
}


void CancelJob::change(Turn& turn)
{
	if (turn.store().cancelQueued(_task, turn.now()))
	{
		turn.tell(_task);
		return;
	}
	const RunningRun* run = turn.findRun(_task);
	if (run == nullptr) throw ConflictException(taskName(_task) + " " + describe(stateOf(turn, _task)));
	RunningRun changed = *run;
	changed.cancelAsked = true;
	turn.send(Cancel{changed.key});
	turn.updateRun(std::move(changed));
}


void HoldJob::change(Turn& turn)
{
	if (!turn.store().setHeld(_task, _held))
		throw ConflictException(taskName(_task) + " is not queued: it " + describe(stateOf(turn, _task)));
	// Of which queue the task is, is not worth a query.
	if (!_held) turn.queues().mayHaveWork();
}


void PauseJob::change(Turn& turn)
{
	if (!turn.queues().contains(_queue)) throw NotFoundException("no queue '" + _queue + "'");
	turn.store().setPaused(_queue, _paused);
	turn.queues().setPaused(_queue, _paused);
}


void ProbeJob::change(Turn& turn)
{
	turn.store().setPaused("default", turn.queues().paused("default"));
}


} // namespace TaskDaemon
