#include "Daemon/ProcessTable.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


Poco::Logger& logger()
{
	return Poco::Logger::get("supervisor");
}


Microseconds fromTimeval(const timeval& time)
{
	return time.tv_sec * SECOND + time.tv_usec;
}


Microseconds timeOfStart(std::uint64_t ticks)
/// From processStartTime's form, in which the kernel tells it to the hundredth of a second.
{
	timespec sinceBoot = {};
	::clock_gettime(CLOCK_BOOTTIME, &sinceBoot);
	const Microseconds boot = realTime() - sinceBoot.tv_sec * SECOND - sinceBoot.tv_nsec / 1000;
	return boot + static_cast<Microseconds>(ticks) * (SECOND / ::sysconf(_SC_CLK_TCK));
}


bool reap(int pidfd, Ended& ended)
/// The raw call, since glibc's waitid(3) does not pass the kernel's fifth argument, the rusage of just this child. False when the process
/// has not ended after all.
{
	siginfo_t info = {};
	rusage usage = {};
	if (::syscall(SYS_waitid, P_PIDFD, pidfd, &info, WEXITED | WNOHANG, &usage) != 0) throwErrno("cannot wait for a process");
	if (info.si_pid == 0) return false;
	// The form of wait(2): the service decodes it with the usual macros.
	ended.status = info.si_code == CLD_EXITED ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
	ended.userTime = fromTimeval(usage.ru_utime);
	ended.systemTime = fromTimeval(usage.ru_stime);
	ended.maxRss = usage.ru_maxrss * 1024;
	return true;
}


} // namespace


ProcessTable::ProcessTable(EventLoop& loop, std::function<void()> onAllEnded): _loop(loop), _onAllEnded(std::move(onAllEnded)) {}


ProcessTable::~ProcessTable()
{
	for (auto& [key, process] : _processes)
	{
		if (process.pidfd) _loop.forget(process.pidfd.get());
	}
}


void ProcessTable::spawn(const Spawn& request)
{
	const auto [entry, isNew] = _processes.try_emplace(request.key);
	if (!isNew) return;
	Process& process = entry->second;
	Ended refused;
	refused.key = request.key;
	if (_refusing)
	{
		refused.reason = EndReason::REFUSED;
		finish(request.key, process, std::move(refused));
		return;
	}
	process.startedAt = realTime(); // before: when the spawn returns, a short program may have ended
	SpawnedProcess spawned = request.command.empty() ? SpawnedProcess{0, FileDescriptor(), EINVAL, "no command"} : _runner.spawn(request);
	if (spawned.pid == 0)
	{
		refused.reason = EndReason::NOT_SPAWNED;
		refused.status = spawned.error;
		refused.detail = std::move(spawned.detail);
		finish(request.key, process, std::move(refused));
		return;
	}
	process.pid = spawned.pid;
	process.pidfd = std::move(spawned.pidfd);
	process.startTime = processStartTime(process.pid);
	process.killAfter = request.killAfter;
	begin(request.key, process);
	if (request.timeout > 0)
	{
		process.timer = _loop.schedule(
			request.timeout, [this, key = request.key, &process] { terminate(key, process, EndReason::TIMED_OUT, process.killAfter); });
	}
}


void ProcessTable::adopt(const Adopt& request)
{
	const auto [entry, isNew] = _processes.try_emplace(request.key);
	if (!isNew) return;
	Process& process = entry->second;
	process.isChild = false;
	process.killAfter = request.killAfter;
	const auto pid = static_cast<pid_t>(request.pid);
	// Not init: kill(2) takes -1 for every process.
	if (pid == request.pid && pid > 1) process.pidfd.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
	// First the pidfd, then the comparison: whatever process the pidfd names is the one whose start time is read, or it is gone. Its group is what
	// we would signal, so it must lead it, as every task does.
	if (process.pidfd && request.pidStartTime != 0 && processStartTime(pid) == request.pidStartTime && ::getpgid(pid) == pid)
	{
		process.pid = pid;
		process.startTime = request.pidStartTime;
		process.startedAt = timeOfStart(request.pidStartTime);
		logger().notice(LogLine("task adopted").field("task", request.key.task).field("pid", request.pid));
		begin(request.key, process);
		return;
	}
	process.pidfd.reset();
	Ended ended;
	ended.key = request.key;
	ended.reason = EndReason::UNSEEN;
	finish(request.key, process, std::move(ended));
}


