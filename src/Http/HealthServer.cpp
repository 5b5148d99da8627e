#include "TaskDaemon/Http/HealthServer.h"
#include "Http/ApiHandler.h"
#include "Http/GatedHttpServer.h"
#include "Http/StatusPage.h"


namespace TaskDaemon {


namespace {


constexpr int MAX_THREADS = 16;


Response healthResponse(TaskDaemonApp& app)
{
	const HealthStatus health = app.healthStatus();
	Json checks = Json::array();
	for (const auto& check : health.checks)
		checks.push_back(
			{{"name", check.name}, {"status", toString(check.state)}, {"observed", check.observed}, {"checked_at", check.checkedAt}});
	return jsonResponse(
		health.overall == HealthState::UNHEALTHY ? 503 : 200, Json{{"status", toString(health.overall)}, {"checks", checks}});
}


Response readyResponse(const TaskDaemonApp& app)
{
	const bool ready = app.isReady();
	return jsonResponse(ready ? 200 : 503, Json{{"ready", ready}});
}


Router makeRouter(TaskDaemonApp& app)
{
	std::vector<Route> routes;
	for (const char* method : {"GET", "HEAD"})
	{
		routes.push_back({method, "/health", {}, [&app](const Request&) { return healthResponse(app); }});
		routes.push_back({method, "/ready", {}, [&app](const Request&) { return readyResponse(app); }});
		routes.push_back({method, "/live", {}, [](const Request&) { return jsonResponse(200, Json{{"live", true}}); }});
		routes.push_back({method, "/status", {}, [&app](const Request&) { return jsonResponse(200, app.status()); }});
		routes.push_back({method, "/", {}, [&app](const Request&) { return statusPage(app.status()); }});
	}
	return Router(std::move(routes));
}


} // namespace


class HealthServer::Impl
{
public:
	Impl(TaskDaemonApp& app, FileDescriptor listener):
		_api{makeRouter(app), 0, {}},
		_server(std::make_unique<GatedHttpServer>(std::move(listener), new ApiHandlerFactory(_api), MAX_THREADS))
	{}

	void start()
	{
		_server->start();
	}

	void stop()
	{
		_server.reset();
	}

private:
	const Api _api;
	std::unique_ptr<GatedHttpServer> _server;
};


HealthServer::HealthServer(TaskDaemonApp& app, FileDescriptor listener): _impl(std::make_unique<Impl>(app, std::move(listener))) {}


HealthServer::~HealthServer() = default;


void HealthServer::start()
{
	_impl->start();
}


void HealthServer::stop()
{
	_impl->stop();
}


} // namespace TaskDaemon
