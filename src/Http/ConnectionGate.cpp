#include "Http/ConnectionGate.h"
#include "Http/HttpException.h"
#include "Http/RequestHead.h"
#include "Http/Response.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <Poco/Net/NetException.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr int MAX_EVENTS = 64;
constexpr int MAX_ACCEPTS = 64; // a turn, so that a flood does not keep the others waiting
constexpr Microseconds REFUSED_TIME = 2 * SECOND;
constexpr Microseconds ACCEPT_PAUSE = 100 * MILLISECOND;
constexpr Microseconds PAUSE_LOG_INTERVAL = 60 * SECOND;
constexpr time_t SEND_TIMEOUT = 30; // seconds, for a client that does not read its answer


FileDescriptor checked(int fd, const char* what)
{
	if (fd < 0) throwErrno(std::string("cannot create ") + what);
	return FileDescriptor(fd);
}


bool isTcp(int fd)
{
	int domain = 0;
	socklen_t size = sizeof domain;
	if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0) throwErrno("cannot examine the listening socket");
	return domain == AF_INET || domain == AF_INET6;
}


bool isReadable(int fd)
{
	pollfd event{fd, POLLIN, 0};
	return ::poll(&event, 1, 0) > 0;
}


void prepare(int fd, bool tcp)
{
	// Neither can fail on an open socket of this kind in a way that matters: the connection would only be slower.
	const timeval timeout{SEND_TIMEOUT, 0};
	(void)::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
	const int on = 1;
	if (tcp) (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}


} // namespace


ConnectionGate::ConnectionGate(FileDescriptor listener, const GateLimits& limits):
	_limits(limits),
	_epoll(checked(::epoll_create1(EPOLL_CLOEXEC), "an epoll set")),
	_wakeup(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "an eventfd")),
	_tcp(isTcp(listener.get()))
{
	// Another process that shares the listener may take a connection between epoll_wait and accept; accept must not block then.
	const int flags = ::fcntl(listener.get(), F_GETFL);
	if (flags < 0 || ::fcntl(listener.get(), F_SETFL, flags | O_NONBLOCK) != 0) throwErrno("cannot make the listening socket non-blocking");
	reset(listener.release());
	watch(sockfd(), EPOLLIN, EPOLL_CTL_ADD);
	watch(_wakeup.get(), EPOLLIN, EPOLL_CTL_ADD);
}


ConnectionGate::~ConnectionGate() = default;


bool ConnectionGate::poll(const Poco::Timespan&, int)
{
	try
	{
		while (_ready.empty() && !_woken) waitForEvents();
		return !_ready.empty();
	}
	catch (const std::exception& e)
	{
		Poco::Logger::get("http").error(LogLine("cannot wait for connections").field("error", e.what()));
		throw Poco::IOException("cannot wait for connections", e.what());
	}
}


Poco::Net::SocketImpl* ConnectionGate::acceptConnection(Poco::Net::SocketAddress&)
{
	if (_ready.empty()) throw Poco::Net::NetException("no connection is ready");
	GatedConnection* connection = _ready.front().duplicate();
	_ready.pop_front();
	return connection;
}


std::deque<GatedConnection::Ptr> ConnectionGate::takeReady()
{
	return std::exchange(_ready, {});
}


void ConnectionGate::keep(GatedConnection& connection)
{
	giveBack(connection, false);
}


void ConnectionGate::linger(GatedConnection& connection)
{
	giveBack(connection, true);
}


void ConnectionGate::giveBack(GatedConnection& connection, bool refused)
{
	{
		const std::lock_guard lock(_returnedMutex);
		_returned.emplace_back(GatedConnection::Ptr(&connection, true), refused);
		if (_returned.size() > 1) return; // the eventfd is set already
	}
	const std::uint64_t one = 1;
	(void)::write(_wakeup.get(), &one, sizeof one); // fails only when the counter is full, and then it is readable
}


void ConnectionGate::wake()
{
	_woken = true;
	const std::uint64_t one = 1;
	(void)::write(_wakeup.get(), &one, sizeof one);
}


void ConnectionGate::waitForEvents()
{
	std::array<epoll_event, MAX_EVENTS> events;
	const int count = ::epoll_wait(_epoll.get(), events.data(), MAX_EVENTS, timeout());
	if (count < 0 && errno != EINTR) throwErrno("cannot wait for events");
	for (int i = 0; i < count; ++i)
	{
		const int fd = events[static_cast<std::size_t>(i)].data.fd;
		if (fd == sockfd())
			acceptSome();
		else if (fd == _wakeup.get())
			takeReturned();
		else
			advancePending(fd);
	}
	expire();
}


int ConnectionGate::timeout() const
{
	Microseconds next = _deadlines.empty() ? 0 : _deadlines.begin()->first;
	if (_acceptAgainAt != 0 && (next == 0 || _acceptAgainAt < next)) next = _acceptAgainAt;
	if (next == 0) return -1;
	// Rounded up: a wait that ends before the deadline would spin until it.
	const Microseconds left = std::max<Microseconds>(0, next - monotonicTime());
	return static_cast<int>(std::min<Microseconds>((left + MILLISECOND - 1) / MILLISECOND, INT_MAX));
}


