#include "Daemon/Daemonizer.h"
#include "Daemon/Signals.h"
#include "TaskDaemon/Base/Exception.h"
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


std::string readAll(int fd)
{
	std::string content;
	std::array<char, 4096> buffer;
	for (;;)
	{
		const ssize_t got = ::read(fd, buffer.data(), buffer.size());
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) return content;
		content.append(buffer.data(), static_cast<std::size_t>(got));
	}
}


int exitCodeOfDeadDaemon(pid_t intermediate, pid_t daemon)
/// As subreaper the launcher is the parent of the daemon once the intermediate process is gone, and so learns how it died. It waits for no
/// other: the daemon's service and tasks become its children too, may live on, and say nothing of the daemon.
{
	int status = 0;
	for (const pid_t pid : {intermediate, daemon})
	{
		while (pid > 0 && ::waitpid(pid, &status, 0) < 0 && errno == EINTR)
		{}
	}
	if (WIFSIGNALED(status)) return 128 + WTERMSIG(status);
	return WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EXIT_SOFTWARE;
}


[[noreturn]] void waitForVerdict(int fd, pid_t intermediate)
/// The launcher. On the pipe: the daemon's PID, then, as the verdict, one byte of exit code and the message.
{
	Signals::restore();
	std::string verdict = readAll(fd);
	pid_t daemon = 0;
	if (verdict.size() >= sizeof daemon) std::memcpy(&daemon, verdict.data(), sizeof daemon);
	verdict.erase(0, sizeof daemon);
	if (verdict.empty())
	{
		const int exitCode = exitCodeOfDeadDaemon(intermediate, daemon);
		std::fprintf(stderr, "taskdaemon: the daemon ended before it was ready, with %s %d\n", exitCode > 128 ? "signal" : "exit code",
			exitCode > 128 ? exitCode - 128 : exitCode);
		::_exit(exitCode);
	}
	const int exitCode = static_cast<unsigned char>(verdict[0]);
	// Gone since its fork; not every init that would inherit it reaps promptly.
	while (::waitpid(intermediate, nullptr, 0) < 0 && errno == EINTR)
	{}
	// A daemon that failed is about to end: whoever is told of it shall not find its process any more.
	while (exitCode != 0 && daemon > 0 && ::waitpid(daemon, nullptr, 0) < 0 && errno == EINTR)
	{}
	std::fprintf(exitCode == 0 ? stdout : stderr, "%s\n", verdict.c_str() + 1);
	// _exit: this process is a copy of the daemon, and its destructors would undo what the daemon owns (the PID file above all).
	::_exit(std::fflush(nullptr) == 0 ? exitCode : EXIT_SOFTWARE);
}


void openAs(int fd, const std::string& path, int flags)
{
	const FileDescriptor file = openFile(path, flags, 0640);
	if (::dup2(file.get(), fd) < 0) throwErrno("cannot redirect to '" + path + "'");
}


} // namespace


void Daemonizer::closeInherited()
{
	if (::close_range(3, ~0U, 0) != 0) throwErrno("cannot close the inherited descriptors");
	for (int fd = 0; fd <= 2; ++fd)
	{
		if (::fcntl(fd, F_GETFD) >= 0) continue;
		// open(2) gives the lowest free number, which is fd.
		if (::open("/dev/null", O_RDWR) != fd) throwErrno("cannot open /dev/null");
	}
}


void Daemonizer::daemonize(const std::string& workDir, unsigned umask)
{
	// While errors can still be thrown to whoever holds the PID file and the sockets.
	if (::chdir(workDir.c_str()) != 0) throwErrno("cannot change to the folder '" + workDir + "' (daemon.workDir)");

	std::array<int, 2> fds{};
	if (::pipe2(fds.data(), O_CLOEXEC) != 0) throwErrno("cannot create the readiness pipe");
	const FileDescriptor reading(fds[0]);
	_verdict.reset(fds[1]);
	::prctl(PR_SET_CHILD_SUBREAPER, 1);

	// What stdio still holds would be written by each of the three processes.
	std::fflush(nullptr);
	const pid_t first = ::fork();
	if (first < 0)
	{
		const int error = errno;
		_verdict.reset(); // there is no other process to tell, or to be told
		throw SystemException("cannot fork", error);
	}
	if (first > 0)
	{
		_verdict.reset();
		waitForVerdict(reading.get(), first);
	}
	if (::setsid() < 0) throwErrno("cannot start a session");
	const pid_t second = ::fork();
	if (second > 0) ::_exit(0);
	const int error = errno;
	// Whoever goes on is the one whose end matters. Without a launcher there is nobody to tell.
	const pid_t self = ::getpid();
	if (::write(_verdict.get(), &self, sizeof self) < 0) _verdict.reset();
	if (second < 0) throw SystemException("cannot fork", error);

	::umask(static_cast<mode_t>(umask));
}


void Daemonizer::redirect(const std::string& standardOutput, const std::string& standardError)
{
	constexpr int APPEND = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW;
	openAs(0, "/dev/null", O_RDONLY);
	openAs(1, standardOutput.empty() ? "/dev/null" : standardOutput, standardOutput.empty() ? O_WRONLY : APPEND);
	openAs(2, standardError.empty() ? "/dev/null" : standardError, standardError.empty() ? O_WRONLY : APPEND);
}


void Daemonizer::closeInChild()
{
	_verdict.reset();
}


bool Daemonizer::report(int exitCode, const std::string& message) noexcept
{
	if (!_verdict) return false;
	const FileDescriptor pipe = std::move(_verdict);
	// A launcher that was killed meanwhile wants no verdict: SIGPIPE is ignored, and so is the error.
	const char code = static_cast<char>(exitCode);
	if (::write(pipe.get(), &code, 1) == 1 && !message.empty())
	{
		const ssize_t written = ::write(pipe.get(), message.data(), message.size());
		static_cast<void>(written);
	}
	return true;
}


} // namespace TaskDaemon
