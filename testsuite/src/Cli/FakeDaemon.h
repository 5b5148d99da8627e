#ifndef TaskDaemon_Test_FakeDaemon_INCLUDED
#define TaskDaemon_Test_FakeDaemon_INCLUDED


#include "ChildProcess.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TemporaryFolder.h"
#include <mutex>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <vector>


class FakeDaemon
/// A server on a unix socket that answers one connection after the other as it was told, byte for byte, closing each; after the
/// last it closes and removes the socket. Its functions may be called from any thread.
{
public:
	struct Answer
	{
		std::string bytes; /// sent as they are; the connection is closed after them
		bool readRequest = true; /// else the connection is closed at once
		bool keepOpen = false; /// until the client closes it
	};

	explicit FakeDaemon(std::vector<Answer> answers): _answers(std::move(answers))
	{
		sockaddr_un address{};
		address.sun_family = AF_UNIX;
		path().copy(address.sun_path, sizeof address.sun_path - 1);
		_listener.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
		if (::bind(_listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(_listener.get(), 16) != 0)
			TaskDaemon::throwErrno("cannot listen");
		_thread = std::thread([this] { serve(); });
	}

	~FakeDaemon()
	{
		::shutdown(_listener.get(), SHUT_RDWR); // ends an accept that waits in vain
		_thread.join();
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
	/// Those that were read so far.
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return _requests;
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
	void serve()
	{
		for (const Answer& answer : _answers)
		{
			const TaskDaemon::FileDescriptor connection(::accept4(_listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
			if (!connection) return;
			if (!answer.readRequest) continue;
			const std::string request = readRequest(connection.get());
			{
				const std::lock_guard<std::mutex> lock(_mutex);
				_requests.push_back(request);
			}
			static_cast<void>(::send(connection.get(), answer.bytes.data(), answer.bytes.size(), MSG_NOSIGNAL));
			char byte = 0;
			if (answer.keepOpen) static_cast<void>(::recv(connection.get(), &byte, 1, 0));
		}
		::unlink(path().c_str());
		::shutdown(_listener.get(), SHUT_RDWR);
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
	std::vector<Answer> _answers;
	TaskDaemon::FileDescriptor _listener;
	mutable std::mutex _mutex;
	std::vector<std::string> _requests;
	std::thread _thread;
};


#endif // TaskDaemon_Test_FakeDaemon_INCLUDED
