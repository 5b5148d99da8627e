#ifndef TaskDaemon_Daemon_ServiceProcess_INCLUDED
#define TaskDaemon_Daemon_ServiceProcess_INCLUDED


#include "Daemon/EventLoop.h"
#include "TaskDaemon/Task/PacketSocket.h"
#include "TaskDaemon/Task/Protocol.h"
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>


namespace TaskDaemon {


class ServiceProcess
/// The supervisor's side of one service process: forks it, carries packets to and from it, tells when it has gone. One object is one
/// life; a restart is a new object.
///
/// The service is a fork without an exec: it shares our pages, and starts in a millisecond. Owned by Supervisor; its one thread.
/// Errors: SystemException from the constructor. Afterwards a service that breaks the protocol, hangs up without leaving, or cannot be told the
/// news is killed, which shows as its end.
{
public:
	using Main = std::function<int(FileDescriptor link)>;
	/// What the child runs; its result is the exit code.

	struct Callbacks
	{
		std::function<void(const Message&)> onMessage;
		std::function<void(int status)> onExit; /// wait(2)'s status; everything that the service had sent was delivered before
		std::function<bool(std::string& packet)> takeNews; /// fills a packet with more to send; false when there is nothing
	};

	ServiceProcess(EventLoop& loop, const Main& main, Callbacks callbacks);

	~ServiceProcess();
	/// Kills it, if it still runs, and reaps it.

	ServiceProcess(const ServiceProcess&) = delete;
	ServiceProcess& operator=(const ServiceProcess&) = delete;

	pid_t pid() const
	{
		return _pid;
	}

	Microseconds startedAt() const
	/// Monotonic.
	{
		return _startedAt;
	}

	void greet(const Hello& hello);
	/// First of all: Hello, all that is known of processes, HelloEnd. In this order and with nothing between, since the service takes a run of
	/// which it was not told by then for one that never began.

	void send(const Message& message);
	/// Queues a packet and sends what the socket takes now.

	void flush();
	/// Sends what is queued, then news, as long as the socket takes them; goes on by itself when there is room again.

	void kill();
	/// SIGKILL. onExit follows.

private:
	ServiceProcess(EventLoop& loop, Callbacks callbacks);

	void onReadable(std::uint32_t events);
	bool receiveOne();
	void onEnd();
	void watchForRoom(bool wanted);

	EventLoop& _loop;
	Callbacks _callbacks;
	std::optional<PacketSocket> _link;
	pid_t _pid = 0;
	FileDescriptor _pidfd;
	bool _reaped = false;
	EventLoop::Timer _leaving; /// how long it may take to end after it has hung up
	Microseconds _startedAt = 0;
	std::deque<std::string> _queue;
	bool _waitingForRoom = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_ServiceProcess_INCLUDED
