#ifndef TaskDaemon_Http_StreamResource_INCLUDED
#define TaskDaemon_Http_StreamResource_INCLUDED


#include "Http/Request.h"
#include "Http/Response.h"
#include "Http/Streams.h"
#include "TaskDaemon/Config/Settings.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <memory>


namespace TaskDaemon {


class StreamResource
/// /v1/wait and /v1/tasks/ID/log: the requests that are answered by Streams. What can be refused is refused here, on the worker's thread.
///
/// Thread safety: all functions from any thread. Owned by ControlServer. Errors: exceptions, for errorResponse().
{
public:
	StreamResource(Streams& streams, TaskStore& store, SettingsPtr settings);

	Response wait(const Request& request);
	Response log(const Request& request);

private:
	Response present(const std::string& path, std::uint64_t offset);
	Response follow(const RunKey& run, const std::string& path, std::uint64_t offset);

	Streams& _streams;
	TaskStore& _store;
	SettingsPtr _settings;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_StreamResource_INCLUDED
