#ifndef TaskDaemon_Task_RunTable_INCLUDED
#define TaskDaemon_Task_RunTable_INCLUDED


#include "TaskDaemon/Task/Task.h"
#include <map>
#include <optional>
#include <string>


namespace TaskDaemon {


struct RunningRun
/// A run that takes a slot: claimed, and its end not yet on disk.
{
	RunKey key;
	std::string queue;
	OnCrash onCrash = OnCrash::REQUEUE;
	std::int64_t pid = 0; /// 0: its start is not recorded yet
	bool cancelAsked = false; /// by a client of this service; whatever else cuts the run short, it is not to run again
};


class RunTable
/// The runs that take slots, at most one a task. Not thread-safe; no errors.
{
public:
	using Changes = std::map<TaskId, std::optional<RunningRun>>;
	/// What a turn does to the table: a new or changed run, or nothing for one that has ended.

	const RunningRun* find(TaskId task) const
	/// nullptr when no run of the task takes a slot.
	{
		const auto found = _runs.find(task);
		return found == _runs.end() ? nullptr : &found->second;
	}

	void apply(const Changes& changes)
	{
		for (const auto& [task, run] : changes)
		{
			if (run)
				_runs.insert_or_assign(task, *run);
			else
				_runs.erase(task);
		}
	}

	std::size_t size() const
	{
		return _runs.size();
	}

private:
	std::map<TaskId, RunningRun> _runs;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_RunTable_INCLUDED
