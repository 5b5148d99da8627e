#ifndef TaskDaemon_Base_FileLock_INCLUDED
#define TaskDaemon_Base_FileLock_INCLUDED


namespace TaskDaemon {


// Locks of a whole file that belong to the open file description (F_OFD_SETLK, fcntl_locking(2)): a forked child holds them too, the kernel drops
// them with the last copy of the descriptor however its holder ends, and they can be asked for without being taken.


bool tryLockFile(int fd);
/// Takes the exclusive lock; fd must be open for writing. False when another description holds it. Throws SystemException.

bool isFileLocked(int fd);
/// Whether another description holds the lock. Takes nothing, so asking can never make someone else's tryLockFile() fail.
/// Throws SystemException.


} // namespace TaskDaemon


#endif // TaskDaemon_Base_FileLock_INCLUDED
