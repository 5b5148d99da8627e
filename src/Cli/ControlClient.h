#ifndef TaskDaemon_Cli_ControlClient_INCLUDED
#define TaskDaemon_Cli_ControlClient_INCLUDED


#include "Cli/Backoff.h"
#include "Cli/ControlConnection.h"
#include "TaskDaemon/Base/Json.h"
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon::Cli {


class ApiException: public Exception
/// The daemon answered with an error. Its exit code follows from the HTTP status: 400 and 413: 64, 403: 77, 404 and 409: 1, 503: 69, others: 70.
{
public:
	ApiException(int status, const std::string& body);

	int status() const
	{
		return _status;
	}

	const std::optional<std::int64_t>& index() const
	/// Which task of a batch is wrong, from 0.
	{
		return _index;
	}

private:
	ApiException(int status, const Json& error);

	int _status;
	std::optional<std::int64_t> _index;
};


class ControlClient
/// The control API (ARCHITECTURE.md) for commands. Every call is one connection. What changes nothing is tried again while the service
/// restarts: the listening socket stays open then, so that usually a request only waits, but one under way is cut.
/// Not thread-safe; owned by Context. Throws what ControlConnection throws, and ApiException.
{
public:
	explicit ControlClient(std::string socketPath, const RetryPolicy& retry = RetryPolicy(), Microseconds timeout = 60 * SECOND):
		_socketPath(std::move(socketPath)), _retry(retry), _timeout(timeout)
	/// timeout: how long one try may take, except of wait().
	{}

	Json get(const std::string& target);

	Json post(const std::string& target, const Json& body);
	/// A request that changes something, and so is sent again only while it is certain that the daemon did not read all of it. If
	/// the connection is cut later, throws Exception that says so: nobody knows whether it was carried out.

	Json postText(const std::string& target, std::string body);
	/// The same with the JSON already written.

	Json wait(const std::vector<std::int64_t>& ids);
	/// The tasks, in this order, once all are final. Takes as long as they do.

	const std::string& socketPath() const
	{
		return _socketPath;
	}

	const RetryPolicy& retryPolicy() const
	{
		return _retry;
	}

private:
	enum class Repeat
	{
		ALWAYS,
		UNLESS_READ
	};

	Json call(const ControlRequest& request, Repeat repeat, std::optional<Microseconds> timeout);
	Json exchange(const ControlRequest& request, Repeat repeat, std::optional<Microseconds> timeout);

	std::string _socketPath;
	RetryPolicy _retry;
	Microseconds _timeout;
};


std::string percentEncode(std::string_view text);
/// For a value in a query or one segment of a path (RFC 3986, section 2.1).


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_ControlClient_INCLUDED
