#ifndef TaskDaemon_Test_SupervisedService_INCLUDED
#define TaskDaemon_Test_SupervisedService_INCLUDED


#include "ChildProcess.h"
#include "Daemon/Signals.h"
#include "Daemon/Supervisor.h"
#include "TaskDaemon/Task/PacketSocket.h"
#include <memory>
#include <poll.h>
#include <string>
#include <utility>
#include <vector>


namespace TaskDaemon {


class SupervisedService
/// A supervisor in a forked child, whose service is the test: the service process only relays, so that the test receives what the supervisor says to its
/// service, and says what it likes. Every wait has the deadline of the tests. Not thread-safe.
{
public:
	explicit SupervisedService(const Settings& settings): SupervisedService(settings, PacketSocket::makePair(), makePipe()) {}

	pid_t pid() const
	/// The supervisor's.
	{
		return _supervisor.pid();
	}

	pid_t servicePid() const
	/// Of the last service that was awaited.
	{
		return _servicePid;
	}

	void signal(int number) const
	{
		CPPUNIT_ASSERT_EQUAL(0, ::kill(_supervisor.pid(), number));
	}

	void killService() const
	{
		CPPUNIT_ASSERT_EQUAL(0, ::kill(_servicePid, SIGKILL));
	}

	void awaitService()
	{
		const std::string packet = nextPacket();
		CPPUNIT_ASSERT_EQUAL_MESSAGE("a service begins", 'S', packet[0]);
		_servicePid = std::stoi(packet.substr(1));
	}

	std::vector<Message> awaitGreeting()
	/// The next service and all that it is told, Hello first and HelloEnd left out.
	{
		awaitService();
		return restOfGreeting();
	}

	std::vector<Message> restOfGreeting()
	{
		std::vector<Message> messages{expect<Hello>()};
		for (;;)
		{
			Message message = next();
			if (std::holds_alternative<HelloEnd>(message)) return messages;
			messages.push_back(std::move(message));
		}
	}

	void startReady()
	{
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), awaitGreeting().size());
		say(Ready{});
		CPPUNIT_ASSERT_EQUAL("verdict 0 TaskDaemon started with PID " + std::to_string(pid()), event());
	}

	Message next()
	{
		const std::string packet = nextPacket();
		CPPUNIT_ASSERT_EQUAL_MESSAGE("the same service says more", 'M', packet[0]);
		return decode(std::string_view(packet).substr(1)).at(0);
	}

	template <typename M>
	M expect()
	{
		const Message message = next();
		CPPUNIT_ASSERT_MESSAGE("message of type " + std::to_string(message.index()), std::holds_alternative<M>(message));
		return std::get<M>(message);
	}

	void say(const Message& message)
	{
		std::string packet;
		encode(message, packet);
		sayRaw(packet);
	}

	void sayRaw(const std::string& packet)
	{
		_control.send("M" + packet);
	}

	void exitService(int code)
	{
		_control.send("X" + std::to_string(code));
	}

	std::string event() const
	/// "verdict CODE MESSAGE" or "reopen".
	{
		return readLine(_events.get());
	}

	std::string eventsUntilEnd() const
	{
		return readUntilEnd(_events.get());
	}

	int exitCode()
	{
		return _supervisor.exitCode();
	}

	bool isSilent() const
	/// Nothing has come that was not read.
	{
		return !becomesReadable(_control.fd(), 0) && !becomesReadable(_events.get(), 0);
	}

private:
	SupervisedService(
		const Settings& settings, std::pair<FileDescriptor, FileDescriptor>&& control, std::pair<FileDescriptor, FileDescriptor>&& events):
		_control(std::move(control.first)),
		_events(std::move(events.first)),
		_supervisor(
			[&]
			{
				_control = PacketSocket(FileDescriptor());
				return supervise(settings, control.second.get(), events.second.get());
			})
	{
		control.second.reset();
		events.second.reset();
	}

	static int supervise(const Settings& settings, int control, int events)
	{
		Signals::block();
		const auto tell = [events](const std::string& line) { writeAll(events, line.data(), line.size(), "an event"); };
		Supervisor::Callbacks callbacks;
		callbacks.serviceMain = [control](FileDescriptor link) { return relay(std::move(link), control); };
		callbacks.onVerdict = [tell](int code, const std::string& message)
		{ tell("verdict " + std::to_string(code) + " " + message + "\n"); };
		callbacks.reopenLogs = [tell] { tell("reopen\n"); };
		return Supervisor(std::make_shared<Settings>(settings), std::move(callbacks)).run();
	}

	static int relay(FileDescriptor fd, int control)
	{
		PacketSocket link(std::move(fd));
		PacketSocket test{FileDescriptor(control)};
		test.send("S" + std::to_string(::getpid()));
		for (std::string packet;;)
		{
			pollfd ends[] = {{link.fd(), POLLIN, 0}, {test.fd(), POLLIN, 0}};
			::poll(ends, 2, -1);
			if (ends[0].revents != 0)
			{
				if (link.receive(packet) != PacketSocket::Receive::PACKET) return 0;
				for (const Message& message : decode(packet))
				{
					std::string one = "M";
					encode(message, one);
					test.send(one);
				}
			}
			if (ends[1].revents == 0) continue;
			if (test.receive(packet) != PacketSocket::Receive::PACKET) return 0;
			if (packet[0] == 'X') return std::stoi(packet.substr(1));
			link.send(packet.substr(1));
		}
	}

	std::string nextPacket()
	{
		CPPUNIT_ASSERT_MESSAGE("the service says nothing", becomesReadable(_control.fd()));
		std::string packet;
		CPPUNIT_ASSERT_MESSAGE("the supervisor has ended", _control.receive(packet) == PacketSocket::Receive::PACKET);
		return packet;
	}

	PacketSocket _control;
	FileDescriptor _events;
	ChildProcess _supervisor;
	pid_t _servicePid = 0;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_SupervisedService_INCLUDED
