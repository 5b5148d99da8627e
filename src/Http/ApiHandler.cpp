#include "Http/ApiHandler.h"
#include "Http/GatedConnection.h"
#include "Http/RequestBody.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <Poco/Net/HTTPServerResponse.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/StreamSocket.h>
#include <fcntl.h>
#include <sys/socket.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_SEND = std::size_t(1) << 20U; // POCO counts in int


FileDescriptor duplicate(int fd)
{
	FileDescriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
	if (!copy) throwErrno("cannot keep a waiting connection");
	return copy;
}


Request makeRequest(const Poco::Net::HTTPServerRequest& http)
{
	Request request;
	request.method = http.getMethod();
	const std::string& target = http.getURI();
	const std::size_t question = std::min(target.find('?'), target.size());
	request.path = target.substr(0, question);
	request.query = Query(std::string_view(target).substr(std::min(question + 1, target.size())));
	request.chunks = http.getVersion() == Poco::Net::HTTPMessage::HTTP_1_1;
	return request;
}


} // namespace


void ApiHandler::handleRequest(Poco::Net::HTTPServerRequest& httpRequest, Poco::Net::HTTPServerResponse& httpResponse)
{
	auto& request = static_cast<Poco::Net::HTTPServerRequestImpl&>(httpRequest);
	httpResponse.setKeepAlive(false); // POCO's loop ends with this request, whatever becomes of the connection
	const Response response = serve(request);
	if (response.takeOver) return;
	if (!send(request, response)) return;
	// Detached, since the session would close it.
	Poco::Net::StreamSocket socket = request.detachSocket();
	auto& connection = static_cast<GatedConnection&>(*socket.impl());
	if (!_bodyRead)
		connection.abandonToGate();
	else if (request.getKeepAlive())
		connection.returnToGate();
}


Response ApiHandler::serve(Poco::Net::HTTPServerRequestImpl& request)
{
	try
	{
		Response response = answer(request);
		// A copy, so that a refusal can still be answered here; POCO closes the original.
		if (response.takeOver) response.takeOver(duplicate(request.socket().impl()->sockfd()));
		return response;
	}
	catch (const Poco::Exception& e)
	{
		return errorResponse(std::runtime_error(e.displayText()));
	}
	catch (const std::exception& e)
	{
		return errorResponse(e);
	}
}


Response ApiHandler::answer(Poco::Net::HTTPServerRequestImpl& http)
{
	// The peer first: who may not ask gets neither an answer nor a place for a body.
	if (_api.authorize) _api.authorize(http.socket().impl()->sockfd());
	std::string body = RequestBody(http, _api.bodyCap).read();
	_bodyRead = true;
	Request request = makeRequest(http);
	request.body = std::move(body);
	return _api.router.dispatch(request);
}


bool ApiHandler::send(Poco::Net::HTTPServerRequestImpl& request, const Response& response)
/// False when the client is gone or does not read.
{
	const std::string message = formatResponse(response, request.getMethod() != "HEAD", _bodyRead && request.getKeepAlive());
	try
	{
		for (std::size_t sent = 0; sent < message.size();)
		{
			const std::size_t size = std::min(message.size() - sent, MAX_SEND);
			sent += static_cast<std::size_t>(request.socket().sendBytes(message.data() + sent, static_cast<int>(size), MSG_NOSIGNAL));
		}
		return true;
	}
	catch (const Poco::Exception& e)
	{
		Poco::Logger::get("http").debug(LogLine("the client did not take its answer").field("error", e.displayText()));
		return false;
	}
}


Poco::Net::HTTPRequestHandler* ApiHandlerFactory::createRequestHandler(const Poco::Net::HTTPServerRequest&)
{
	return new ApiHandler(_api);
}


} // namespace TaskDaemon
