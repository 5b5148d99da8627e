#include "Cli/PidFileProbe.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileLock.h"
#include "TaskDaemon/Base/Text.h"
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <limits>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


struct CloseFolder
{
	void operator()(DIR* folder) const
	{
		::closedir(folder);
	}
};


} // namespace


PidFileProbe::PidFileProbe(std::string path): _path(std::move(path))
{
	// O_NONBLOCK: a FIFO in its place must not hang us.
	_file.reset(::open(_path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
	if (!_file)
	{
		if (errno == ENOENT || errno == ENOTDIR) return;
		throwErrno("cannot open the PID file '" + _path + "'");
	}
	struct stat info
	{
	};
	if (::fstat(_file.get(), &info) != 0) throwErrno("cannot examine the PID file '" + _path + "'");
	if (!S_ISREG(info.st_mode)) throw Exception("the PID file '" + _path + "' is not a regular file");

	const bool locked = isFileLocked(_file.get());
	_pid = readPid(); // after the lock was seen: its holder writes its own PID
	_presence = locked ? Presence::ALIVE : Presence::DEAD;
}


FileDescriptor PidFileProbe::openProcess() const
{
	FileDescriptor process;
	if (_pid != 0) process.reset(static_cast<int>(::syscall(SYS_pidfd_open, _pid, 0)));
	if (_pid != 0 && !process && errno != ESRCH) throwErrno("cannot open process " + std::to_string(_pid));
	// A daemon that starts takes the lock before it writes its number over the one that a crash left behind, which may be a stranger's by now.
	const bool holder = process && isOpenIn(_pid);
	// Last: if the daemon had ended before pidfd_open, its number could have been given away, but then the lock is free.
	if (!isFileLocked(_file.get())) return FileDescriptor();
	if (!holder || readPid() != _pid)
		throw BusyException(
			"'" + _path +
			"' is locked by a daemon, but does not hold its PID: it is only just starting, or runs in another PID namespace; try again");
	return process;
}


pid_t PidFileProbe::readPid() const
{
	std::array<char, 256> buffer{};
	const ssize_t got = ::pread(_file.get(), buffer.data(), buffer.size(), 0);
	if (got < 0) throwErrno("cannot read the PID file '" + _path + "'");
	const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
	const auto pid = parseInteger(text.substr(0, text.find('\n')));
	return pid && *pid > 0 && *pid <= std::numeric_limits<pid_t>::max() ? static_cast<pid_t>(*pid) : 0;
}


bool PidFileProbe::isOpenIn(pid_t pid) const
/// Whether the process has the file open; also true where we may not look, since there we may hardly signal either. It protects root, who
/// may always look, from a file that somebody made and locked to have a stranger's process stopped.
{
	struct stat own
	{
	};
	if (::fstat(_file.get(), &own) != 0) throwErrno("cannot examine the PID file '" + _path + "'");
	const std::string folder = "/proc/" + std::to_string(pid) + "/fd";
	const std::unique_ptr<DIR, CloseFolder> entries(::opendir(folder.c_str()));
	if (!entries) return errno == EACCES || errno == EPERM;
	while (const dirent* entry = ::readdir(entries.get())) // NOLINT(concurrency-mt-unsafe): this stream is ours alone
	{
		struct stat theirs
		{
		};
		if (::fstatat(::dirfd(entries.get()), entry->d_name, &theirs, 0) != 0) continue; // closed meanwhile
		if (theirs.st_ino == own.st_ino && theirs.st_dev == own.st_dev) return true;
	}
	return false;
}


} // namespace TaskDaemon::Cli
