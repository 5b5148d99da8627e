#ifndef TaskDaemon_Test_ChildProcess_INCLUDED
#define TaskDaemon_Test_ChildProcess_INCLUDED


#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Time.h"
#include <array>
#include <cerrno>
#include <cppunit/extensions/HelperMacros.h>
#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <tuple>
#include <unistd.h>
#include <utility>


constexpr int DEADLINE_MS = 30000;
/// No wait of a test is longer; none is expected to come near.


inline std::pair<TaskDaemon::FileDescriptor, TaskDaemon::FileDescriptor> makePipe()
/// The reading end, the writing end.
{
	std::array<int, 2> fds{};
	if (::pipe2(fds.data(), O_CLOEXEC) != 0) TaskDaemon::throwErrno("cannot create a pipe");
	return {TaskDaemon::FileDescriptor(fds[0]), TaskDaemon::FileDescriptor(fds[1])};
}


inline TaskDaemon::FileDescriptor openPidfd(pid_t pid)
{
	return TaskDaemon::FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}


inline bool becomesReadable(int fd, int timeoutMs = DEADLINE_MS)
{
	pollfd what{fd, POLLIN, 0};
	return ::poll(&what, 1, timeoutMs) == 1;
}


inline std::string readUntilEnd(int fd)
/// Until nobody holds the pipe's other end. Fails the test at the deadline.
{
	std::string text;
	std::array<char, 4096> buffer{};
	for (;;)
	{
		CPPUNIT_ASSERT_MESSAGE("no end of the pipe after: " + text, becomesReadable(fd));
		const ssize_t got = ::read(fd, buffer.data(), buffer.size());
		if (got <= 0) return text;
		text.append(buffer.data(), static_cast<std::size_t>(got));
	}
}


inline std::string readLine(int fd)
/// Without its end. Fails the test at the deadline and at the end of the pipe.
{
	std::string line;
	for (char c = 0;;)
	{
		CPPUNIT_ASSERT_MESSAGE("no line after: " + line, becomesReadable(fd));
		CPPUNIT_ASSERT_MESSAGE("the pipe ended after: " + line, ::read(fd, &c, 1) == 1);
		if (c == '\n') return line;
		line += c;
	}
}


inline std::size_t openDescriptors()
/// How many this process has open.
{
	std::size_t count = 0;
	for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
	{
		static_cast<void>(entry);
		++count;
	}
	return count - 1; // the iterator's own
}


class ChildProcess
/// A forked copy of the test that runs a function and exits with its result; 99 when it throws. Killed and reaped with the object. Not thread-safe.
{
public:
	explicit ChildProcess(const std::function<int()>& main)
	{
		std::fflush(nullptr);
		const pid_t parent = ::getpid();
		_pid = ::fork();
		if (_pid < 0) TaskDaemon::throwErrno("cannot fork");
		if (_pid == 0)
		{
			::prctl(PR_SET_PDEATHSIG, SIGKILL);
			::_exit(::getppid() == parent ? guarded(main) : 98);
		}
		_pidfd = openPidfd(_pid);
	}

	~ChildProcess()
	{
		if (_pid <= 0) return;
		::kill(_pid, SIGKILL);
		::waitpid(_pid, nullptr, 0);
	}

	ChildProcess(const ChildProcess&) = delete;
	ChildProcess& operator=(const ChildProcess&) = delete;

	pid_t pid() const
	{
		return _pid;
	}

	bool hasEnded(int timeoutMs = 0) const
	{
		return becomesReadable(_pidfd.get(), timeoutMs);
	}

	int wait()
	/// Gives wait(2)'s status. Fails the test at the deadline.
	{
		CPPUNIT_ASSERT_MESSAGE("the child does not end", hasEnded(DEADLINE_MS));
		int status = 0;
		CPPUNIT_ASSERT_EQUAL(_pid, ::waitpid(_pid, &status, 0));
		_pid = 0;
		return status;
	}

	int exitCode()
	/// As wait(), in a shell's form: 128+N for a signal.
	{
		const int status = wait();
		return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	}

private:
	static int guarded(const std::function<int()>& main)
	{
		try
		{
			return main();
		}
		catch (const std::exception& exception)
		{
			std::fprintf(stderr, "in a forked child: %s\n", exception.what());
			return 99;
		}
	}

	pid_t _pid = 0;
	TaskDaemon::FileDescriptor _pidfd;
};


inline void inChild(const std::function<void()>& body)
/// Runs body in a forked child, since it changes what the test program has to keep: signals, limits, identity, folder. An assertion
/// that fails there fails here, with its place.
{
	auto [reading, writing] = makePipe();
	ChildProcess child(
		[&, out = writing.get()]
		{
			std::string failure;
			try
			{
				body();
				return 0;
			}
			catch (const CppUnit::Exception& exception)
			{
				failure = exception.sourceLine().fileName() + ":" + std::to_string(exception.sourceLine().lineNumber()) + ": " +
						  exception.what();
			}
			catch (const std::exception& exception)
			{
				failure = std::string("exception: ") + exception.what();
			}
			TaskDaemon::writeAll(out, failure.data(), failure.size(), "a failure");
			return 1;
		});
	writing.reset();
	const std::string failure = readUntilEnd(reading.get());
	const int exitCode = child.exitCode();
	if (!failure.empty()) CPPUNIT_FAIL(failure);
	CPPUNIT_ASSERT_EQUAL(0, exitCode);
}


template <typename E>
std::string messageOf(const std::function<void()>& action)
/// The message of the exception that action throws; fails the test when it throws none or another.
{
	try
	{
		action();
	}
	catch (const E& exception)
	{
		return exception.what();
	}
	CPPUNIT_FAIL("no exception");
	return {};
}


#endif // TaskDaemon_Test_ChildProcess_INCLUDED
