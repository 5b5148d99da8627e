#ifndef TaskDaemon_Cli_ControlConnection_INCLUDED
#define TaskDaemon_Cli_ControlConnection_INCLUDED


#include "Cli/ResponseParser.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Time.h"
#include <optional>
#include <string>
#include <string_view>


namespace TaskDaemon::Cli {


class NoDaemonException: public UnavailableException
/// Nobody listens on the control socket.
{
public:
	explicit NoDaemonException(const std::string& socketPath):
		UnavailableException("no daemon is running at " + socketPath + "; start it with `taskdaemon start`")
	{}
};


class ConnectionCutException: public Exception
/// The connection ended before the answer was whole: the service was restarted or killed meanwhile.
{
public:
	ConnectionCutException(const std::string& message, bool requestSent): Exception(message, EXIT_TEMPFAIL), _requestSent(requestSent) {}

	bool requestSent() const
	/// Whether the request had been sent whole, so that it may have been carried out.
	{
		return _requestSent;
	}

private:
	bool _requestSent;
};


struct ControlRequest
{
	std::string method; /// "GET" or "POST"
	std::string target; /// the path with its query, already encoded
	std::string body; /// JSON; empty for GET
};


class ControlConnection
/// One request and its answer over the control socket. Not thread-safe; owns its descriptor. Throws NoDaemonException, Exception with exit code 77
/// (not allowed) or 75 (timed out), ConnectionCutException and ProtocolException.
{
public:
	ControlConnection(const std::string& socketPath, const ControlRequest& request, Microseconds timeout, ResponseParser::BodySink sink);
	/// Connects and sends. timeout bounds each step of it: with a full backlog connect(2) waits.

	bool receive();
	/// Reads once what has arrived, without waiting. Returns true when the answer is complete.

	bool complete(std::optional<Microseconds> deadline);
	/// Waits for the whole answer, at most until deadline (monotonic). Returns false when that has passed.

	int status() const
	{
		return _parser.status();
	}

	int fd() const
	{
		return _socket.get();
	}

private:
	void connect(const std::string& socketPath, Microseconds timeout);
	bool send(std::string_view bytes);

	FileDescriptor _socket;
	ResponseParser _parser;
	bool _sent = false;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_ControlConnection_INCLUDED
