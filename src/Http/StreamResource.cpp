#include "Http/StreamResource.h"
#include "Http/HttpException.h"
#include "Http/JsonBody.h"
#include "Http/LogStream.h"
#include "Http/TaskResource.h"
#include "Http/WaitStream.h"
#include "TaskDaemon/Task/TaskJson.h"
#include <sys/stat.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_IDS = 100000;


std::vector<TaskId> idsFrom(const Json& document)
{
	expectObject(document, {"ids"});
	const auto ids = document.find("ids");
	if (ids == document.end() || !ids->is_array() || ids->empty() || ids->size() > MAX_IDS)
		throw ValidationException("ids", "must be an array of 1 to " + std::to_string(MAX_IDS) + " task ids");
	std::vector<TaskId> result;
	for (const auto& id : *ids)
	{
		if (!id.is_number_integer() || (id.is_number_unsigned() && id.get<std::uint64_t>() > INT64_MAX))
			throw ValidationException("ids", "must hold integers only");
		result.push_back(id.get<TaskId>());
	}
	return result;
}


std::uint32_t runFrom(const Query& query, const Task& task, bool follow)
/// The run whose output is asked for; 0 when there has been none and so nothing to show.
{
	// Who follows a queued task wants to see what comes, not what came of an earlier run.
	const std::uint32_t coming = task.state == TaskState::QUEUED ? task.run + 1 : task.run;
	const auto asked = query.getInteger("run", 1, UINT32_MAX);
	if (!asked) return follow ? std::max(coming, 1U) : task.run;
	if (*asked > std::max(coming, 1U)) throw NotFoundException("task " + std::to_string(task.id) + " has no run " + std::to_string(*asked));
	return static_cast<std::uint32_t>(*asked);
}


bool isStandardError(const Query& query)
{
	const std::string stream = query.get("stream").value_or("stdout");
	if (stream != "stdout" && stream != "stderr") throw ValidationException("stream", "must be stdout or stderr");
	return stream == "stderr";
}


bool isFollowing(const Request& request)
{
	const bool follow = request.query.getInteger("follow", 0, 1).value_or(0) == 1;
	if (follow && !request.chunks) throw HttpException(505, "invalid", "following needs HTTP/1.1");
	return follow;
}


} // namespace


StreamResource::StreamResource(Streams& streams, TaskStore& store, SettingsPtr settings):
	_streams(streams), _store(store), _settings(std::move(settings))
{}


Response StreamResource::wait(const Request& request)
{
	std::vector<TaskId> ids = idsFrom(parseBody(request.body));
	for (const TaskId id : ids) findTask(_store, id);
	Response response;
	response.takeOver = [this, ids = std::move(ids)](FileDescriptor socket)
	{ _streams.add(std::make_unique<WaitStream>(std::move(socket), ids)); };
	return response;
}


Response StreamResource::log(const Request& request)
{
	const Task task = findTask(_store, taskIdFrom(request.captures.at(0)));
	const bool standardError = isStandardError(request.query);
	const bool following = isFollowing(request);
	const auto offset = static_cast<std::uint64_t>(request.query.getInteger("offset", 0, INT64_MAX).value_or(0));
	const RunKey run{task.id, runFrom(request.query, task, following)};
	const std::string path = outputFile(_settings->taskLogDir, run, standardError);
	return following ? follow(run, path, offset) : present(path, offset);
}


Response StreamResource::present(const std::string& path, std::uint64_t offset)
{
	auto file = std::make_shared<FileDescriptor>(openOutput(path));
	struct stat status = {};
	if (*file && ::fstat(file->get(), &status) != 0) throwErrno("cannot examine '" + path + "'");
	Response response;
	response.contentType = "application/octet-stream";
	if (!*file) return response;
	response.takeOver = [this, file, offset, size = static_cast<std::uint64_t>(status.st_size)](FileDescriptor socket)
	{ _streams.add(std::make_unique<LogStream>(std::move(socket), std::move(*file), offset, size)); };
	return response;
}


Response StreamResource::follow(const RunKey& run, const std::string& path, std::uint64_t offset)
{
	Response response;
	response.takeOver = [this, run, path, offset](FileDescriptor socket)
	{ _streams.add(std::make_unique<LogStream>(std::move(socket), run, _settings->taskLogDir, path, offset)); };
	return response;
}


} // namespace TaskDaemon
