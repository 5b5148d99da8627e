#ifndef TaskDaemon_Test_ServiceProcessFixture_INCLUDED
#define TaskDaemon_Test_ServiceProcessFixture_INCLUDED


#include "Daemon/LoopDriver.h"
#include "Daemon/ServiceProcess.h"
#include <memory>
#include <optional>
#include <sys/resource.h>
#include <sys/socket.h>


namespace TaskDaemon {


class ServiceProcessFixture: public CppUnit::TestFixture
/// The service is a function here: it runs in a forked child and speaks the protocol over its end of the link. Its exit code tells what it saw.
/// After each test no child and no descriptor is left.
{
public:
	void setUp() override
	{
		_descriptors = openDescriptors();
		_loop = std::make_unique<EventLoop>();
	}

	void tearDown() override
	{
		_service.reset();
		_loop.reset();
		CPPUNIT_ASSERT_EQUAL(_descriptors, openDescriptors());
		CPPUNIT_ASSERT_EQUAL_MESSAGE("no child is left", pid_t(-1), ::waitpid(-1, nullptr, WNOHANG));
	}

protected:
	std::size_t _descriptors = 0;
	std::unique_ptr<EventLoop> _loop;
	std::unique_ptr<ServiceProcess> _service;
	std::deque<std::string> _news;
	std::vector<Message> _received;
	std::function<void(const Message&)> _onMessage;
	std::optional<int> _status;

	void start(const ServiceProcess::Main& main)
	{
		ServiceProcess::Callbacks callbacks;
		callbacks.onMessage = [this](const Message& message)
		{
			_received.push_back(message);
			if (_onMessage) _onMessage(message);
		};
		callbacks.onExit = [this](int status)
		{
			_status = status;
			_service.reset(); // as the supervisor does
		};
		callbacks.takeNews = [this](std::string& packet)
		{
			if (_news.empty()) return false;
			packet = std::move(_news.front());
			_news.pop_front();
			return true;
		};
		_service = std::make_unique<ServiceProcess>(*_loop, main, std::move(callbacks));
	}

	int awaitExit()
	{
		runLoopUntil(*_loop, [this] { return _status.has_value(); });
		return *_status;
	}

	void expectExit(int code)
	{
		const int status = awaitExit();
		CPPUNIT_ASSERT_MESSAGE("status " + std::to_string(status), WIFEXITED(status));
		CPPUNIT_ASSERT_EQUAL(code, WEXITSTATUS(status));
	}

	void expectKilled(int signal = SIGKILL)
	{
		const int status = awaitExit();
		CPPUNIT_ASSERT_MESSAGE("status " + std::to_string(status), WIFSIGNALED(status));
		CPPUNIT_ASSERT_EQUAL(signal, WTERMSIG(status));
	}

	static std::string packetOf(const Message& message)
	{
		std::string packet;
		encode(message, packet);
		return packet;
	}

	static void say(PacketSocket& link, const Message& message)
	{
		link.send(packetOf(message));
	}

	void addNews(TaskId first, TaskId last)
	/// Started for each, a thousand a packet.
	{
		std::string packet;
		for (TaskId id = first; id <= last; ++id)
		{
			encode(Started{{id, 1}, id, 2, 3}, packet);
			if (id % 1000 == 0 || id == last) _news.push_back(std::exchange(packet, {}));
		}
	}

	static std::string wordFor(const Message& message, TaskId& expected)
	{
		static const char* const NAMES[] = {
			"Hello", "HelloEnd", "", "", "", "", "", "", "Started", "Ended", "Drain", "Shutdown", "ReopenLogs", "DumpStatus"};
		const auto* started = std::get_if<Started>(&message);
		if (started == nullptr) return NAMES[message.index()] + std::string(" ");
		return started->key.task == expected++ ? "" : "out of order at " + std::to_string(started->key.task) + " ";
	}

	static std::string readAll(PacketSocket& link, TaskId& next)
	/// The names of all messages until Shutdown, but Started, which must come one after the other.
	{
		std::string text;
		std::string packet;
		while (link.receive(packet) == PacketSocket::Receive::PACKET)
		{
			for (const Message& message : decode(packet))
			{
				text += wordFor(message, next);
				if (std::holds_alternative<HelloEnd>(message)) text += "after " + std::to_string(next - 1) + " ";
				if (std::holds_alternative<Shutdown>(message)) return text + "after " + std::to_string(next - 1);
			}
		}
		return text + "END";
	}

	static ServiceProcess::Main reader(int tell, int wait = -1)
	/// A service that reads everything, once the pipe to wait for has ended, and tells what it was.
	{
		return [tell, wait](FileDescriptor fd)
		{
			if (wait >= 0) readUntilEnd(wait);
			PacketSocket link(std::move(fd));
			TaskId next = 1;
			const std::string text = readAll(link, next);
			writeAll(tell, text.data(), text.size(), "a pipe");
			return 0;
		};
	}
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_ServiceProcessFixture_INCLUDED
