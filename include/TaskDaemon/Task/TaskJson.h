#ifndef TaskDaemon_Task_TaskJson_INCLUDED
#define TaskDaemon_Task_TaskJson_INCLUDED


#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Config/Settings.h"
#include "TaskDaemon/Task/Task.h"
#include "TaskDaemon/Task/TaskStore.h"


namespace TaskDaemon {


Json taskToJson(const Task& task, bool whole);
/// The task as every client sees it: id, state, cause, queue, label, priority, command, cwd, attempt, exit_code, signal, submitted_at,
/// started_at, finished_at, pid, held, detail; null where unknown, times in microseconds; command, cwd and environment as bytesToJson has them. whole adds umask, timeout_us, kill_after_us, on_crash,
/// environment, user_time_us, system_time_us, max_rss_bytes (of the last run) and runs: [{run, attempt, state, cause, exit_code, signal, detail, pid, started_at,
/// finished_at, user_time_us, system_time_us, max_rss_bytes}].

TaskSpec taskSpecFromJson(const Json& object, const Json& defaults, const Settings& settings);
/// What a client submits: command (required: array of strings, or one string for /bin/sh -c), cwd (required, absolute), env (object or array
/// of "K=V"), umask ("022"), label, queue, priority, timeout ("30s"), kill_after, on_crash, hold. A field missing in object is looked
/// up in defaults, then in settings; env of object is added over that of defaults. Unknown fields are errors. Throws ValidationException.

std::string outputFile(const std::string& logDir, const RunKey& key, bool standardError);
/// Where a run's output goes: logDir/<id/1000>/<id>.<run>.out or .err.


} // namespace TaskDaemon


#endif // TaskDaemon_Task_TaskJson_INCLUDED
