#include "Cli/ControlClient.h"
#include "Cli/JsonFields.h"


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t BODY_LIMIT = std::size_t(1) << 30U;


int exitCodeOf(int status)
{
	switch (status)
	{
	case 400:
	case 413: return EXIT_USAGE;
	case 403: return EXIT_NOPERM;
	case 404:
	case 409: return EXIT_NO;
	case 503: return EXIT_UNAVAILABLE;
	default: return EXIT_SOFTWARE;
	}
}


Json parseBody(const std::string& body)
{
	Json value = Json::parse(body, nullptr, false);
	if (value.is_discarded()) throw ProtocolException("the daemon's answer is not valid JSON");
	return value;
}


const Json& errorOf(const Json& document)
{
	static const Json NONE = Json::object();
	const auto error = document.is_object() ? document.find("error") : document.end();
	return document.is_object() && error != document.end() && error->is_object() ? *error : NONE;
}


std::string messageOf(int status, const Json& error)
{
	std::string message = textField(error, "message");
	if (message.empty()) return "the daemon answered with HTTP status " + std::to_string(status);
	const std::string field = textField(error, "field");
	// The daemon's own sentence may name the field already.
	if (!field.empty() && message.compare(0, field.size() + 1, field + ":") != 0) message.insert(0, field + ": ");
	if (status == 403) message += "; be root, the daemon's user or a member of its control.group";
	return message;
}


[[noreturn]] void throwUnknownOutcome(const std::string& reason)
{
	// Neither 69 nor 75: a script that tries again on those would submit twice.
	throw Exception(reason + ": it is unknown whether the request was accepted; look with `taskdaemon list`", EXIT_SOFTWARE);
}


} // namespace


ApiException::ApiException(int status, const std::string& body): ApiException(status, errorOf(Json::parse(body, nullptr, false))) {}


ApiException::ApiException(int status, const Json& error):
	Exception(messageOf(status, error), exitCodeOf(status)), _status(status), _index(numberField(error, "index"))
{}


Json ControlClient::get(const std::string& target)
{
	return call({"GET", target, ""}, Repeat::ALWAYS, _timeout);
}


Json ControlClient::post(const std::string& target, const Json& body)
{
	return postText(target, dumpJson(body));
}


Json ControlClient::postText(const std::string& target, std::string body)
{
	return call({"POST", target, std::move(body)}, Repeat::UNLESS_READ, _timeout);
}


Json ControlClient::wait(const std::vector<std::int64_t>& ids)
{
	return call({"POST", "/v1/wait", dumpJson(Json{{"ids", ids}})}, Repeat::ALWAYS, std::nullopt);
}


Json ControlClient::call(const ControlRequest& request, Repeat repeat, std::optional<Microseconds> timeout)
{
	Backoff backoff(_retry);
	for (bool cutBefore = false;; cutBefore = true)
	{
		const Microseconds begin = monotonicTime();
		std::optional<Microseconds> pause;
		try
		{
			return exchange(request, repeat, timeout);
		}
		catch (const ConnectionCutException& exc)
		{
			if (repeat == Repeat::UNLESS_READ && exc.requestSent()) throwUnknownOutcome(exc.what());
			// A connection that lasted was no failed try: a wait of hours may be cut by many restarts.
			if (monotonicTime() - begin >= _retry.total) backoff.reset();
			pause = backoff.nextPause();
			if (!pause) throw;
		}
		catch (const NoDaemonException&)
		{
			// Without a cut before, there just is no daemon.
			if (cutBefore) pause = backoff.nextPause();
			if (!pause) throw;
		}
		pauseFor(*pause);
	}
}


Json ControlClient::exchange(const ControlRequest& request, Repeat repeat, std::optional<Microseconds> timeout)
{
	std::string body;
	ControlConnection connection(_socketPath, request, timeout.value_or(_timeout),
		[&](std::string_view part)
		{
			if (body.size() + part.size() > BODY_LIMIT) throw ProtocolException("the daemon's answer is too large");
			body += part;
		});
	const auto deadline = timeout ? std::optional(monotonicTime() + *timeout) : std::nullopt;
	if (!connection.complete(deadline))
	{
		const std::string message = "the daemon has not answered within " + formatDuration(*timeout);
		if (repeat == Repeat::UNLESS_READ) throwUnknownOutcome(message);
		throw BusyException(message + "; try again");
	}
	if (connection.status() < 200 || connection.status() > 299) throw ApiException(connection.status(), body);
	return parseBody(body);
}


std::string percentEncode(std::string_view text)
{
	static constexpr std::string_view UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	static constexpr std::string_view DIGITS = "0123456789ABCDEF";
	std::string result;
	for (const char c : text)
	{
		if (UNRESERVED.find(c) != std::string_view::npos)
		{
			result += c;
			continue;
		}
		const auto byte = static_cast<unsigned char>(c);
		result += '%';
		result += DIGITS[byte >> 4U];
		result += DIGITS[byte & 15U];
	}
	return result;
}


} // namespace TaskDaemon::Cli
