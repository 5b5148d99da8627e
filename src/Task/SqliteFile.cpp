#include "SqliteFile.h"
#include "SqliteHeader.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <cerrno>
#include <fcntl.h>
#include <optional>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr off_t GUARD_BYTE = off_t(1) << 62; // SQLite's own lie at 2^30
constexpr int OPEN_FLAGS = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;


std::string storeAt(const std::string& path)
{
	return "the task store '" + path + "'";
}


std::optional<struct stat> lookAt(const std::string& path)
/// Nothing when there is no such file.
{
	struct stat info
	{
	};
	if (::lstat(path.c_str(), &info) == 0) return info;
	if (errno != ENOENT) throwErrno("cannot open " + storeAt(path));
	return std::nullopt;
}


bool isNonEmpty(const std::string& path)
{
	const auto info = lookAt(path);
	return info && info->st_size > 0;
}


void checkKind(const std::string& path, const struct stat& info)
/// A link or a foreign file may have been planted, to make us write somewhere else or trust what another user wrote.
{
	if (S_ISLNK(info.st_mode))
		throw StoreException("cannot open " + storeAt(path) + ": it is a symbolic link; set store.path to the file itself", EXIT_CONFIG);
	if (!S_ISREG(info.st_mode))
		throw StoreException("cannot open " + storeAt(path) + ": it is not a regular file; set store.path to another one", EXIT_CONFIG);
	if (info.st_uid != ::geteuid() && info.st_uid != 0)
	{
		throw StoreException("cannot open " + storeAt(path) + ": it belongs to user id " + std::to_string(info.st_uid) +
								 "; if it is yours, give it to the daemon's user with chown",
			EXIT_NOPERM);
	}
}


struct stat inspect(const FileDescriptor& fd, const std::string& path)
{
	struct stat info
	{
	};
	if (::fstat(fd.get(), &info) != 0) throwErrno("cannot open " + storeAt(path));
	checkKind(path, info);
	return info;
}


void lock(const FileDescriptor& fd, const std::string& path)
{
	struct flock guard
	{
	};
	guard.l_type = F_WRLCK;
	guard.l_whence = SEEK_SET;
	guard.l_start = GUARD_BYTE;
	guard.l_len = 1;
	if (::fcntl(fd.get(), F_OFD_SETLK, &guard) == 0) return;
	if (errno == EAGAIN || errno == EACCES)
		throw BusyException("cannot open " + storeAt(path) + ": another TaskDaemon service is using it; stop that one first");
	throwErrno("cannot lock " + storeAt(path));
}


bool isStillAt(const FileDescriptor& fd, const std::string& path)
/// Between open and lock the name may have moved on to another file.
{
	const auto named = lookAt(path);
	struct stat ours
	{
	};
	return named && ::fstat(fd.get(), &ours) == 0 && named->st_ino == ours.st_ino && named->st_dev == ours.st_dev;
}


void setPrivate(const FileDescriptor& fd, const std::string& path)
/// Environments hold secrets. The files -wal and -shm take their mode from this one.
{
	if (::fchmod(fd.get(), S_IRUSR | S_IWUSR) != 0) throwErrno("cannot set the mode of " + storeAt(path));
}


void removeFile(const std::string& path)
{
	if (::unlink(path.c_str()) != 0 && errno != ENOENT) throwErrno("cannot remove '" + path + "'");
}


void publish(const std::string& from, const std::string& to)
{
	if (::rename(from.c_str(), to.c_str()) != 0) throwErrno("cannot create " + storeAt(to));
	// The name itself must be on disk before anybody is told that a task is.
	const FileDescriptor folder = openFile(to.substr(0, to.rfind('/') + 1), O_RDONLY | O_DIRECTORY);
	if (::fsync(folder.get()) != 0) throwErrno("cannot sync the folder of " + storeAt(to));
}


} // namespace


SqliteFile::SqliteFile(const std::string& path, const Builder& build)
{
	if (path.empty() || path.front() != '/') throw ConfigurationException("store.path: '" + path + "' is not an absolute path");
	// Each further round means that another process created, finished or removed the file in between.
	constexpr int ROUNDS = 10;
	for (int round = 0; round < ROUNDS; ++round)
	{
		if (openExisting(path) || create(path, build)) return;
	}
	throw BusyException("cannot open " + storeAt(path) + ": it keeps being replaced by another process");
}


bool SqliteFile::openExisting(const std::string& path)
{
	const auto named = lookAt(path);
	if (!named) return false;
	// Before the open, which does things of its own to a device or a FIFO.
	checkKind(path, *named);
	FileDescriptor fd(::open(path.c_str(), OPEN_FLAGS));
	if (!fd && errno == ENOENT) return false;
	if (!fd) throwErrno("cannot open " + storeAt(path));
	const struct stat info = inspect(fd, path);
	lock(fd, path);
	if (!isStillAt(fd, path)) return false;
	_hasLog = isNonEmpty(path + "-wal");
	checkSqliteHeader(fd.get(), path, _hasLog);
	if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0) setPrivate(fd, path);
	_fd = std::move(fd);
	return true;
}


bool SqliteFile::create(const std::string& path, const Builder& build)
{
	// SQLite would take the log of the lost file for the new one's, or delete it.
	if (isNonEmpty(path + "-wal"))
	{
		throw StoreException(
			"cannot create " + storeAt(path) + ": '" + path +
				"-wal' holds the last commits of a store that is gone; bring that file back, or move the -wal file away to begin anew",
			EXIT_CONFIG);
	}
	const std::string fresh = path + ".new";
	FileDescriptor fd(::open(fresh.c_str(), OPEN_FLAGS | O_CREAT, S_IRUSR | S_IWUSR));
	if (!fd) throwErrno("cannot create " + storeAt(path));
	inspect(fd, fresh);
	lock(fd, path);
	if (!isStillAt(fd, fresh)) return false;
	try
	{
		if (lookAt(path))
		{
			removeFile(fresh);
			return false;
		}
		// What a predecessor left that was killed right here.
		for (const char* suffix : {"-journal", "-wal", "-shm"}) removeFile(fresh + suffix);
		if (::ftruncate(fd.get(), 0) != 0) throwErrno("cannot create " + storeAt(path));
		setPrivate(fd, fresh);
		build(fresh);
		publish(fresh, path);
	}
	catch (...)
	{
		for (const char* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((fresh + suffix).c_str());
		throw;
	}
	_fd = std::move(fd);
	return true;
}


} // namespace TaskDaemon
