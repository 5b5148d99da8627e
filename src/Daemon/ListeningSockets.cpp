#include "Daemon/ListeningSockets.h"
#include "Daemon/Folders.h"
#include "TaskDaemon/Base/Exception.h"
#include <array>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <memory>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>


namespace TaskDaemon {


namespace {


using AddressList = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;


AddressList resolve(const std::string& host, std::uint16_t port, const std::string& shown)
{
	addrinfo hints = {};
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
	addrinfo* found = nullptr;
	const int error = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
	if (error != 0) throw ConfigurationException("health.address: cannot resolve '" + shown + "': " + ::gai_strerror(error));
	return {found, &::freeaddrinfo};
}


std::string joinAddress(const std::string& host, const std::string& port)
{
	return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}


std::string boundAddress(int fd)
{
	sockaddr_storage address = {};
	socklen_t length = sizeof address;
	std::array<char, NI_MAXHOST> host{};
	std::array<char, NI_MAXSERV> port{};
	auto* const generic = reinterpret_cast<sockaddr*>(&address);
	if (::getsockname(fd, generic, &length) != 0) throwErrno("cannot read a socket's address");
	const int error = ::getnameinfo(generic, length, host.data(), host.size(), port.data(), port.size(), NI_NUMERICHOST | NI_NUMERICSERV);
	if (error != 0) throw Exception(std::string("cannot format a socket's address: ") + ::gai_strerror(error));
	return joinAddress(host.data(), port.data());
}


sockaddr_un unixAddress(const std::string& path)
{
	sockaddr_un address = {};
	address.sun_family = AF_UNIX;
	if (path.size() >= sizeof address.sun_path)
		throw ConfigurationException("control.socket: '" + path + "' is longer than the " + std::to_string(sizeof address.sun_path - 1) +
									 " bytes that a socket's path can have (unix(7)); choose a shorter one");
	std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
	return address;
}


FileDescriptor unixSocket(int flags)
{
	FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0));
	if (!fd) throwErrno("cannot create a unix socket");
	return fd;
}


void removeLeftover(const std::string& path, const sockaddr_un& address)
/// Slow is not dead: only ECONNREFUSED proves that nobody listens.
{
	struct stat info = {};
	if (::lstat(path.c_str(), &info) != 0) return;
	if (!S_ISSOCK(info.st_mode))
		throw Exception("control.socket: '" + path + "' exists and is no socket; remove it or choose another path", EXIT_CONFIG);
	const FileDescriptor probe = unixSocket(SOCK_NONBLOCK);
	if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN)
		throw BusyException("control.socket: another daemon listens at '" + path + "'; stop it or choose another path");
	if (errno == ECONNREFUSED && ::unlink(path.c_str()) != 0) throwErrno("cannot remove the leftover socket '" + path + "'");
}


gid_t groupNumber(const std::string& name)
{
	std::vector<char> buffer(16384);
	group entry = {};
	group* found = nullptr;
	const int error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
	if (error != 0) throw SystemException("cannot look up the group '" + name + "'", error);
	if (found == nullptr) throw ConfigurationException("control.group: there is no group '" + name + "'");
	return entry.gr_gid;
}


} // namespace


ListeningSockets::ListeningSockets(): _owner(::getpid()) {}


ListeningSockets::ListeningSockets(const Settings& settings): ListeningSockets()
{
	// The delegation has made the object whole: what throws from here on has the destructor remove the socket's file.
	bindHealth(settings);
	bindControl(settings);
}


ListeningSockets::~ListeningSockets()
{
	if (!_controlPath.empty() && _owner == ::getpid()) ::unlink(_controlPath.c_str());
}


void ListeningSockets::own()
{
	_owner = ::getpid();
}


void ListeningSockets::bindHealth(const Settings& settings)
{
	if (settings.healthHost.empty()) return;
	const std::string shown = joinAddress(settings.healthHost, std::to_string(settings.healthPort));
	const AddressList addresses = resolve(settings.healthHost, settings.healthPort, shown);
	FileDescriptor fd(::socket(addresses->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
	if (!fd) throwErrno("cannot create a socket for health.address " + shown);
	// A restart must not wait for old connections in TIME_WAIT (socket(7)); a second listener is still refused.
	const int on = 1;
	if (::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) throwErrno("cannot set SO_REUSEADDR");
	if (::bind(fd.get(), addresses->ai_addr, addresses->ai_addrlen) != 0 || ::listen(fd.get(), SOMAXCONN) != 0)
	{
		if (errno == EADDRINUSE)
			throw BusyException("health.address: cannot listen on " + shown + ": " + std::strerror(errno) + // NOLINT(concurrency-mt-unsafe)
								"; stop what listens there, set another port, or leave health.address empty for none");
		throwErrno("health.address: cannot listen on " + shown);
	}
	_healthAddress = boundAddress(fd.get());
	_health = std::move(fd);
}


void ListeningSockets::bindControl(const Settings& settings)
{
	const std::string& path = settings.controlSocket;
	const sockaddr_un address = unixAddress(path);
	makeFolders(parentFolder(path), 0755);
	removeLeftover(path, address);

	FileDescriptor fd = unixSocket(0);
	// The file gets the socket's own mode (unix(7)), so it is never more open than wanted; the group's part only once it is the right group.
	const bool ownGroup = settings.controlGroup.empty();
	if (::fchmod(fd.get(), ownGroup ? settings.controlMode : settings.controlMode & 0700U) != 0)
		throwErrno("cannot set the mode of '" + path + "'");
	const mode_t before = ::umask(0);
	const int bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
	const int error = errno;
	::umask(before);
	if (bound != 0) throw SystemException("control.socket: cannot bind '" + path + "'", error);
	_controlPath = path;
	if (!ownGroup)
	{
		if (::lchown(path.c_str(), static_cast<uid_t>(-1), groupNumber(settings.controlGroup)) != 0)
			throwErrno("control.group: cannot give '" + path + "' to the group '" + settings.controlGroup + "'");
		if (::chmod(path.c_str(), settings.controlMode) != 0) throwErrno("control.mode: cannot set the mode of '" + path + "'");
	}
	if (::listen(fd.get(), SOMAXCONN) != 0) throwErrno("control.socket: cannot listen on '" + path + "'");
	_control = std::move(fd);
}


} // namespace TaskDaemon
