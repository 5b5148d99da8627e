#ifndef TaskDaemon_Http_QueueResource_INCLUDED
#define TaskDaemon_Http_QueueResource_INCLUDED


#include "Http/Request.h"
#include "Http/Response.h"
#include "TaskDaemon/Config/Settings.h"
#include "TaskDaemon/Task/Scheduler.h"
#include "TaskDaemon/Task/TaskStore.h"


namespace TaskDaemon {


class QueueResource
/// /v1/queues and what lies below it.
///
/// Thread safety: all functions from any thread. Owned by ControlServer. Errors: exceptions, for errorResponse().
{
public:
	QueueResource(Scheduler& scheduler, TaskStore& store, SettingsPtr settings);

	Response list(const Request& request);
	Response pause(const Request& request);
	Response resume(const Request& request);

private:
	Response change(const Request& request, void (Scheduler::*action)(const std::string&));
	Json toJson(const std::string& name, const QueueCounts& counts) const;

	Scheduler& _scheduler;
	TaskStore& _store;
	SettingsPtr _settings;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_QueueResource_INCLUDED
