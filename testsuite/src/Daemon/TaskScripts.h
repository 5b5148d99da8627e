#ifndef TaskDaemon_Test_TaskScripts_INCLUDED
#define TaskDaemon_Test_TaskScripts_INCLUDED


#include "ChildProcess.h"
#include "TaskDaemon/Task/Protocol.h"
#include "TaskDaemon/Task/Runner.h"
#include "TemporaryFolder.h"
#include <string>
#include <sys/stat.h>
#include <utility>


namespace TaskDaemon {


class TaskScripts
/// Shell scripts to run as tasks, in a folder with two FIFOs: by "tell" they tell how far they are, from "go" they read when to go on. Not thread-safe.
{
public:
	TaskScripts()
	{
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_folder.path("tell").c_str(), 0600));
		_tell = openFile(_folder.path("tell"), O_RDONLY | O_NONBLOCK);
		_keepOpen = openFile(_folder.path("tell"), O_WRONLY);
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_folder.path("go").c_str(), 0600));
		_go = openFile(_folder.path("go"), O_RDWR);
	}

	const TemporaryFolder& folder() const
	{
		return _folder;
	}

	Spawn task(TaskId id, const std::string& script) const
	/// It runs in the folder; writes to ID.out and ID.err there; is killed 60 s after TERM.
	{
		Spawn spawn;
		spawn.key = {id, 1};
		spawn.command = {"sh", "-c", script};
		spawn.environment = {"PATH=/usr/bin:/bin"};
		spawn.cwd = _folder.path();
		spawn.stdoutFile = _folder.path(std::to_string(id) + ".out");
		spawn.stderrFile = _folder.path(std::to_string(id) + ".err");
		spawn.killAfter = 60 * SECOND;
		return spawn;
	}

	Spawn sleeper(TaskId id) const
	/// Ends by TERM; tells "ready".
	{
		return task(id, "echo ready >tell; exec sleep 1000");
	}

	Spawn stubborn(TaskId id, Microseconds killAfter) const
	/// Ends by KILL only; tells "ready" when that is so.
	{
		Spawn spawn = task(id, "trap '' TERM; echo ready >tell; sleep 1000; sleep 1000");
		spawn.killAfter = killAfter;
		return spawn;
	}

	std::string told() const
	/// The next line that a task tells.
	{
		return readLine(_tell.get());
	}

	void letGo() const
	/// One task.
	{
		writeAll(_go.get(), "\n", 1, "the FIFO");
	}

	void becomeOnlyReader()
	/// From here on the FIFO's end tells that no process of a task holds it any more.
	{
		_keepOpen.reset();
	}

	std::string toldUntilEnd() const
	{
		return readUntilEnd(_tell.get());
	}

private:
	TemporaryFolder _folder;
	FileDescriptor _tell;
	FileDescriptor _keepOpen;
	FileDescriptor _go;
};


class ForeignProcess
/// A process in a session of its own that is not our child, as a task of a supervisor that was killed. Killed with the object.
{
public:
	explicit ForeignProcess(bool ignoresTerm = false)
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		ChildProcess parent(
			[out = writing.get(), ignoresTerm]
			{
				if (::fork() != 0) return 0;
				::setsid();
				if (ignoresTerm) ::signal(SIGTERM, SIG_IGN);
				const std::string line = std::to_string(::getpid()) + "\n";
				writeAll(out, line.data(), line.size(), "a pipe");
				::close(out);
				for (;;) ::pause();
			});
		_pid = std::stoi(readLine(reading.get()));
		_pidfd = openPidfd(_pid);
		CPPUNIT_ASSERT_EQUAL(0, parent.exitCode());
	}

	~ForeignProcess()
	{
		signal(SIGKILL);
	}

	ForeignProcess(const ForeignProcess&) = delete;
	ForeignProcess& operator=(const ForeignProcess&) = delete;

	pid_t pid() const
	{
		return _pid;
	}

	std::uint64_t startTime() const
	{
		return processStartTime(_pid);
	}

	void signal(int number) const
	{
		::syscall(SYS_pidfd_send_signal, _pidfd.get(), number, nullptr, 0);
	}

	bool hasEnded(int timeoutMs = 0) const
	{
		return becomesReadable(_pidfd.get(), timeoutMs);
	}

private:
	pid_t _pid = 0;
	FileDescriptor _pidfd;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_TaskScripts_INCLUDED
