#include "Daemon/PidFile.h"
#include "Daemon/Folders.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileLock.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


std::string pidIn(int fd)
/// The first line of the file, if it is a number: for the message only.
{
	char content[32];
	const ssize_t size = ::pread(fd, content, sizeof content, 0);
	const std::string text(content, size > 0 ? static_cast<std::size_t>(size) : 0);
	const std::string digits = text.substr(0, text.find_first_not_of("0123456789"));
	return digits.empty() ? "unknown" : digits;
}


} // namespace


PidFile::PidFile(const std::string& path): _path(path), _owner(::getpid())
{
	makeFolders(parentFolder(path), 0755);
	// Each turn meets an inode that a stopping daemon was just removing; a new one is made in the next.
	while (!tryLock())
	{}
}


PidFile::~PidFile()
{
	release();
}


bool PidFile::tryLock()
{
	// O_NONBLOCK: a FIFO planted here must not hang us; it fails the check for a regular file.
	_fd.reset(::open(_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0644));
	if (!_fd && errno == ELOOP) throw Exception("cannot use the PID file '" + _path + "': it is a symbolic link; remove it", EXIT_NOPERM);
	if (!_fd) throwErrno("cannot open the PID file '" + _path + "' (daemon.pidFile)");
	struct stat opened = {};
	if (::fstat(_fd.get(), &opened) != 0) throwErrno("cannot stat the PID file '" + _path + "'");
	if (!S_ISREG(opened.st_mode) || opened.st_nlink > 1)
		throw Exception("cannot use the PID file '" + _path + "': it is not a plain file with one name; remove it", EXIT_NOPERM);
	if (opened.st_uid != ::geteuid() && opened.st_uid != 0)
		throw Exception(
			"cannot use the PID file '" + _path + "': it belongs to user " + std::to_string(opened.st_uid) + "; remove it", EXIT_NOPERM);
	if (!tryLockFile(_fd.get())) throw BusyException("already running with PID " + pidIn(_fd.get()) + " (PID file '" + _path + "')");
	return isAtPath();
}


bool PidFile::isAtPath() const
{
	struct stat held = {};
	struct stat named = {};
	return ::fstat(_fd.get(), &held) == 0 && ::lstat(_path.c_str(), &named) == 0 && named.st_ino == held.st_ino &&
		   named.st_dev == held.st_dev;
}


void PidFile::write()
{
	_owner = ::getpid();
	const std::string line = std::to_string(_owner) + "\n";
	if (::ftruncate(_fd.get(), 0) != 0) throwErrno("cannot empty the PID file '" + _path + "'");
	if (::pwrite(_fd.get(), line.data(), line.size(), 0) != static_cast<ssize_t>(line.size()))
		throwErrno("cannot write the PID file '" + _path + "'");
}


void PidFile::closeInChild()
{
	_fd.reset();
}


void PidFile::release() noexcept
{
	if (!_fd || _owner != ::getpid()) return;
	// What fails here leaves an unlocked file behind, which the next start takes over.
	if (::ftruncate(_fd.get(), 0) == 0 && isAtPath()) ::unlink(_path.c_str());
	_fd.reset();
}


} // namespace TaskDaemon
