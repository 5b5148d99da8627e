#include "Daemon/EventLoop.h"
#include "TaskDaemon/Base/Exception.h"
#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>


namespace TaskDaemon {


EventLoop::EventLoop(): _epoll(::epoll_create1(EPOLL_CLOEXEC)), _timerfd(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))
{
	if (!_epoll) throwErrno("cannot create an epoll set");
	if (!_timerfd) throwErrno("cannot create a timerfd");
	watch(_timerfd.get(), EPOLLIN, [this](std::uint32_t) { runTimers(); });
}


void EventLoop::watch(int fd, std::uint32_t events, Handler handler)
{
	epoll_event event = {};
	event.events = events;
	event.data.fd = fd;
	if (::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) throwErrno("cannot watch a descriptor");
	_handlers[fd] = std::move(handler);
}


void EventLoop::change(int fd, std::uint32_t events)
{
	epoll_event event = {};
	event.events = events;
	event.data.fd = fd;
	if (::epoll_ctl(_epoll.get(), EPOLL_CTL_MOD, fd, &event) != 0) throwErrno("cannot change what a descriptor is watched for");
}


void EventLoop::forget(int fd)
{
	if (_handlers.erase(fd) > 0) ::epoll_ctl(_epoll.get(), EPOLL_CTL_DEL, fd, nullptr);
}


EventLoop::Timer EventLoop::schedule(Microseconds delay, std::function<void()> action)
{
	// Delays come from requests: one that overflows is as good as for ever, and a negative time the kernel would refuse.
	const Microseconds now = monotonicTime();
	const Timer timer(now + std::clamp(delay, Microseconds(0), std::numeric_limits<Microseconds>::max() - now), _nextTimer++);
	_timers.emplace(timer, std::move(action));
	armTimer();
	return timer;
}


void EventLoop::cancel(Timer& timer)
{
	// The timerfd stays armed: at worst it fires once with nothing to do, which is cheaper than a system call at every cancel.
	_timers.erase(timer);
	timer = Timer();
}


void EventLoop::afterEachTurn(std::function<void()> action)
{
	_afterTurn = std::move(action);
}


void EventLoop::run()
{
	std::array<epoll_event, 64> events;
	while (!_stopped)
	{
		const int count = ::epoll_wait(_epoll.get(), events.data(), static_cast<int>(events.size()), -1);
		if (count < 0 && errno != EINTR) throwErrno("cannot wait for events");
		for (int i = 0; i < count; ++i) dispatch(events[i].data.fd, events[i].events);
		if (_afterTurn) _afterTurn();
	}
}


void EventLoop::stop()
{
	_stopped = true;
}


void EventLoop::closeInChild()
{
	// By number, past the owners: they live in memory that the child never destroys.
	for (const auto& [fd, handler] : _handlers) ::close(fd);
	::close(_epoll.get());
}


void EventLoop::dispatch(int fd, std::uint32_t events)
{
	// An earlier handler of this turn may have forgotten the fd. A number closed and taken again within one turn can get an event
	// that was its predecessor's; handlers therefore read without blocking and accept that there is nothing.
	const auto found = _handlers.find(fd);
	if (found == _handlers.end()) return;
	const Handler handler = found->second; // a copy: the handler may forget itself
	handler(events);
}


void EventLoop::runTimers()
{
	std::uint64_t expirations = 0;
	if (::read(_timerfd.get(), &expirations, sizeof expirations) < 0 && errno != EAGAIN) throwErrno("cannot read the timerfd");
	_armedFor = 0;
	const Microseconds now = monotonicTime();
	while (!_timers.empty() && _timers.begin()->first.first <= now)
	{
		const std::function<void()> action = std::move(_timers.begin()->second);
		_timers.erase(_timers.begin());
		action();
	}
	armTimer();
}


void EventLoop::armTimer()
{
	if (_timers.empty()) return;
	const Microseconds first = _timers.begin()->first.first;
	if (_armedFor != 0 && _armedFor <= first) return;
	itimerspec when = {};
	when.it_value.tv_sec = first / SECOND;
	when.it_value.tv_nsec = first % SECOND * 1000;
	if (::timerfd_settime(_timerfd.get(), TFD_TIMER_ABSTIME, &when, nullptr) != 0) throwErrno("cannot arm the timerfd");
	_armedFor = first;
}


} // namespace TaskDaemon
