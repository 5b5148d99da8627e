#include "Task/HealthChecks.h"
#include "TaskDaemon/Base/Exception.h"
#include <algorithm>
#include <cerrno>
#include <sys/statvfs.h>


namespace TaskDaemon {


namespace {


constexpr Microseconds PROBE_EVERY = 5 * SECOND;
constexpr Microseconds PROBE_TIMEOUT = 2 * SECOND;
constexpr Microseconds SLOW_COMMIT = SECOND;
constexpr Microseconds STALL = 10 * SECOND;
constexpr std::uint64_t MIB = 1 << 20;
constexpr std::uint64_t LITTLE_SPACE = 256 * MIB;
constexpr std::uint64_t NO_SPACE = 16 * MIB;
constexpr std::uint64_t LITTLE_PERCENT = 5;


HealthCheck result(const char* name, HealthState state, std::string observed)
{
	return {name, state, std::move(observed), realTime()};
}


std::string folderOf(const std::string& path)
{
	const std::size_t slash = path.rfind('/');
	if (slash == std::string::npos) return ".";
	return slash == 0 ? "/" : path.substr(0, slash);
}


} // namespace


const char* toString(HealthState state)
{
	switch (state)
	{
	case HealthState::HEALTHY: return "healthy";
	case HealthState::DEGRADED: return "degraded";
	case HealthState::UNHEALTHY: break;
	}
	return "unhealthy";
}


HealthChecks::HealthChecks(Scheduler& scheduler, const SupervisorLink& link, SettingsPtr settings):
	_scheduler(scheduler), _link(link), _settings(std::move(settings))
{}


HealthStatus HealthChecks::check()
{
	HealthStatus status;
	status.checks = {checkSupervisor(), checkStore(), checkScheduler(), checkDisk()};
	for (const HealthCheck& check : status.checks) status.overall = std::max(status.overall, check.state);
	return status;
}


HealthState HealthChecks::judgeSpace(std::uint64_t available, std::uint64_t total)
{
	if (available < NO_SPACE) return HealthState::UNHEALTHY;
	// Divided first: the product of two such sizes could overflow.
	const bool little = available < LITTLE_SPACE || available < total / 100 * LITTLE_PERCENT;
	return little ? HealthState::DEGRADED : HealthState::HEALTHY;
}


HealthState HealthChecks::judgeCommit(Microseconds duration)
{
	return duration > SLOW_COMMIT ? HealthState::DEGRADED : HealthState::HEALTHY;
}


HealthState HealthChecks::judgeStall(Microseconds sinceProgress)
{
	return sinceProgress > STALL ? HealthState::UNHEALTHY : HealthState::HEALTHY;
}


HealthCheck HealthChecks::checkSupervisor() const
{
	if (!_link.connected()) return result("supervisor", HealthState::UNHEALTHY, "gone");
	return result("supervisor", HealthState::HEALTHY, "connected");
}


HealthCheck HealthChecks::checkStore()
{
	{
		const std::lock_guard<std::mutex> lock(_storeMutex);
		const bool fresh = _storeProbed != 0 && monotonicTime() - _storeProbed < PROBE_EVERY;
		if (fresh || _probing)
		{
			// Only in the very first probe's time is there no result: the store has been opened by then.
			if (_storeProbed == 0) return result("store", HealthState::HEALTHY, "first probe under way");
			return _store;
		}
		_probing = true;
	}
	HealthCheck probed = probeStore();
	const std::lock_guard<std::mutex> lock(_storeMutex);
	_store = std::move(probed);
	_storeProbed = monotonicTime();
	_probing = false;
	return _store;
}


HealthCheck HealthChecks::probeStore() const
{
	try
	{
		const Microseconds duration = _scheduler.probeCommit(PROBE_TIMEOUT);
		return result("store", judgeCommit(duration), "commit took " + formatDuration(duration));
	}
	catch (const std::exception& e)
	{
		return result("store", HealthState::UNHEALTHY, e.what());
	}
}


HealthCheck HealthChecks::checkScheduler() const
{
	// Read in this order: progress between the two readings can only make us look better.
	const Microseconds stalled = _scheduler.hasWaitingJobs() ? monotonicTime() - _scheduler.lastProgress() : 0;
	if (judgeStall(stalled) != HealthState::HEALTHY)
		return result("scheduler", judgeStall(stalled), "no progress for " + std::to_string(stalled / SECOND) + "s");
	if (const std::size_t unstored = _scheduler.unstoredCount())
		return result("scheduler", HealthState::DEGRADED, "reports on tasks that wait for the store: " + std::to_string(unstored));
	return result("scheduler", HealthState::HEALTHY, "tasks running: " + std::to_string(_scheduler.runningCount()));
}


HealthCheck HealthChecks::checkDisk() const
{
	HealthCheck worst;
	std::uint64_t least = 0;
	for (const std::string& folder : {folderOf(_settings->storePath), _settings->taskLogDir})
	{
		struct statvfs info;
		if (::statvfs(folder.c_str(), &info) != 0)
			return result("disk", HealthState::UNHEALTHY, SystemException("cannot look at the disk of '" + folder + "'", errno).what());
		// What f_bavail leaves out is kept for root; counting it would promise a service without privileges too much.
		const std::uint64_t available = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
		const HealthState state = judgeSpace(available, static_cast<std::uint64_t>(info.f_blocks) * info.f_frsize);
		if (!worst.name.empty() && (state < worst.state || (state == worst.state && available >= least))) continue;
		worst = result("disk", state, std::to_string(available / MIB) + " MiB free in " + folder);
		least = available;
	}
	return worst;
}


} // namespace TaskDaemon
