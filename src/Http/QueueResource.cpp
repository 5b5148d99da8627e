#include "Http/QueueResource.h"
#include "Http/JsonBody.h"
#include "TaskDaemon/Base/Text.h"
#include <array>


namespace TaskDaemon {


namespace {


constexpr std::array STATES = {TaskState::QUEUED, TaskState::RUNNING, TaskState::SUCCEEDED, TaskState::FAILED, TaskState::TIMED_OUT,
	TaskState::CANCELED, TaskState::LOST};


} // namespace


QueueResource::QueueResource(Scheduler& scheduler, TaskStore& store, SettingsPtr settings):
	_scheduler(scheduler), _store(store), _settings(std::move(settings))
{}


Response QueueResource::list(const Request&)
{
	Json queues = Json::array();
	for (const auto& [name, counts] : _store.counts()) queues.push_back(toJson(name, counts));
	return jsonResponse(200, queues);
}


Response QueueResource::pause(const Request& request)
{
	return change(request, &Scheduler::pause);
}


Response QueueResource::resume(const Request& request)
{
	return change(request, &Scheduler::resume);
}


Response QueueResource::change(const Request& request, void (Scheduler::*action)(const std::string&))
{
	expectNoBody(request.body);
	const std::string& name = request.captures.at(0);
	(_scheduler.*action)(name);
	const auto counts = _store.counts();
	const auto queue = counts.find(name);
	if (queue == counts.end()) throw NotFoundException("there is no queue '" + escapeControls(name) + "'");
	return jsonResponse(200, toJson(name, queue->second));
}


Json QueueResource::toJson(const std::string& name, const QueueCounts& counts) const
{
	// A queue that the configuration has no more may still hold tasks; nothing of it runs.
	const auto configured = _settings->queues.find(name);
	Json queue{{"name", name}, {"parallelism", configured == _settings->queues.end() ? 0 : configured->second.parallelism},
		{"paused", counts.paused}};
	for (const TaskState state : STATES)
	{
		const auto count = counts.tasks.find(state);
		queue[toString(state)] = count == counts.tasks.end() ? 0 : count->second;
	}
	return queue;
}


} // namespace TaskDaemon
