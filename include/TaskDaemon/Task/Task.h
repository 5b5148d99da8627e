#ifndef TaskDaemon_Task_Task_INCLUDED
#define TaskDaemon_Task_Task_INCLUDED


#include "TaskDaemon/Base/Time.h"
#include "TaskDaemon/Config/Settings.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon {


using TaskId = std::int64_t;
/// Grows; never used twice, not even after the task is gone.


enum class TaskState
{
	QUEUED,
	RUNNING,
	SUCCEEDED,
	FAILED,
	TIMED_OUT,
	CANCELED,
	LOST
};


enum class Cause
/// Why a task or a run ended as it did.
{
	NONE, /// not ended, or succeeded
	EXIT_CODE, /// exited with a code other than 0
	SIGNAL, /// killed by a signal that was not ours
	SPAWN, /// the program could not be started
	TIMEOUT, /// stopped because its time was up
	CANCELED, /// stopped on request
	INTERRUPTED, /// stopped by the daemon's own stop: no failure, no attempt spent
	LOST /// ended unseen
};


const char* toString(TaskState state);
/// "queued", "running", "succeeded", "failed", "timed_out", "canceled", "lost".

const char* toString(Cause cause);
/// "exit_code", "signal", "spawn", "timeout", "canceled", "interrupted", "lost"; "" for NONE.

const char* toString(OnCrash policy);
/// "requeue", "hold", "fail".

std::optional<TaskState> taskStateFrom(std::string_view name);
std::optional<Cause> causeFrom(std::string_view name);
std::optional<OnCrash> onCrashFrom(std::string_view name);

inline bool isFinal(TaskState state)
/// Whether a task in this state never runs again by itself.
{
	return state != TaskState::QUEUED && state != TaskState::RUNNING;
}


struct TaskSpec
/// What a client asks for. Strings are bytes without NUL; label and queue are UTF-8.
{
	std::vector<std::string> command; /// argv, at least one word; executed without a shell
	std::string cwd; /// absolute
	std::vector<std::string> environment; /// "NAME=value"
	unsigned umask = 022;
	std::string label;
	std::string queue = "default";
	int priority = 0; /// higher runs first; equal ones in order of submission
	Microseconds timeout = 0; /// 0: none
	Microseconds killAfter = 10 * SECOND; /// from TERM to KILL
	OnCrash onCrash = OnCrash::REQUEUE;
	bool held = false; /// waits for a release
};


struct RunKey
/// Names one run for ever: what the supervisor keys its processes by, and what fences late news of an earlier run.
{
	TaskId task = 0;
	std::uint32_t run = 0; /// 1 for the first start of the task, and one more for each further start

	friend bool operator==(const RunKey& a, const RunKey& b)
	{
		return a.task == b.task && a.run == b.run;
	}

	friend bool operator<(const RunKey& a, const RunKey& b)
	{
		return a.task != b.task ? a.task < b.task : a.run < b.run;
	}
};


struct Outcome
/// How a run ended, as it is stored.
{
	TaskState state = TaskState::SUCCEEDED; /// of the run: SUCCEEDED, FAILED, TIMED_OUT, CANCELED or LOST; FAILED with INTERRUPTED
	Cause cause = Cause::NONE;
	std::optional<int> exitCode;
	std::optional<int> signal;
	std::string detail; /// for people: "cannot execute '/nope': No such file or directory"
	Microseconds finishedAt = 0;
	std::optional<Microseconds> userTime; /// from rusage; nothing where unknown
	std::optional<Microseconds> systemTime;
	std::optional<std::int64_t> maxRss; /// bytes
};


struct Run
/// One start of a task, with its outcome once it has ended.
{
	std::uint32_t run = 0;
	int attempt = 0; /// which attempt this start was; interrupted and requeued ones are not counted
	std::int64_t pid = 0; /// 0: not known
	Microseconds startedAt = 0;
	std::optional<Outcome> outcome;
};


struct Task
/// One accepted command with its history.
{
	TaskId id = 0;
	TaskSpec spec;
	TaskState state = TaskState::QUEUED;
	Cause cause = Cause::NONE;
	bool held = false;
	int attempt = 0; /// attempts spent or under way
	std::uint32_t run = 0; /// starts so far
	std::optional<int> exitCode;
	std::optional<int> signal;
	std::string detail;
	std::int64_t pid = 0; /// while running
	Microseconds submittedAt = 0;
	Microseconds startedAt = 0; /// of the last run; 0: never
	Microseconds finishedAt = 0; /// 0: not final
	std::vector<Run> runs; /// only where one task was asked for
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Task_INCLUDED
