#ifndef TaskDaemon_Daemon_RestartPolicy_INCLUDED
#define TaskDaemon_Daemon_RestartPolicy_INCLUDED


#include "TaskDaemon/Config/Settings.h"
#include <deque>
#include <optional>


namespace TaskDaemon {


class RestartPolicy
/// How long to wait before the service is started again: the delay doubles from restart.delay to restart.maxDelay while the service ends sooner than the
/// delay it was given, and falls back to restart.delay once it has stayed up longer. Owned by Supervisor; one thread; no errors.
{
public:
	explicit RestartPolicy(SettingsPtr settings);

	std::optional<Microseconds> nextDelay(Microseconds now, Microseconds upTime);
	/// For a service that ended at the (monotonic) time now after upTime. Nothing when restart.limit restarts within
	/// restart.window are spent: give up.

private:
	SettingsPtr _settings;
	Microseconds _delay;
	std::deque<Microseconds> _restarts; /// at most restart.limit
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_RestartPolicy_INCLUDED
