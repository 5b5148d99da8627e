#ifndef TaskDaemon_Test_FakeDaemon_INCLUDED
#define TaskDaemon_Test_FakeDaemon_INCLUDED


#include "ChildProcess.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TemporaryFolder.h"
#include <filesystem>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <vector>


class FakeDaemon
/// A server on a unix socket that answers one connection after the other as it was told, byte for byte, closing each; after the
/// last it removes the socket and ends. It is a process, not a thread: the tests fork, and what another thread holds at that moment, a child
/// never gets. Not thread-safe.
{
public:
	struct Answer
	{
		std::string bytes; /// sent as they are; the connection is closed after them
		bool readRequest = true; /// else the connection is closed at once
		bool keepOpen = false; /// until the client closes it
	};

	explicit FakeDaemon(const std::vector<Answer>& answers): _listener(listen()), _child([&] { return serve(answers); })
	{
		_listener.reset(); // the child's alone, so that it is closed when the child ends
	}

	FakeDaemon(const FakeDaemon&) = delete;
	FakeDaemon& operator=(const FakeDaemon&) = delete;

	std::string home() const
	/// A home whose control socket this is.
	{
		return _folder.path();
	}

	std::string path() const
	{
		return _folder.path("control.sock");
	}

	const TemporaryFolder& folder() const
	{
		return _folder;
	}

	std::vector<std::string> requests() const
	/// Those that were read so far: each is there before its answer is sent.
	{
		std::vector<std::string> requests;
		while (std::filesystem::exists(_requests.path(std::to_string(requests.size()))))
			requests.push_back(_requests.read(std::to_string(requests.size())));
		return requests;
	}

	std::string body(std::size_t index) const
	{
		const std::string request = requests().at(index);
		return request.substr(request.find("\r\n\r\n") + 4);
	}

	std::string firstLine(std::size_t index) const
	{
		const std::string request = requests().at(index);
		return request.substr(0, request.find("\r\n"));
	}

	static Answer json(int status, const std::string& document)
	{
		return {"HTTP/1.1 " + std::to_string(status) +
				" X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(document.size()) + "\r\n\r\n" + document};
	}

	static Answer cut()
	/// Reads the request and closes without a word.
	{
		return {""};
	}

	static Answer refuse()
	/// Closes without reading.
	{
		return {"", false};
	}

private:
	TaskDaemon::FileDescriptor listen() const
	{
		sockaddr_un address{};
		address.sun_family = AF_UNIX;
		path().copy(address.sun_path, sizeof address.sun_path - 1);
		TaskDaemon::FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
		if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener.get(), 16) != 0)
			TaskDaemon::throwErrno("cannot listen");
		return listener;
	}

	int serve(const std::vector<Answer>& answers) const
	{
		int count = 0;
		for (const Answer& answer : answers)
		{
			const TaskDaemon::FileDescriptor connection(::accept4(_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
			if (!connection) return 1;
			if (!answer.readRequest) continue;
			_requests.write(std::to_string(count++), readRequest(connection.get()));
			if (::send(connection.get(), answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL) < 0) continue;
			char byte = 0;
			if (answer.keepOpen && ::recv(connection.get(), &byte, 1, 0) < 0) continue;
		}
		::unlink(path().c_str());
		return 0;
	}

	static std::string readRequest(int fd)
	{
		std::string request;
		std::size_t wanted = std::string::npos;
		while (request.size() < wanted)
		{
			char buffer[65536];
			const ssize_t got = ::recv(fd, buffer, sizeof buffer, 0);
			if (got <= 0) return request;
			request.append(buffer, static_cast<std::size_t>(got));
			const std::size_t end = request.find("\r\n\r\n");
			const std::size_t length = request.find("Content-Length: ");
			if (end == std::string::npos) continue;
			wanted = end + 4 + (length < end ? std::stoul(request.substr(length + 16)) : 0);
		}
		return request;
	}

	TemporaryFolder _folder;
	TemporaryFolder _requests;
	TaskDaemon::FileDescriptor _listener;
	ChildProcess _child;
};


#endif // TaskDaemon_Test_FakeDaemon_INCLUDED
