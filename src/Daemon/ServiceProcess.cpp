#include "Daemon/ServiceProcess.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr Microseconds LEAVING_TIME = 2 * SECOND; /// from the end of the link to the end of the process


[[noreturn]] void runChild(EventLoop& loop, const ServiceProcess::Main& main, FileDescriptor link, pid_t supervisor) noexcept
/// Never returns into the supervisor's frames, not even by an exception, and ends without destructors: what they own is the supervisor's.
{
	// The kernel ends us with the supervisor even if we hang; asked for first and then checked, so that no death is missed between.
	::prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (::getppid() != supervisor) ::_exit(EXIT_SOFTWARE);
	loop.closeInChild();
	::prctl(PR_SET_NAME, "taskd-service");
	::_exit(main(std::move(link)));
}


} // namespace


ServiceProcess::ServiceProcess(EventLoop& loop, Callbacks callbacks):
	_loop(loop), _callbacks(std::move(callbacks)), _startedAt(monotonicTime())
{}


ServiceProcess::ServiceProcess(EventLoop& loop, const Main& main, Callbacks callbacks): ServiceProcess(loop, std::move(callbacks))
{
	// The delegation has made the object whole: what throws after the fork has the destructor end the child.
	auto [ours, theirs] = PacketSocket::makePair();
	const pid_t self = ::getpid();
	_pid = ::fork();
	if (_pid < 0) throwErrno("cannot fork the service");
	if (_pid == 0)
	{
		ours.reset(); // or the service would hold its own peer and never see the supervisor's end
		runChild(_loop, main, std::move(theirs), self);
	}

	// No race: the number stays the child's until we reap it.
	_pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, _pid, 0)));
	if (!_pidfd) throwErrno("cannot open a pidfd of the service");
	if (::fcntl(ours.get(), F_SETFL, O_NONBLOCK) != 0) throwErrno("cannot make the service's socket non-blocking");
	_link.emplace(std::move(ours));
	_loop.watch(_link->fd(), EPOLLIN, [this](std::uint32_t events) { onReadable(events); });
	_loop.watch(_pidfd.get(), EPOLLIN, [this](std::uint32_t) { onEnd(); });
}


ServiceProcess::~ServiceProcess()
{
	if (_link) _loop.forget(_link->fd());
	if (_pidfd) _loop.forget(_pidfd.get());
	_loop.cancel(_leaving);
	kill();
	if (_pid <= 0 || _reaped) return;
	while (::waitpid(_pid, nullptr, 0) < 0 && errno == EINTR)
	{}
}


void ServiceProcess::greet(const Hello& hello)
{
	encode(hello, _queue.emplace_back());
	std::string packet;
	while (_callbacks.takeNews(packet))
	{
		_queue.push_back(std::move(packet));
		packet.clear();
	}
	encode(HelloEnd{}, _queue.emplace_back());
	flush();
}


void ServiceProcess::send(const Message& message)
{
	encode(message, _queue.emplace_back());
	flush();
}


void ServiceProcess::flush()
{
	if (!_link) return;
	try
	{
		for (;;)
		{
			if (_queue.empty())
			{
				std::string packet;
				if (!_callbacks.takeNews(packet)) break;
				_queue.push_back(std::move(packet));
			}
			if (!_link->send(_queue.front()))
			{
				watchForRoom(true);
				return;
			}
			_queue.pop_front();
		}
	}
	catch (const SystemException& exception)
	{
		// Mostly it has died, which its pidfd tells in this or the next turn. If not (no descriptor for an attachment), what it was not told is lost to
		// it: only a successor, which is told everything anew, makes that good.
		Poco::Logger::get("supervisor").debug(LogLine("cannot send to the service").field("reason", exception.what()));
		_queue.clear();
		if (exception.error() != EPIPE && exception.error() != ECONNRESET) kill();
	}
	watchForRoom(false);
}


void ServiceProcess::kill()
{
	if (_pid > 0 && !_reaped) ::kill(_pid, SIGKILL);
}


void ServiceProcess::onReadable(std::uint32_t events)
{
	if ((events & EPOLLOUT) != 0) flush();
	if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0) receiveOne();
}


bool ServiceProcess::receiveOne()
{
	if (!_link) return false;
	try
	{
		std::string packet;
		switch (_link->receive(packet))
		{
		case PacketSocket::Receive::NOTHING: return false;
		case PacketSocket::Receive::END:
			// Hung up before it ended: without this the end of the stream would wake us without pause.
			_loop.forget(_link->fd());
			_link.reset();
			_leaving = _loop.schedule(LEAVING_TIME, [this] { kill(); });
			return false;
		case PacketSocket::Receive::PACKET: break;
		}
		for (const Message& message : decode(packet)) _callbacks.onMessage(message);
		return true;
	}
	catch (const ProtocolException& exception)
	{
		Poco::Logger::get("supervisor").error(LogLine("the service broke the protocol, killing it").field("reason", exception.what()));
		kill();
		return false;
	}
}


void ServiceProcess::onEnd()
{
	// First all that it had sent: a Spawn among it was claimed on disk and must be carried out exactly once.
	while (receiveOne())
	{}
	int status = 0;
	while (::waitpid(_pid, &status, 0) < 0 && errno == EINTR)
	{}
	_reaped = true;
	_loop.forget(_pidfd.get());
	_pidfd.reset();
	// A copy, since the call may destroy this object; nothing may follow it.
	const auto onExit = _callbacks.onExit;
	onExit(status);
}


void ServiceProcess::watchForRoom(bool wanted)
{
	if (wanted == _waitingForRoom || !_link) return;
	_loop.change(_link->fd(), wanted ? EPOLLIN | EPOLLOUT : EPOLLIN);
	_waitingForRoom = wanted;
}


} // namespace TaskDaemon