void ProcessTable::cancel(const RunKey& key)
{
	const auto found = _processes.find(key);
	if (found != _processes.end()) terminate(key, found->second, EndReason::CANCELED, found->second.killAfter);
}


void ProcessTable::acknowledge(const RunKey& key)
{
	const auto found = _processes.find(key);
	if (found != _processes.end() && found->second.ended) _processes.erase(found);
}


void ProcessTable::refuseNew()
{
	_refusing = true;
}


void ProcessTable::interruptAll(std::optional<Microseconds> killAfter)
{
	for (auto& [key, process] : _processes)
	{
		if (!process.ended)
			terminate(key, process, EndReason::INTERRUPTED, std::min(process.killAfter, killAfter.value_or(process.killAfter)));
	}
}


void ProcessTable::tellAll()
{
	_news.clear();
	for (auto& [key, process] : _processes)
	{
		process.startTold = false;
		process.endTold = false;
		_news.push_back(key);
	}
}


bool ProcessTable::takeNews(std::string& packet, std::size_t limit)
{
	const std::size_t before = packet.size();
	while (!_news.empty() && packet.size() < limit)
	{
		const auto found = _processes.find(_news.front());
		const RunKey key = _news.front();
		_news.pop_front();
		if (found == _processes.end()) continue;
		Process& process = found->second;
		if (process.pid != 0 && !process.startTold)
		{
			encode(Started{key, process.pid, process.startTime, process.startedAt}, packet);
			process.startTold = true;
		}
		if (process.ended && !process.endTold)
		{
			encode(*process.ended, packet);
			process.endTold = true;
		}
	}
	return packet.size() > before;
}


void ProcessTable::begin(const RunKey& key, Process& process)
{
	++_running;
	_loop.watch(process.pidfd.get(), EPOLLIN, [this, key](std::uint32_t) { onExit(key); });
	_news.push_back(key);
}


void ProcessTable::terminate(const RunKey& key, Process& process, EndReason reason, Microseconds killAfter)
{
	if (process.ended) return;
	// The first reason stays. A later request may bring the KILL forward, as a second stop signal does, but never put it off.
	if (process.reason == EndReason::EXITED)
		process.reason = reason;
	else
		killAfter = std::min(killAfter, process.timer.first - monotonicTime());
	_loop.cancel(process.timer);
	signalGroup(process, SIGTERM);
	// A stopped group (SIGSTOP, SIGTSTP) takes the TERM only when it is continued.
	signalGroup(process, SIGCONT);
	process.timer = _loop.schedule(killAfter,
		[key, &process]
		{
			logger().warning(LogLine("task did not end after TERM, killing it").field("task", key.task).field("pid", process.pid));
			signalGroup(process, SIGKILL);
		});
}


void ProcessTable::onExit(const RunKey& key)
{
	Process& process = _processes.at(key);
	Ended ended;
	ended.key = key;
	// We ended it, so nothing of its group shall stay. Before reaping: until then the group's number cannot be taken by another.
	if (process.reason != EndReason::EXITED) signalGroup(process, SIGKILL);
	if (process.isChild && !reap(process.pidfd.get(), ended)) return;
	ended.reason = process.isChild ? process.reason : EndReason::UNSEEN;
	_loop.forget(process.pidfd.get());
	process.pidfd.reset();
	_loop.cancel(process.timer);
	--_running;
	finish(key, process, std::move(ended));
	if (_running == 0) _onAllEnded();
}


void ProcessTable::finish(const RunKey& key, Process& process, Ended&& ended)
{
	ended.finishedAt = realTime();
	process.ended = std::move(ended);
	_news.push_back(key);
}


void ProcessTable::signalGroup(const Process& process, int signal)
{
	// A child's number stays taken until we reap it. An adopted process may be reaped by init at any time: its pidfd must still find it.
	if (!process.isChild && ::syscall(SYS_pidfd_send_signal, process.pidfd.get(), 0, nullptr, 0) != 0) return;
	if (::kill(-process.pid, signal) != 0 && errno != ESRCH)
		logger().error(LogLine("cannot signal a task").field("pid", process.pid).field("signal", signal).field("errno", errno));
}


} // namespace TaskDaemon
