#ifndef TaskDaemon_Test_TestClient_INCLUDED
#define TaskDaemon_Test_TestClient_INCLUDED


#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Base/Time.h"
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>


namespace TaskDaemon {


struct TestResponse
{
	int status = 0;
	std::string head;
	std::string body;

	Json json() const
	{
		return Json::parse(body);
	}

	std::string code() const
	/// Of an error document.
	{
		return json().at("error").at("code");
	}

	bool has(const std::string& text) const
	{
		return head.find(text) != std::string::npos;
	}
};


inline FileDescriptor listenOnTcp(std::uint16_t& port)
{
	FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
	sockaddr_in address{};
	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	socklen_t size = sizeof address;
	if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd.get(), 1000) != 0 ||
		::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
		throwErrno("cannot listen");
	port = ntohs(address.sin_port);
	return fd;
}


inline sockaddr_un unixAddress(const std::string& path)
{
	sockaddr_un address{};
	address.sun_family = AF_UNIX;
	path.copy(address.sun_path, sizeof address.sun_path - 1);
	return address;
}


inline FileDescriptor listenOnUnix(const std::string& path)
{
	FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	const sockaddr_un address = unixAddress(path);
	if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(fd.get(), 1000) != 0)
		throwErrno("cannot listen on " + path);
	return fd;
}


inline void allowManyDescriptors()
/// For tests that hold both ends of a thousand connections.
{
	rlimit limit{};
	if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) throwErrno("cannot read the limit of descriptors");
	limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 4096);
	if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) throwErrno("cannot raise the limit of descriptors");
}


class TestClient
/// A client that sends exactly what it is told and reads with a deadline of ten seconds.
{
public:
	explicit TestClient(std::uint16_t port): _socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
	{
		sockaddr_in address{};
		address.sin_family = AF_INET;
		address.sin_port = htons(port);
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		if (::connect(_socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) throwErrno("cannot connect");
	}

	explicit TestClient(const std::string& path): _socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0))
	{
		const sockaddr_un address = unixAddress(path);
		if (::connect(_socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throwErrno("cannot connect");
	}

	explicit TestClient(FileDescriptor socket): _socket(std::move(socket)) {}

	int fd() const
	{
		return _socket.get();
	}

	void close()
	{
		_socket.reset();
	}

	void send(std::string_view bytes)
	/// A refused client may be cut off while it still sends.
	{
		while (!bytes.empty())
		{
			const ssize_t size = ::send(_socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
			if (size < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
			if (size < 0) throwErrno("cannot send");
			bytes.remove_prefix(static_cast<std::size_t>(size));
		}
	}

	TestResponse get(const std::string& target)
	{
		send("GET " + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
		return read();
	}

	TestResponse post(const std::string& target, const std::string& body)
	{
		send("POST " + target + " HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
		return read();
	}

	TestResponse read(bool withBody = true)
	/// One response with a length, or chunked to its end.
	{
		TestResponse response = readHead();
		if (!withBody) return response;
		if (response.has("Transfer-Encoding: chunked"))
		{
			for (std::string chunk = readChunk(); !chunk.empty(); chunk = readChunk()) response.body += chunk;
			return response;
		}
		const std::size_t at = response.head.find("Content-Length: ");
		if (at == std::string::npos) throw Exception("no length in: " + response.head);
		response.body = take(std::stoul(response.head.substr(at + 16)));
		return response;
	}

	TestResponse readHead()
	{
		TestResponse response;
		response.head = takeUntil("\r\n\r\n");
		std::istringstream(response.head.substr(9)) >> response.status;
		return response;
	}

	std::string readBytes(std::size_t size)
	{
		return take(size);
	}

	std::string readChunk()
	/// Empty for the last one.
	{
		const std::string size = takeUntil("\r\n");
		std::string chunk = take(std::stoul(size, nullptr, 16) + 2);
		chunk.resize(chunk.size() - 2);
		return chunk;
	}

	bool atEnd()
	/// Whether the server closes the connection and sends nothing more.
	{
		return _buffer.empty() && !fill();
	}

	bool silentFor(Microseconds time)
	/// That nothing comes can only be seen by waiting.
	{
		pollfd event{_socket.get(), POLLIN, 0};
		return _buffer.empty() && ::poll(&event, 1, static_cast<int>(time / MILLISECOND)) == 0;
	}

private:
	bool fill()
	/// False at the end of what the server sends.
	{
		pollfd event{_socket.get(), POLLIN, 0};
		if (::poll(&event, 1, 10000) != 1) throw Exception("nothing came for ten seconds; so far: " + _buffer.substr(0, 200));
		char bytes[65536];
		const ssize_t size = ::recv(_socket.get(), bytes, sizeof bytes, 0);
		if (size <= 0) return false;
		_buffer.append(bytes, static_cast<std::size_t>(size));
		return true;
	}

	std::string takeUntil(const std::string& mark)
	{
		while (_buffer.find(mark) == std::string::npos)
			if (!fill()) throw Exception("the connection was closed; before that: " + _buffer.substr(0, 200));
		return take(_buffer.find(mark) + mark.size());
	}

	std::string take(std::size_t size)
	{
		while (_buffer.size() < size)
			if (!fill()) throw Exception("the connection was closed with " + std::to_string(size - _buffer.size()) + " bytes missing");
		std::string taken = _buffer.substr(0, size);
		_buffer.erase(0, size);
		return taken;
	}

	FileDescriptor _socket;
	std::string _buffer;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_TestClient_INCLUDED
