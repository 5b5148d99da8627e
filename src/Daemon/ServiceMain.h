#ifndef TaskDaemon_Daemon_ServiceMain_INCLUDED
#define TaskDaemon_Daemon_ServiceMain_INCLUDED


#include "Daemon/ListeningSockets.h"
#include "Daemon/LogChannel.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Config/Settings.h"
#include <string>


namespace TaskDaemon {


class ServiceMain
/// What the service process runs: puts the application and its two servers together, serves until the supervisor says Shutdown, and
/// takes them down in reverse. Called in the forked child; what it is given by reference is the child's copy of the supervisor's.
{
public:
	ServiceMain(SettingsPtr settings, const ListeningSockets& sockets, LogChannel& log);

	int operator()(FileDescriptor link) const;
	/// Returns the exit code. Why it cannot start goes to the supervisor as Failed.

private:
	void serve(FileDescriptor link) const;

	SettingsPtr _settings;
	const ListeningSockets& _sockets;
	LogChannel& _log;
	Microseconds _supervisorStartedAt;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_ServiceMain_INCLUDED
