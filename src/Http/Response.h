#ifndef TaskDaemon_Http_Response_INCLUDED
#define TaskDaemon_Http_Response_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Json.h"
#include <cstdint>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>


namespace TaskDaemon {


struct Response
/// What a handler answers: a document, or somebody who takes the connection over and answers later.
{
	int status = 200;
	std::string contentType = "application/json";
	std::string body;
	std::vector<std::pair<std::string, std::string>> headers;
	std::function<void(FileDescriptor)> takeOver; /// when set, nothing else counts; it answers and closes
};


enum class Framing
/// How the client finds the end of the body (RFC 9112, section 6).
{
	LENGTH,
	CHUNKED
};


Response jsonResponse(int status, const Json& document);

Response errorResponse(const std::exception& error);
/// The one place where our exceptions become a status and a code. Logs what is not the client's fault.

std::string formatHead(const Response& response, Framing framing, std::uint64_t length, bool keepAlive);
/// The status line and the headers up to and with the empty line; length counts with Framing::LENGTH only.

std::string formatResponse(const Response& response, bool withBody, bool keepAlive);
/// The whole message; without the body for HEAD, whose Content-Length is nevertheless the body's.


} // namespace TaskDaemon


#endif // TaskDaemon_Http_Response_INCLUDED