void ConnectionGate::acceptSome()
{
	for (int i = 0; i < MAX_ACCEPTS; ++i)
	{
		const int fd = ::accept4(sockfd(), nullptr, nullptr, SOCK_CLOEXEC);
		if (fd >= 0)
		{
			GatedConnection::Ptr connection(new GatedConnection(fd, *this));
			prepare(fd, _tcp);
			admit(*connection, _limits.headTime);
			continue;
		}
		// accept(2): network errors that are pending on the new socket come out here and concern only that connection.
		const int error = errno;
		if (error == EAGAIN || error == EWOULDBLOCK) return;
		if (error == EINTR || error == ECONNABORTED || error == EPROTO || error == EPERM || error == EHOSTUNREACH || error == ENETUNREACH ||
			error == ENETDOWN || error == EHOSTDOWN || error == ENONET || error == EOPNOTSUPP || error == ENOPROTOOPT)
			continue;
		// accept4 wants its descriptor before it looks for a connection, so this error does not say that one waits.
		if ((error == EMFILE || error == ENFILE) && !isReadable(sockfd())) return;
		if ((error == EMFILE || error == ENFILE) && makeRoom()) continue;
		pauseAccepting(error);
		return;
	}
}


bool ConnectionGate::makeRoom()
/// Closes the pending connection that is nearest its deadline. False when there is none.
{
	if (_deadlines.empty()) return false;
	drop(_pending.find(_deadlines.begin()->second));
	return true;
}


void ConnectionGate::pauseAccepting(int error)
/// The listener stays readable while nothing can be accepted; without a pause that would be a busy loop.
{
	const Microseconds now = monotonicTime();
	watch(sockfd(), 0, EPOLL_CTL_MOD);
	_acceptAgainAt = now + ACCEPT_PAUSE;
	if (_pauseLoggedAt != 0 && now - _pauseLoggedAt < PAUSE_LOG_INTERVAL) return;
	_pauseLoggedAt = now;
	Poco::Logger::get("http").warning(
		LogLine("cannot accept a connection; connections wait").field("error", SystemException("accept", error).what()));
}


void ConnectionGate::resumeAccepting()
{
	_acceptAgainAt = 0;
	watch(sockfd(), EPOLLIN, EPOLL_CTL_MOD);
}


void ConnectionGate::takeReturned()
{
	std::uint64_t count = 0;
	(void)::read(_wakeup.get(), &count, sizeof count); // before the list is taken: a giveBack() from now on sets it again
	std::vector<std::pair<GatedConnection::Ptr, bool>> returned;
	{
		const std::lock_guard lock(_returnedMutex);
		returned.swap(_returned);
	}
	for (auto& [connection, refused] : returned)
	{
		if (refused)
			await(*connection, REFUSED_TIME, true);
		else
			admit(*connection, _limits.idleTime);
	}
}


void ConnectionGate::admit(GatedConnection& connection, Microseconds patience)
{
	// Most clients have sent their head by now, and then epoll need not know of them at all.
	const GatedConnection::Head head = connection.readHead(_limits.headSize);
	if (head != GatedConnection::Head::INCOMPLETE) return conclude(connection, head);
	if (_pending.size() >= _limits.pending) makeRoom();
	await(connection, patience, false);
}


void ConnectionGate::conclude(GatedConnection& connection, GatedConnection::Head head)
/// The wait for this head is over.
{
	try
	{
		if (head == GatedConnection::Head::GONE) return;
		if (head == GatedConnection::Head::TOO_LARGE)
			throw HttpException(431, "too_large", "the request head is larger than " + std::to_string(_limits.headSize) + " bytes");
		checkRequestHead(connection.head());
		_ready.emplace_back(&connection, true);
	}
	catch (const HttpException& e)
	{
		refuse(connection, e);
	}
}


void ConnectionGate::advancePending(int fd)
{
	const auto pending = _pending.find(fd);
	if (pending == _pending.end()) return; // dropped by an earlier event of this turn
	GatedConnection::Ptr connection = pending->second.connection;
	if (pending->second.refused)
	{
		if (!connection->discard()) drop(pending);
		return;
	}
	const GatedConnection::Head head = connection->readHead(_limits.headSize);
	if (head == GatedConnection::Head::INCOMPLETE) return;
	drop(pending); // first, since a refusal waits anew under the same descriptor
	conclude(*connection, head);
}


void ConnectionGate::refuse(GatedConnection& connection, const std::exception& error)
{
	connection.sendNow(formatResponse(errorResponse(error), true, false));
	// Closing a TCP connection with unread bytes resets it, and the reset may overtake the answer (RFC 9112, section 9.6).
	await(connection, REFUSED_TIME, true);
}


void ConnectionGate::await(GatedConnection& connection, Microseconds patience, bool refused)
{
	const int fd = connection.sockfd();
	const Microseconds deadline = monotonicTime() + patience;
	watch(fd, EPOLLIN, EPOLL_CTL_ADD);
	_pending.emplace(fd, Pending{GatedConnection::Ptr(&connection, true), deadline, refused});
	_deadlines.emplace(deadline, fd);
}


void ConnectionGate::drop(PendingMap::iterator pending)
/// No longer waits for this connection; closes it unless somebody else holds it.
{
	const int fd = pending->first;
	watch(fd, 0, EPOLL_CTL_DEL);
	_deadlines.erase({pending->second.deadline, fd});
	_pending.erase(pending);
}


void ConnectionGate::expire()
{
	const Microseconds now = monotonicTime();
	if (_acceptAgainAt != 0 && _acceptAgainAt <= now) resumeAccepting();
	while (!_deadlines.empty() && _deadlines.begin()->first <= now)
	{
		const auto pending = _pending.find(_deadlines.begin()->second);
		Pending expired = pending->second; // keeps it open beyond drop()
		drop(pending);
		if (!expired.refused && expired.connection->hasReadAhead())
			refuse(*expired.connection, HttpException(408, "invalid", "the request head did not arrive in time"));
	}
}


void ConnectionGate::watch(int fd, std::uint32_t events, int operation)
{
	epoll_event event{};
	event.events = events;
	event.data.fd = fd;
	if (::epoll_ctl(_epoll.get(), operation, fd, &event) != 0) throwErrno("cannot change what is waited for");
}


} // namespace TaskDaemon
