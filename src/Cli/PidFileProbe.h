#ifndef TaskDaemon_Cli_PidFileProbe_INCLUDED
#define TaskDaemon_Cli_PidFileProbe_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include <string>
#include <sys/types.h>


namespace TaskDaemon::Cli {


class PidFileProbe
/// What a PID file says of the daemon. The daemon holds a lock (FileLock.h) on it for life, which the kernel drops however it ends: a held lock proves it
/// alive, a free one proves a number in the file to be stale. Nothing is ever concluded from a bare number.
/// Not thread-safe; a temporary of a command. Throws SystemException when the file cannot be examined.
{
public:
	explicit PidFileProbe(std::string path);

	enum class Presence
	{
		ABSENT, /// no file: stopped in order, or never started
		DEAD, /// a file that nobody holds: the daemon was killed
		ALIVE
	};

	Presence presence() const
	{
		return _presence;
	}

	pid_t pid() const
	/// The number in the file; 0 where it holds none (yet).
	{
		return _pid;
	}

	FileDescriptor openProcess() const;
	/// A pidfd of the daemon, proven: once it was open, that process had the file open and the lock was still held. Empty when the daemon
	/// ended meanwhile. Throws BusyException when the file does not hold the PID of the lock's owner yet.

private:
	pid_t readPid() const;
	bool isOpenIn(pid_t pid) const;

	std::string _path;
	FileDescriptor _file;
	Presence _presence = Presence::ABSENT;
	pid_t _pid = 0;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_PidFileProbe_INCLUDED
