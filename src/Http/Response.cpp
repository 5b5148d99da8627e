#include "Http/Response.h"
#include "Http/HttpException.h"
#include "TaskDaemon/Base/LogLine.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <Poco/DateTimeFormat.h>
#include <Poco/DateTimeFormatter.h>
#include <Poco/Logger.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/Timestamp.h>


namespace TaskDaemon {


namespace {


Response errorDocument(int status, const std::string& code, const Json& error)
{
	Json document;
	document["code"] = code;
	document.update(error);
	return jsonResponse(status, Json{{"error", std::move(document)}});
}


Response fault(int status, const std::string& code, const std::string& message, const std::string& shown)
/// A failure that is not the client's: the operator reads it in the log.
{
	Poco::Logger::get("http").error(LogLine("request failed").field("status", status).field("error", message));
	return errorDocument(status, code, Json{{"message", shown}});
}


Response validationError(const ValidationException& error)
{
	Json fields{{"message", error.what()}, {"field", error.field()}};
	if (const auto* batch = dynamic_cast<const BatchException*>(&error)) fields["index"] = batch->index();
	return errorDocument(400, "invalid", fields);
}


Response httpError(const HttpException& error)
{
	Response response = errorDocument(error.status(), error.code(), Json{{"message", error.what()}});
	if (const auto* method = dynamic_cast<const MethodException*>(&error)) response.headers.emplace_back("Allow", method->allowed());
	return response;
}


} // namespace


Response jsonResponse(int status, const Json& document)
{
	Response response;
	response.status = status;
	response.body = dumpJson(document) + "\n";
	return response;
}


Response errorResponse(const std::exception& error)
{
	if (const auto* http = dynamic_cast<const HttpException*>(&error)) return httpError(*http);
	if (const auto* invalid = dynamic_cast<const ValidationException*>(&error)) return validationError(*invalid);
	if (dynamic_cast<const NotFoundException*>(&error)) return errorDocument(404, "not_found", Json{{"message", error.what()}});
	if (dynamic_cast<const ConflictException*>(&error)) return errorDocument(409, "conflict", Json{{"message", error.what()}});
	if (dynamic_cast<const UnavailableException*>(&error)) return errorDocument(503, "stopping", Json{{"message", error.what()}});
	if (dynamic_cast<const StoreException*>(&error)) return fault(503, "unavailable", error.what(), error.what());
	// The text of a foreign exception may be anything; ours are written for users.
	const bool ours = dynamic_cast<const Exception*>(&error) != nullptr;
	return fault(500, "internal", error.what(), ours ? error.what() : "an internal error; the daemon's log has the details");
}


std::string formatHead(const Response& response, Framing framing, std::uint64_t length, bool keepAlive)
{
	using Poco::Net::HTTPResponse;
	std::string head = "HTTP/1.1 " + std::to_string(response.status) + " " +
					   HTTPResponse::getReasonForStatus(static_cast<HTTPResponse::HTTPStatus>(response.status)) +
					   "\r\nDate: " + Poco::DateTimeFormatter::format(Poco::Timestamp(), Poco::DateTimeFormat::HTTP_FORMAT) + "\r\n";
	if (!response.contentType.empty()) head += "Content-Type: " + response.contentType + "\r\n";
	for (const auto& [name, value] : response.headers) head.append(name).append(": ").append(value).append("\r\n");
	head += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
	if (framing == Framing::CHUNKED)
		head += "Transfer-Encoding: chunked\r\n";
	else
		head += "Content-Length: " + std::to_string(length) + "\r\n";
	return head + (keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
}


std::string formatResponse(const Response& response, bool withBody, bool keepAlive)
{
	std::string message = formatHead(response, Framing::LENGTH, response.body.size(), keepAlive);
	if (withBody) message += response.body;
	return message;
}


} // namespace TaskDaemon
