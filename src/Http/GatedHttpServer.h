#ifndef TaskDaemon_Http_GatedHttpServer_INCLUDED
#define TaskDaemon_Http_GatedHttpServer_INCLUDED


#include "Http/ConnectionGate.h"
#include "Http/ConnectionWorkers.h"
#include <Poco/Net/HTTPServer.h>
#include <Poco/Net/ServerSocket.h>


namespace TaskDaemon {


class GatedServerSocket: public Poco::Net::ServerSocket
/// Gives TCPServer a ConnectionGate for its socket.
{
public:
	GatedServerSocket(FileDescriptor listener, const GateLimits& limits):
		ServerSocket(new ConnectionGate(std::move(listener), limits), true)
	{}

	ConnectionGate& gate() const
	{
		return static_cast<ConnectionGate&>(*impl());
	}
};


class GatedHttpServer
/// Poco::Net::HTTPServer behind a ConnectionGate, with its own threads: one that accepts, and as many workers as are needed at once.
///
/// Thread safety: one thread. Owned by the server that it serves for.
{
public:
	GatedHttpServer(FileDescriptor listener, const Poco::Net::HTTPRequestHandlerFactory::Ptr& factory, int maxThreads,
		const GateLimits& limits = GateLimits());

	~GatedHttpServer();
	/// Takes no further connection, lets the requests under way finish for a few seconds, then cuts them off, and closes everything.

	void start();

private:
	Poco::ThreadPool _pool;
	Poco::Net::HTTPServerParams::Ptr _params;
	GatedServerSocket _socket;
	ConnectionWorkers::Ptr _workers;
	Poco::Net::HTTPServer _http;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_GatedHttpServer_INCLUDED
