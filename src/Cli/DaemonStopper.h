#ifndef TaskDaemon_Cli_DaemonStopper_INCLUDED
#define TaskDaemon_Cli_DaemonStopper_INCLUDED


#include "Cli/Context.h"
#include "Cli/PidFileProbe.h"
#include "TaskDaemon/Base/Time.h"
#include <optional>
#include <string>


namespace CLI {
class App;
}


namespace TaskDaemon::Cli {


struct StopOptions
{
	std::string timeout; /// as on the command line; empty: as long as it takes
	bool force = false;
	std::string pidFile;

	void define(CLI::App& app);
};


class DaemonStopper
/// Ends the daemon by signals to a pidfd, and returns when it is gone; works without the control socket. Not thread-safe; a
/// temporary of a command. Throws BusyException when it is still stopping after the timeout, Exception 77 when it may not be signalled.
{
public:
	enum class Result
	{
		NOT_RUNNING,
		STOPPED,
		KILLED
	};

	DaemonStopper(Context& context, const StopOptions& options, Microseconds forceGrace = 10 * SECOND);
	/// forceGrace: how long a forced stop may take before KILL.

	Result stop();

	pid_t pid() const
	/// Of the daemon that was stopped.
	{
		return _pid;
	}

private:
	bool isStoppingAlready() const;
	void signal(int number) const;
	bool gone(std::optional<Microseconds> deadline) const;
	Result force() const;

	Context& _context;
	std::string _pidFile;
	std::optional<Microseconds> _timeout;
	bool _force;
	Microseconds _forceGrace;
	pid_t _pid = 0;
	FileDescriptor _process;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_DaemonStopper_INCLUDED
