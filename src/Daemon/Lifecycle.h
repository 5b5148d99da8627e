#ifndef TaskDaemon_Daemon_Lifecycle_INCLUDED
#define TaskDaemon_Daemon_Lifecycle_INCLUDED


namespace TaskDaemon {


enum class LifecycleState
/// Where the daemon is between start and end.
{
	STARTING, /// until the service is ready for the first time
	RUNNING,
	DRAINING, /// nothing new starts; what runs may end by itself until the grace is over
	TERMINATING, /// what still runs was told to end
	CLOSING, /// nothing runs; the service stores the last ends and leaves
	ENDED
};


enum class LifecycleEvent
{
	SERVICE_READY,
	STOP,
	STOP_NOW,
	GRACE_OVER,
	ALL_ENDED, /// no process runs
	SERVICE_DONE, /// the service has left after everything was acknowledged
	GIVE_UP /// the service cannot start, or does not leave in time
};


LifecycleState nextState(LifecycleState state, LifecycleEvent event);
/// The program of start and stop, as a table: an event that means nothing in a state leaves it as it is.

const char* toString(LifecycleState state);
/// "starting", "running", "draining", "terminating", "closing", "ended".


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_Lifecycle_INCLUDED
