#ifndef TaskDaemon_Http_ControlServer_INCLUDED
#define TaskDaemon_Http_ControlServer_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Config/Settings.h"
#include "TaskDaemon/Task/Scheduler.h"
#include "TaskDaemon/Task/TaskDaemonApp.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <memory>


namespace TaskDaemon {


class ControlServer
/// Serves the control API (ARCHITECTURE.md, "The control API") on the unix socket, to root, the daemon's own user and members of
/// control.group.
///
/// Thread safety: start() and stop() from one thread. Owned by TaskApp; app, scheduler and store must outlive it.
/// Errors: ConfigurationException for an unknown control.group, SystemException and Poco's exceptions at construction; a request's error is
/// answered, and logged when it is ours.
{
public:
	ControlServer(TaskDaemonApp& app, Scheduler& scheduler, TaskStore& store, const SettingsPtr& settings, FileDescriptor listener);
	/// listener: a listening unix stream socket.

	~ControlServer();
	/// Calls stop().

	void start();
	/// Becomes the scheduler's handler of ends (Scheduler::onFinished) until stop().

	void stop();
	/// Takes no further connection, lets the requests under way finish (a few seconds at most), cuts the connections of those who wait or
	/// follow, so that they ask the next service, and closes the listener. The scheduler must still run meanwhile, since requests wait for
	/// its commits. No restart.

private:
	class Impl;
	std::unique_ptr<Impl> _impl;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_ControlServer_INCLUDED
