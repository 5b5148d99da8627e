#ifndef TaskDaemon_Http_ApiHandler_INCLUDED
#define TaskDaemon_Http_ApiHandler_INCLUDED


#include "Http/Router.h"
#include <Poco/Net/HTTPRequestHandler.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <functional>
#include <string>


namespace TaskDaemon {


struct Api
/// What makes one server differ from the other.
{
	Router router;
	std::size_t bodyCap = 0;
	std::function<void(int fd)> authorize; /// throws when the peer of this socket may not use it; empty: everybody may
};


class ApiHandler: public Poco::Net::HTTPRequestHandler
/// Serves one request behind POCO: checks the peer, reads the body, dispatches, answers, and gives the connection back to the
/// gate or to who takes it over. POCO's own response object stays unused, and its loop over further requests ends here.
/// Thread safety: one thread each. Owned by POCO. Errors: none leave it.
{
public:
	explicit ApiHandler(const Api& api): _api(api) {}

	void handleRequest(Poco::Net::HTTPServerRequest& request, Poco::Net::HTTPServerResponse& response) override;

private:
	Response serve(Poco::Net::HTTPServerRequestImpl& request);
	Response answer(Poco::Net::HTTPServerRequestImpl& request);
	bool send(Poco::Net::HTTPServerRequestImpl& request, const Response& response);

	const Api& _api;
	bool _bodyRead = false;
};


class ApiHandlerFactory: public Poco::Net::HTTPRequestHandlerFactory
/// Thread safety: createRequestHandler() from any thread. Owned by the HTTP server; the Api must outlive it.
{
public:
	explicit ApiHandlerFactory(const Api& api): _api(api) {}

	Poco::Net::HTTPRequestHandler* createRequestHandler(const Poco::Net::HTTPServerRequest& request) override;

private:
	const Api& _api;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_ApiHandler_INCLUDED
