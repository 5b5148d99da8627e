#ifndef TaskDaemon_Task_TaskDaemonApp_INCLUDED
#define TaskDaemon_Task_TaskDaemonApp_INCLUDED


#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Base/Time.h"
#include <string>
#include <vector>


namespace TaskDaemon {


enum class HealthState
{
	HEALTHY,
	DEGRADED,
	UNHEALTHY
};


const char* toString(HealthState state);
/// "healthy", "degraded", "unhealthy".


struct HealthCheck
{
	std::string name; /// "supervisor", "store", "scheduler", "disk"
	HealthState state = HealthState::HEALTHY;
	std::string observed; /// "commit took 212us"
	Microseconds checkedAt = 0;
};


struct HealthStatus
{
	HealthState overall = HealthState::HEALTHY; /// the worst of the checks
	std::vector<HealthCheck> checks;
};


class TaskDaemonApp
/// The application that the daemon keeps alive, as the specification names it: all that Daemon/ and the health server know of tasks.
/// Thread safety: every function from any thread, except run().
{
public:
	virtual ~TaskDaemonApp() = default;

	virtual void run() = 0;
	/// Serves until shutdown() or until the supervisor is gone.

	virtual void stopAcceptingWork() = 0;
	virtual bool hasActiveWork() const = 0;

	virtual void saveState() = 0;
	/// Returns when everything known is on disk.

	virtual void shutdown() = 0;

	virtual HealthStatus healthStatus() = 0;
	virtual bool isReady() const = 0;

	virtual Json status() = 0;
	/// The document of /status, `taskdaemon status --output json` and the USR1 dump.

	virtual void dumpStatus() = 0;
	/// status() to the log and to status.file.
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_TaskDaemonApp_INCLUDED
