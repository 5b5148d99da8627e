#include "Http/GatedHttpServer.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <Poco/Timespan.h>


namespace TaskDaemon {


namespace {


constexpr int STACK_SIZE = 256 * 1024;
constexpr int THREAD_IDLE_TIME = 3600; // seconds; ThreadPool looks at it only when threads start
constexpr Microseconds RECEIVE_TIMEOUT = 10 * SECOND; // of each recv(2) of a body
constexpr Microseconds FINISH_TIME = 5 * SECOND;


Poco::Net::HTTPServerParams::Ptr makeParams(int maxThreads)
{
	Poco::Net::HTTPServerParams::Ptr params = new Poco::Net::HTTPServerParams;
	params->setMaxThreads(maxThreads);
	params->setTimeout(Poco::Timespan(RECEIVE_TIMEOUT));
	return params;
}


} // namespace


GatedHttpServer::GatedHttpServer(
	FileDescriptor listener, const Poco::Net::HTTPRequestHandlerFactory::Ptr& factory, int maxThreads, const GateLimits& limits):
	_pool("http", 1, maxThreads, THREAD_IDLE_TIME, STACK_SIZE),
	_params(makeParams(maxThreads)),
	_socket(std::move(listener), limits),
	_workers(new ConnectionWorkers(_pool, factory, _params)),
	_http(factory, _pool, _socket, _params)
{
	_http.setConnectionFilter(_workers);
}


GatedHttpServer::~GatedHttpServer()
{
	_socket.gate().wake(); // before stop(), which waits for the thread that may be in poll()
	_http.stop();
	for (auto& connection : _socket.gate().takeReady()) _workers->accept(Poco::Net::StreamSocket(connection.duplicate()));
	if (!_workers->finish(FINISH_TIME))
	{
		Poco::Logger::get("http").warning("requests that do not finish are cut off");
		_http.stopAll(true);
	}
	_workers->stop();
	_pool.joinAll();
}


void GatedHttpServer::start()
{
	_http.start();
}


} // namespace TaskDaemon
