#include "Http/TaskResource.h"
#include "Http/HttpException.h"
#include "Http/JsonBody.h"
#include "TaskDaemon/Base/Text.h"
#include "TaskDaemon/Task/TaskJson.h"


namespace TaskDaemon {


namespace {


constexpr std::int64_t MAX_LIMIT = 1000;


std::vector<TaskState> statesFrom(std::string_view text)
{
	std::vector<TaskState> states;
	while (true)
	{
		const std::size_t comma = std::min(text.find(','), text.size());
		const auto state = taskStateFrom(text.substr(0, comma));
		if (!state) throw ValidationException("state", "unknown state '" + escapeControls(text.substr(0, comma)) + "'");
		states.push_back(*state);
		if (comma == text.size()) return states;
		text.remove_prefix(comma + 1);
	}
}


TaskFilter filterFrom(const Query& query)
{
	TaskFilter filter;
	if (const auto states = query.get("state")) filter.states = statesFrom(*states);
	filter.queue = query.get("queue").value_or("");
	filter.label = query.get("label").value_or("");
	filter.limit = static_cast<int>(query.getInteger("limit", 1, MAX_LIMIT).value_or(filter.limit));
	filter.before = query.getInteger("before", 1, INT64_MAX).value_or(0);
	return filter;
}


TaskSpec specFrom(const Json& task, const Json& defaults, const Settings& settings)
{
	TaskSpec spec = taskSpecFromJson(task, defaults, settings);
	// The scheduler checks this too, but does not say which task of a batch it is.
	if (settings.queues.count(spec.queue) == 0)
		throw ValidationException("queue", "there is no queue '" + escapeControls(spec.queue) + "'");
	return spec;
}


} // namespace


TaskId taskIdFrom(const std::string& segment)
{
	const auto id = parseInteger(segment);
	if (!id || *id <= 0) throw NotFoundException("there is no task '" + escapeControls(segment) + "'");
	return *id;
}


Task findTask(TaskStore& store, TaskId id)
{
	auto task = store.find(id);
	if (!task) throw NotFoundException("there is no task " + std::to_string(id));
	return *std::move(task);
}


TaskResource::TaskResource(Scheduler& scheduler, TaskStore& store, SettingsPtr settings):
	_scheduler(scheduler), _store(store), _settings(std::move(settings))
{}


Response TaskResource::submit(const Request& request)
{
	const std::vector<TaskId> ids = _scheduler.submit({specFrom(parseBody(request.body), Json::object(), *_settings)});
	return jsonResponse(201, Json{{"id", ids.front()}});
}


Response TaskResource::submitBatch(const Request& request)
{
	Json document = parseBody(request.body);
	expectObject(document, {"defaults", "tasks"});
	const Json defaults = document.value("defaults", Json::object());
	if (!defaults.is_object()) throw ValidationException("defaults", "must be an object");
	const auto tasks = document.find("tasks");
	if (tasks == document.end() || !tasks->is_array()) throw ValidationException("tasks", "must be an array");
	std::vector<TaskSpec> specs;
	specs.reserve(tasks->size());
	for (Json& task : *tasks)
	{
		try
		{
			specs.push_back(specFrom(task, defaults, *_settings));
		}
		catch (const ValidationException& e)
		{
			throw BatchException(e, specs.size());
		}
		task = nullptr; // a batch may be large; it need not be in memory twice
	}
	return jsonResponse(201, Json{{"ids", specs.empty() ? std::vector<TaskId>() : _scheduler.submit(std::move(specs))}});
}


Response TaskResource::list(const Request& request)
{
	Json tasks = Json::array();
	for (const auto& task : _store.list(filterFrom(request.query))) tasks.push_back(taskToJson(task, false));
	return jsonResponse(200, tasks);
}


Response TaskResource::show(const Request& request)
{
	return jsonResponse(200, taskToJson(findTask(_store, taskIdFrom(request.captures.at(0))), true));
}


Response TaskResource::cancel(const Request& request)
{
	return change(request, &Scheduler::cancel);
}


Response TaskResource::hold(const Request& request)
{
	return change(request, &Scheduler::hold);
}


Response TaskResource::release(const Request& request)
{
	return change(request, &Scheduler::release);
}


Response TaskResource::change(const Request& request, void (Scheduler::*action)(TaskId))
{
	expectNoBody(request.body);
	const TaskId id = taskIdFrom(request.captures.at(0));
	(_scheduler.*action)(id);
	return jsonResponse(200, taskToJson(findTask(_store, id), false));
}


} // namespace TaskDaemon
