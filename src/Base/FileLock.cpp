#include "TaskDaemon/Base/FileLock.h"
#include "TaskDaemon/Base/Exception.h"
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


struct flock wholeFile()
{
	struct flock lock = {}; // from 0 on, length 0: to the end, wherever that will be
	lock.l_type = F_WRLCK;
	lock.l_whence = SEEK_SET;
	return lock;
}


} // namespace


bool tryLockFile(int fd)
{
	struct flock lock = wholeFile();
	if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return true;
	if (errno != EAGAIN && errno != EACCES) throwErrno("cannot lock a file");
	return false;
}


bool isFileLocked(int fd)
{
	struct flock lock = wholeFile();
	if (::fcntl(fd, F_OFD_GETLK, &lock) != 0) throwErrno("cannot examine the lock of a file");
	return lock.l_type != F_UNLCK;
}


} // namespace TaskDaemon
