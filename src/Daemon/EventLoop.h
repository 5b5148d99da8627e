#ifndef TaskDaemon_Daemon_EventLoop_INCLUDED
#define TaskDaemon_Daemon_EventLoop_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Time.h"
#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>


namespace TaskDaemon {


class EventLoop
/// One thread, one epoll set, one timerfd: the supervisor waits nowhere else. With nothing to do it makes no system call.
///
/// Thread safety: none; everything on the thread that calls run(). Errors: SystemException from epoll and timerfd, and whatever a handler throws leaves run().
{
public:
	using Handler = std::function<void(std::uint32_t events)>;
	using Timer = std::pair<Microseconds, std::uint64_t>; /// names a timer for cancel(); the default value names none

	EventLoop();

	void watch(int fd, std::uint32_t events, Handler handler);
	/// events as in epoll_ctl(2). The fd stays its owner's, who must forget() it before closing it.

	void change(int fd, std::uint32_t events);

	void forget(int fd);
	/// May be called from any handler, also from the fd's own.

	Timer schedule(Microseconds delay, std::function<void()> action);
	/// Runs action once, delay microseconds from now.

	void cancel(Timer& timer);
	/// Does nothing for one that has run. Sets timer to none.

	void afterEachTurn(std::function<void()> action);
	/// Runs when the handlers of all events of one wait have run: the place to send what they gathered.

	void run();
	/// Returns after stop().

	void stop();

	void closeInChild();
	/// After a fork, in the child: closes the epoll set and all that it watches, which the child must neither hold open nor touch.

private:
	void dispatch(int fd, std::uint32_t events);
	void runTimers();
	void armTimer();

	FileDescriptor _epoll;
	FileDescriptor _timerfd;
	std::unordered_map<int, Handler> _handlers;
	std::map<Timer, std::function<void()>> _timers;
	std::uint64_t _nextTimer = 1;
	Microseconds _armedFor = 0;
	std::function<void()> _afterTurn;
	bool _stopped = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_EventLoop_INCLUDED
