#ifndef TaskDaemon_Daemon_PidFile_INCLUDED
#define TaskDaemon_Daemon_PidFile_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include <string>


namespace TaskDaemon {


class PidFile
/// The PID file and its lock. The lock (FileLock.h) proves the daemon alive, not the number in the file: a number left by a crash or a reboot
/// is simply written over. The lock passes on to a forked child, so it is taken in the foreground, where an error can be told, and kept through daemonizing.
///
/// Owned by DaemonApplication; one thread. Errors: BusyException when a live daemon holds the file, Exception for a file that is not ours to
/// use, SystemException.
{
public:
	explicit PidFile(const std::string& path);
	/// Opens or creates the file (0644) without following a symlink and locks it. Missing folders are made (0755).

	~PidFile();
	/// release().

	PidFile(const PidFile&) = delete;
	PidFile& operator=(const PidFile&) = delete;

	void write();
	/// Writes this process's PID.

	void release() noexcept;
	/// Empties and removes the file, then unlocks it. In this order: whoever gets the lock later finds another inode at the path, or none, and
	/// starts over. What somebody has put at the path instead stays. Only in the process that constructed it or, after write(), in the one that wrote it last: a forked child that ends by
	/// exception must not remove its parent's file.

	void closeInChild();
	/// In a forked child: gives up its share of the lock, so that the lock is gone when the daemon is.

private:
	bool tryLock();
	bool isAtPath() const;

	std::string _path;
	FileDescriptor _fd;
	int _owner;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_PidFile_INCLUDED
