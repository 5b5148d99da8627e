#ifndef TaskDaemon_Task_Turn_INCLUDED
#define TaskDaemon_Task_Turn_INCLUDED


#include "Task/QueueTable.h"
#include "Task/RunTable.h"
#include "Task/Verdict.h"
#include "TaskDaemon/Task/Protocol.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <map>
#include <optional>
#include <vector>


namespace TaskDaemon {


class Turn
/// One transaction's work. Jobs write to the store through it and leave with it what is to become true with the commit: the changed
/// queues and runs, the messages for the supervisor, the tasks to tell of. A turn whose transaction fails is thrown away, and with it
/// everything that must not have happened.
///
/// Thread safety: none; lives on the scheduler's thread. Errors: the store's.
{
public:
	Turn(TaskStore& store, const QueueTable& queues, const RunTable& runs, Microseconds now):
		_store(store), _queues(queues), _runs(runs), _now(now)
	{}

	TaskStore& store()
	{
		return _store;
	}

	QueueTable& queues()
	{
		return _queues;
	}

	Microseconds now() const
	{
		return _now;
	}

	const RunningRun* findRun(TaskId task) const;
	/// As this turn leaves it. Valid until the next change of that task's run.

	void addRun(RunningRun run);
	/// Takes a slot.

	void updateRun(RunningRun run);

	bool settle(const RunKey& key, const Verdict& verdict);
	/// Ends the task's present run, in the store too. False when the store knows of no such running run; the slot is free in any case.

	std::optional<TaskState> settledAs(TaskId task) const;
	/// What settle() made of the task in this turn. The store's reads do not show it: they see committed state only.

	void send(Message message)
	{
		_messages.push_back(std::move(message));
	}

	void tell(TaskId task)
	{
		_news.push_back(task);
	}

	void postponeClaims()
	/// The supervisor starts nothing at present: claiming at once would only be refused again.
	{
		_claimsPostponed = true;
	}

	bool claimsPostponed() const
	{
		return _claimsPostponed;
	}

	// -- for the scheduler, after the commit --

	const std::vector<Message>& messages() const
	{
		return _messages;
	}

	const std::vector<TaskId>& news() const
	{
		return _news;
	}

	void publish(QueueTable& queues, RunTable& runs)
	/// Makes the changes of queues and runs real. Once only.
	{
		runs.apply(_changes);
		queues = std::move(_queues);
	}

private:
	TaskStore& _store;
	QueueTable _queues;
	const RunTable& _runs;
	RunTable::Changes _changes;
	std::map<TaskId, TaskState> _settled;
	std::vector<Message> _messages;
	std::vector<TaskId> _news;
	Microseconds _now;
	bool _claimsPostponed = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Turn_INCLUDED
