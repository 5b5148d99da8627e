#ifndef TaskDaemon_Task_Runner_INCLUDED
#define TaskDaemon_Task_Runner_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Task/Protocol.h"
#include <csignal>
#include <string>
#include <sys/types.h>


namespace TaskDaemon {


struct SpawnedProcess
{
	pid_t pid = 0; /// 0: could not be started; then error and detail say why
	FileDescriptor pidfd;
	int error = 0; /// errno
	std::string detail; /// "cannot execute 'frobnicate': No such file or directory"
};


class Runner
/// Starts the processes of tasks: every option of a spawn is in this class.
///
/// A process begins in a session and process group of its own (setsid(2)), with stdin from /dev/null, its output appended to its own files,
/// no other descriptor, all signals at their defaults and unblocked, its own umask, folder and environment. A program name without a slash is looked for
/// along the PATH of that environment, and a script without an interpreter line is given to /bin/sh, as execvp(3) does.
///
/// The child shares our memory until it executes (CLONE_VM | CLONE_VFORK), so a spawn costs the same however large we are, and an error comes back
/// through that memory. The price: we stand still until the child has executed its program, also while a dead network file system
/// keeps it from doing so.
///
/// Thread safety: none; the supervisor's only thread. Errors of a spawn are results, not exceptions.
{
public:
	Runner();
	/// Throws SystemException when /dev/null cannot be opened or the child's stack cannot be had.

	~Runner();

	Runner(const Runner&) = delete;
	Runner& operator=(const Runner&) = delete;

	SpawnedProcess spawn(const Spawn& request);

private:
	FileDescriptor _null;
	sigset_t _ignored; /// what the child must set back, since execve(2) keeps ignored signals ignored
	void* _stack;
};


std::uint64_t processStartTime(pid_t pid);
/// Field 22 of /proc/PID/stat: clock ticks between boot and the start of the process; with the PID it names a process for as long as
/// the host is up (proc(5)). 0 when there is no such process.


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Runner_INCLUDED
