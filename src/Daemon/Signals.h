#ifndef TaskDaemon_Daemon_Signals_INCLUDED
#define TaskDaemon_Daemon_Signals_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include <functional>
#include <sys/types.h>
#include <vector>


namespace TaskDaemon {


enum class SignalAction
/// What a signal asks of the supervisor.
{
	STOP, /// graceful; a second one: at once
	STOP_NOW,
	RELOAD,
	DUMP_STATUS,
	UPGRADE
};


struct ReceivedSignal
{
	int number = 0;
	SignalAction action = SignalAction::STOP;
	pid_t senderPid = 0;
	uid_t senderUid = 0;
};


class Signals
/// The daemon's signals: blocked from the first instruction on and taken through a signalfd only, so that no handler ever runs.
///
/// Owned by Supervisor; one thread. Errors: SystemException.
{
public:
	static void block();
	/// First thing in main: from here on none of the table's signals can end the process by its default action. Sets every disposition to its default, but
	/// SIGPIPE, which is ignored: a write to a closed socket is an error code, not a death.

	static void restore();
	/// Unblocks what block() blocked: for a process that is no daemon after all (the launcher that waits for the verdict).

	Signals();
	/// Opens the signalfd, which does not block.

	int fd() const
	{
		return _fd.get();
	}

	std::vector<ReceivedSignal> read();
	/// All that is pending.

private:
	FileDescriptor _fd;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_Signals_INCLUDED
