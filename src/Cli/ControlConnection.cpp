#include "Cli/ControlConnection.h"
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t RECEIVE_SIZE = 65536;


std::string requestHead(const ControlRequest& request)
{
	// One request a connection, so the server may close it at once. Host is obligatory (RFC 9112, section 3.2).
	std::string head = request.method + " " + request.target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
	if (request.method == "POST")
		head += "Content-Type: application/json\r\nContent-Length: " + std::to_string(request.body.size()) + "\r\n";
	return head + "\r\n";
}


[[noreturn]] void throwConnectError(const std::string& socketPath, int error)
{
	if (error == ENOENT || error == ECONNREFUSED || error == ENOTDIR) throw NoDaemonException(socketPath);
	if (error == EACCES || error == EPERM)
		throw Exception(
			"cannot connect to " + socketPath + ": permission denied; be root, the daemon's user or a member of its control.group",
			EXIT_NOPERM);
	if (error == EAGAIN) throw BusyException("the daemon at " + socketPath + " does not take connections; try again");
	throw SystemException("cannot connect to " + socketPath, error);
}


} // namespace


ControlConnection::ControlConnection(
	const std::string& socketPath, const ControlRequest& request, Microseconds timeout, ResponseParser::BodySink sink):
	_parser(std::move(sink))
{
	connect(socketPath, timeout);
	// Small requests leave in one system call, and so in one packet.
	std::string bytes = requestHead(request);
	if (bytes.size() + request.body.size() <= RECEIVE_SIZE)
		_sent = send(bytes += request.body);
	else
		_sent = send(bytes) && send(request.body);
}


void ControlConnection::connect(const std::string& socketPath, Microseconds timeout)
{
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	if (socketPath.size() >= sizeof address.sun_path)
		throw ConfigurationException(
			"the path of the control socket is longer than " + std::to_string(sizeof address.sun_path - 1) + " bytes: " + socketPath);
	socketPath.copy(address.sun_path, socketPath.size());

	_socket.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (!_socket) throwErrno("cannot create a socket");
	// Bounds connect(2) too (socket(7)); a unix socket with a full backlog cannot be waited for otherwise: connecting without blocking
	// fails with EAGAIN and no event follows (connect(2)).
	const timeval limit{timeout / SECOND, timeout % SECOND};
	if (::setsockopt(_socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0) throwErrno("cannot set a socket's time limit");
	while (::connect(_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
	{
		if (errno != EINTR) throwConnectError(socketPath, errno);
	}
}


bool ControlConnection::send(std::string_view bytes)
/// Whether all was sent. If not, the server has closed; it may have answered before it read everything (403, 413), so that what it
/// said is still to be read.
{
	while (!bytes.empty())
	{
		const ssize_t sent = ::send(_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
		if (sent >= 0)
		{
			bytes.remove_prefix(static_cast<std::size_t>(sent));
			continue;
		}
		if (errno == EINTR) continue;
		if (errno == EAGAIN) throw BusyException("the daemon does not read the request; try again");
		if (errno == EPIPE || errno == ECONNRESET) return false;
		throwErrno("cannot send the request to the daemon");
	}
	return true;
}


bool ControlConnection::receive()
{
	std::array<char, RECEIVE_SIZE> buffer; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
	const ssize_t got = ::recv(_socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
	if (got > 0)
	{
		_parser.feed(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
		return _parser.complete();
	}
	if (got < 0 && (errno == EINTR || errno == EAGAIN)) return false;
	if (got < 0 && errno != ECONNRESET) throwErrno("cannot read the daemon's answer");
	throw ConnectionCutException("the daemon closed the connection before it had answered", _sent);
}


bool ControlConnection::complete(std::optional<Microseconds> deadline)
{
	for (;;)
	{
		int wait = -1;
		if (deadline)
		{
			const Microseconds left = *deadline - monotonicTime();
			if (left <= 0) return false;
			wait = static_cast<int>(std::min<Microseconds>(left / MILLISECOND + 1, INT_MAX));
		}
		pollfd event{_socket.get(), POLLIN, 0};
		const int ready = ::poll(&event, 1, wait);
		if (ready < 0 && errno != EINTR) throwErrno("cannot wait for the daemon's answer");
		if (ready > 0 && receive()) return true;
	}
}


} // namespace TaskDaemon::Cli
