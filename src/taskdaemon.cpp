#include "Cli/CommandLine.h"
#include "TaskDaemon/Base/ExitCode.h"
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <unistd.h>


namespace {


bool openStandardStreams()
/// A standard stream that the caller closed would otherwise become the control socket, and a result would be sent to the daemon.
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd)
	{
		if (::fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
		// In the direction that is not used, so that using it is an error and not a silent loss. Closed by an exec: taskdaemond sees
		// what the caller left it.
		if (::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY | O_CLOEXEC : O_RDONLY | O_CLOEXEC) != fd) return false;
	}
	return true;
}


} // namespace


int main(int argc, char** argv)
{
	if (!openStandardStreams()) return TaskDaemon::EXIT_SOFTWARE;
	// Some callers leave it ignored, and then `taskdaemon list | head` would complain instead of ending.
	std::signal(SIGPIPE, SIG_DFL);
	return TaskDaemon::Cli::runProgram(std::vector<std::string>(argv + (argc > 0 ? 1 : 0), argv + argc));
}
