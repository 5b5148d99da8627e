#ifndef TaskDaemon_Task_HealthChecks_INCLUDED
#define TaskDaemon_Task_HealthChecks_INCLUDED


#include "Task/SupervisorLink.h"
#include "TaskDaemon/Task/Scheduler.h"
#include "TaskDaemon/Task/TaskDaemonApp.h"
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>


namespace TaskDaemon {


class HealthChecks
/// Finds out how the service is. A check never throws: what goes wrong is its result.
///
/// Thread safety: every function from any thread. Owned by TaskApp; what it checks must outlive it.
{
public:
	HealthChecks(Scheduler& scheduler, const SupervisorLink& link, SettingsPtr settings);

	HealthStatus check();
	/// All four. The probe of the store is made at most every 5 s and by one caller at a time, while the others see the last
	/// result: many requests do not become many commits, nor many waiting threads.

	static HealthState judgeSpace(std::uint64_t available, std::uint64_t total);
	static HealthState judgeCommit(Microseconds duration);
	static HealthState judgeStall(Microseconds sinceProgress);

private:
	HealthCheck checkSupervisor() const;
	HealthCheck checkStore();
	HealthCheck probeStore() const;
	HealthCheck checkScheduler() const;
	HealthCheck checkDisk() const;

	Scheduler& _scheduler;
	const SupervisorLink& _link;
	SettingsPtr _settings;
	std::mutex _storeMutex;
	HealthCheck _store;
	Microseconds _storeProbed = 0; // monotonic; 0: never
	bool _probing = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_HealthChecks_INCLUDED
