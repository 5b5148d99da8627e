#ifndef TaskDaemon_Daemon_Daemonizer_INCLUDED
#define TaskDaemon_Daemon_Daemonizer_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include <string>


namespace TaskDaemon {


class Daemonizer
/// Turns the process into a daemon by the steps of daemon(7), and tells the launcher how the start went: the launcher returns to the
/// shell only when the daemon is ready or has failed, with its message and exit code.
///
/// Owned by DaemonApplication; one thread, before any other exists. Errors: SystemException.
{
public:
	static void closeInherited();
	/// First step: closes every descriptor but 0-2, and opens /dev/null for those of 0-2 that are closed, so that no file of ours is ever opened as one of them.

	void daemonize(const std::string& workDir, unsigned umask);
	/// Forks twice with setsid(2) between, so that the daemon can never acquire a terminal; returns in the daemon only. The launcher waits for the
	/// verdict, prints it and ends with its exit code, or with 128+N if the daemon died of signal N before it had one. A bad workDir is thrown in the
	/// process that calls.

	void redirect(const std::string& standardOutput, const std::string& standardError);
	/// 0-2 to /dev/null, or 1 and 2 to the given files. Apart from daemonize(), because until the start has succeeded, early errors still belong on the terminal.

	bool report(int exitCode, const std::string& message) noexcept;
	/// The verdict, once. False when there is no launcher to tell: not daemonized, or told already.

	void closeInChild();
	/// In a forked child: the launcher takes the end of the pipe for the end of the daemon, so nobody else may hold it open.

private:
	FileDescriptor _verdict;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_Daemonizer_INCLUDED
