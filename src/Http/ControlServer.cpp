#include "TaskDaemon/Http/ControlServer.h"
#include "Http/ApiHandler.h"
#include "Http/GatedHttpServer.h"
#include "Http/JsonBody.h"
#include "Http/PeerCheck.h"
#include "Http/QueueResource.h"
#include "Http/StreamResource.h"
#include "Http/TaskResource.h"


namespace TaskDaemon {


namespace {


constexpr int MAX_THREADS = 64;
constexpr std::size_t MAX_BODY = std::size_t(64) << 20U;


} // namespace


class ControlServer::Impl
/// The parts, in the order in which they use each other.
{
public:
	Impl(TaskDaemonApp& app, Scheduler& scheduler, TaskStore& store, const SettingsPtr& settings, FileDescriptor listener):
		_app(app),
		_scheduler(scheduler),
		_peers(settings->controlGroup),
		_streams(store),
		_taskResource(scheduler, store, settings),
		_queueResource(scheduler, store, settings),
		_streamResource(_streams, store, settings),
		_api{makeRouter(), MAX_BODY, [this](int socket) { _peers.authorize(socket); }},
		_server(std::make_unique<GatedHttpServer>(std::move(listener), new ApiHandlerFactory(_api), MAX_THREADS))
	{}

	void start()
	{
		_scheduler.onFinished([this](TaskId task) { _streams.taskEnded(task); });
		_streams.start();
		_server->start();
	}

	void stop()
	{
		if (!_server) return;
		_server.reset(); // first: its workers still give connections to the streams
		_scheduler.onFinished({});
		_streams.stop();
	}

private:
	Router makeRouter();

	TaskDaemonApp& _app;
	Scheduler& _scheduler;
	const PeerCheck _peers;
	Streams _streams;
	TaskResource _taskResource;
	QueueResource _queueResource;
	StreamResource _streamResource;
	const Api _api;
	std::unique_ptr<GatedHttpServer> _server;
};


Router ControlServer::Impl::makeRouter()
{
	TaskResource& tasks = _taskResource;
	QueueResource& queues = _queueResource;
	StreamResource& streams = _streamResource;
	return Router({
		{"POST", "/v1/tasks", {}, [&tasks](const Request& r) { return tasks.submit(r); }},
		{"GET", "/v1/tasks", {"state", "queue", "label", "limit", "before"}, [&tasks](const Request& r) { return tasks.list(r); }},
		{"POST", "/v1/batch", {}, [&tasks](const Request& r) { return tasks.submitBatch(r); }},
		{"GET", "/v1/tasks/*", {}, [&tasks](const Request& r) { return tasks.show(r); }},
		{"GET", "/v1/tasks/*/log", {"stream", "run", "offset", "follow"}, [&streams](const Request& r) { return streams.log(r); }},
		{"POST", "/v1/tasks/*/cancel", {}, [&tasks](const Request& r) { return tasks.cancel(r); }},
		{"POST", "/v1/tasks/*/hold", {}, [&tasks](const Request& r) { return tasks.hold(r); }},
		{"POST", "/v1/tasks/*/release", {}, [&tasks](const Request& r) { return tasks.release(r); }},
		{"POST", "/v1/wait", {}, [&streams](const Request& r) { return streams.wait(r); }},
		{"GET", "/v1/queues", {}, [&queues](const Request& r) { return queues.list(r); }},
		{"POST", "/v1/queues/*/pause", {}, [&queues](const Request& r) { return queues.pause(r); }},
		{"POST", "/v1/queues/*/resume", {}, [&queues](const Request& r) { return queues.resume(r); }},
		{"GET", "/v1/status", {}, [this](const Request&) { return jsonResponse(200, _app.status()); }},
	});
}


ControlServer::ControlServer(
	TaskDaemonApp& app, Scheduler& scheduler, TaskStore& store, const SettingsPtr& settings, FileDescriptor listener):
	_impl(std::make_unique<Impl>(app, scheduler, store, settings, std::move(listener)))
{}


ControlServer::~ControlServer()
{
	stop();
}


void ControlServer::start()
{
	_impl->start();
}


void ControlServer::stop()
{
	_impl->stop();
}


} // namespace TaskDaemon
