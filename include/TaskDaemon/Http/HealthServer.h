#ifndef TaskDaemon_Http_HealthServer_INCLUDED
#define TaskDaemon_Http_HealthServer_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Task/TaskDaemonApp.h"
#include <memory>


namespace TaskDaemon {


class HealthServer
/// Tells anyone who can connect how the daemon is, read only: GET and HEAD of /health, /ready, /live, /status and a page for people at /.
///
/// Thread safety: start() and stop() from one thread. Owned by TaskApp; the application must outlive it.
/// Errors: SystemException and Poco's exceptions at construction; a request's error is answered and logged.
{
public:
	HealthServer(TaskDaemonApp& app, FileDescriptor listener);
	/// listener: a listening TCP socket.

	~HealthServer();
	/// Calls stop().

	void start();

	void stop();
	/// Takes no further connection, lets the requests under way finish (a few seconds at most), closes the listener. No restart.

private:
	class Impl;
	std::unique_ptr<Impl> _impl;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_HealthServer_INCLUDED
