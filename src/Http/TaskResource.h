#ifndef TaskDaemon_Http_TaskResource_INCLUDED
#define TaskDaemon_Http_TaskResource_INCLUDED


#include "Http/Request.h"
#include "Http/Response.h"
#include "TaskDaemon/Config/Settings.h"
#include "TaskDaemon/Task/Scheduler.h"
#include "TaskDaemon/Task/TaskStore.h"


namespace TaskDaemon {


TaskId taskIdFrom(const std::string& segment);
/// Throws NotFoundException for what is no id, since no such task can exist.

Task findTask(TaskStore& store, TaskId id);
/// Throws NotFoundException.


class TaskResource
/// /v1/tasks, what lies below it but the logs, and /v1/batch.
///
/// Thread safety: all functions from any thread. Owned by ControlServer. Errors: exceptions, for errorResponse().
{
public:
	TaskResource(Scheduler& scheduler, TaskStore& store, SettingsPtr settings);

	Response submit(const Request& request);
	Response submitBatch(const Request& request);
	Response list(const Request& request);
	Response show(const Request& request);
	Response cancel(const Request& request);
	Response hold(const Request& request);
	Response release(const Request& request);

private:
	Response change(const Request& request, void (Scheduler::*action)(TaskId));

	Scheduler& _scheduler;
	TaskStore& _store;
	SettingsPtr _settings;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_TaskResource_INCLUDED
