#ifndef TaskDaemon_Test_GatedHttpServerFixture_INCLUDED
#define TaskDaemon_Test_GatedHttpServerFixture_INCLUDED


#include "Http/ApiHandler.h"
#include "Http/GatedHttpServer.h"
#include "TestClient.h"
#include <condition_variable>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <memory>
#include <mutex>


namespace TaskDaemon {


class GatedHttpServerFixture: public CppUnit::TestFixture
/// The gate, the workers, the body reader and the handler together, over real sockets, with three resources: /ping, /echo, /block.
{
public:
	void tearDown() override
	{
		unblock();
		_server.reset();
		_api.reset();
		_blockedRequests = 0;
	}

protected:
	static constexpr std::size_t BODY_CAP = 100000;

	std::uint16_t _port = 0;
	std::unique_ptr<Api> _api;
	std::unique_ptr<GatedHttpServer> _server;
	std::mutex _mutex;
	std::condition_variable _changed;
	bool _blocked = false;
	int _blockedRequests = 0;

	Response block()
	{
		std::unique_lock lock(_mutex);
		++_blockedRequests;
		_changed.notify_all();
		_changed.wait(lock, [this] { return !_blocked; });
		return jsonResponse(200, Json{{"unblocked", true}});
	}

	static Response echo(const Request& request)
	{
		Response response;
		response.body = request.body;
		return response;
	}

	void start(const GateLimits& limits = GateLimits(), int threads = 4)
	{
		start(listenOnTcp(_port), limits, threads);
	}

	void start(FileDescriptor listener, const GateLimits& limits, int threads)
	{
		Router router({{"GET", "/ping", {},
						   [](const Request&) {
							   return jsonResponse(200, Json{{"pong", true}});
						   }},
			{"HEAD", "/ping", {},
				[](const Request&) {
					return jsonResponse(200, Json{{"pong", true}});
				}},
			{"GET", "/block", {}, [this](const Request&) { return block(); }},
			{"POST", "/echo", {}, [](const Request& request) { return echo(request); }}});
		_api.reset(new Api{std::move(router), BODY_CAP, {}});
		_server = std::make_unique<GatedHttpServer>(std::move(listener), new ApiHandlerFactory(*_api), threads, limits);
		_server->start();
	}

	void ping(TestClient& client)
	{
		CPPUNIT_ASSERT_EQUAL(200, client.get("/ping").status);
	}

	static void post(TestClient& client, const std::string& fields, const std::string& body)
	{
		client.send("POST /echo HTTP/1.1\r\nHost: h\r\n" + fields + "\r\n" + body);
	}

	void unblock()
	{
		const std::lock_guard lock(_mutex);
		_blocked = false;
		_changed.notify_all();
	}

	void awaitBlocked(int count)
	{
		std::unique_lock lock(_mutex);
		CPPUNIT_ASSERT(_changed.wait_for(lock, std::chrono::seconds(10), [&] { return _blockedRequests >= count; }));
	}
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_GatedHttpServerFixture_INCLUDED
