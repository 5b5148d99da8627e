#include "TaskDaemon/Task/Runner.h"
#include "ChildProcess.h"
#include "TemporaryFolder.h"
#include <cstdlib>
#include <sys/resource.h>
#include <sys/stat.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class RunnerTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(RunnerTest);
	CPPUNIT_TEST(testSession);
	CPPUNIT_TEST(testStandardDescriptors);
	CPPUNIT_TEST(testNoInheritedDescriptor);
	CPPUNIT_TEST(testSignals);
	CPPUNIT_TEST(testUmaskFolderEnvironment);
	CPPUNIT_TEST(testArguments);
	CPPUNIT_TEST(testPathSearch);
	CPPUNIT_TEST(testPathEmptyEntries);
	CPPUNIT_TEST(testPathDefault);
	CPPUNIT_TEST(testNotExecutable);
	CPPUNIT_TEST(testScriptWithoutInterpreter);
	CPPUNIT_TEST(testTooLong);
	CPPUNIT_TEST(testBadFolder);
	CPPUNIT_TEST(testOutputFolderIsMade);
	CPPUNIT_TEST(testOutputRefused);
	CPPUNIT_TEST(testNoProcessLeft);
	CPPUNIT_TEST(testProcessLimit);
	CPPUNIT_TEST(testThousandSpawns);
	CPPUNIT_TEST(testProcessStartTime);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	Spawn request(const std::vector<std::string>& command, const std::vector<std::string>& environment = {"PATH=/usr/bin:/bin"}) const
	{
		Spawn spawn;
		spawn.command = command;
		spawn.environment = environment;
		spawn.cwd = _folder.path();
		spawn.stdoutFile = _folder.path("out");
		spawn.stderrFile = _folder.path("err");
		return spawn;
	}

	static int finish(SpawnedProcess& process)
	/// Gives wait(2)'s status.
	{
		CPPUNIT_ASSERT_EQUAL_MESSAGE(process.detail, 0, process.error);
		CPPUNIT_ASSERT(process.pid > 0);
		CPPUNIT_ASSERT(becomesReadable(process.pidfd.get()));
		int status = -1;
		CPPUNIT_ASSERT_EQUAL(process.pid, ::waitpid(process.pid, &status, 0));
		return status;
	}

	std::string output(const Spawn& spawn) const
	/// What a run that succeeds without a word on stderr has written.
	{
		std::filesystem::remove(spawn.stdoutFile);
		SpawnedProcess process = Runner().spawn(spawn);
		const int status = finish(process);
		CPPUNIT_ASSERT_EQUAL(""s, _folder.read("err"));
		CPPUNIT_ASSERT_EQUAL(0, status);
		return _folder.read("out");
	}

	std::string shell(const std::string& script) const
	{
		return output(request({"sh", "-c", script}));
	}

	static void expectFailure(const Spawn& spawn, int error, const std::string& detail)
	{
		const SpawnedProcess process = Runner().spawn(spawn);
		CPPUNIT_ASSERT_EQUAL(detail, process.detail);
		CPPUNIT_ASSERT_EQUAL(error, process.error);
		CPPUNIT_ASSERT_EQUAL(pid_t(0), process.pid);
	}

	std::string program(const std::string& name, const std::string& content, mode_t mode = 0755) const
	{
		std::filesystem::create_directories(std::filesystem::path(_folder.path(name)).parent_path());
		std::string path = _folder.write(name, content);
		CPPUNIT_ASSERT_EQUAL(0, ::chmod(path.c_str(), mode));
		return path;
	}

public:
	void testSession()
	{
		Spawn spawn = request(
			{"sh", "-c", "read pid name state ppid pgrp session tty rest </proc/$$/stat; echo $pid $ppid $pgrp $session $tty"});
		SpawnedProcess process = Runner().spawn(spawn);
		const std::string pid = std::to_string(process.pid);
		CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(process.pidfd.get(), F_GETFD));
		CPPUNIT_ASSERT_EQUAL(0, finish(process));
		CPPUNIT_ASSERT_EQUAL(pid + " " + std::to_string(::getpid()) + " " + pid + " " + pid + " 0\n", _folder.read("out"));
	}

	void testStandardDescriptors()
	{
		_folder.write("out", "before\n");
		_folder.write("err", "earlier\n");
		SpawnedProcess process = Runner().spawn(
			request({"sh", "-c", "readlink /proc/$$/fd/0; grep ^flags /proc/$$/fdinfo/1; echo error >&2; exit 7"}));
		CPPUNIT_ASSERT_EQUAL(7, WEXITSTATUS(finish(process)));
		// O_WRONLY|O_APPEND, and O_NOFOLLOW, which fcntl(2) shows too: blocking, as every program expects its output to be.
		CPPUNIT_ASSERT_EQUAL("before\n/dev/null\nflags:\t0502001\n"s, _folder.read("out"));
		CPPUNIT_ASSERT_EQUAL("earlier\nerror\n"s, _folder.read("err"));

		Spawn both = request({"sh", "-c", "echo a; echo b >&2; echo c"});
		both.stdoutFile = both.stderrFile = _folder.path("both");
		process = Runner().spawn(both);
		CPPUNIT_ASSERT_EQUAL(0, finish(process));
		CPPUNIT_ASSERT_EQUAL("a\nb\nc\n"s, _folder.read("both"));
		struct stat info = {};
		CPPUNIT_ASSERT_EQUAL(0, ::stat(_folder.path("both").c_str(), &info));
		CPPUNIT_ASSERT_EQUAL(0U, info.st_mode & 07137U);
	}

	void testNoInheritedDescriptor()
	{
		const FileDescriptor low(::open("/etc/passwd", O_RDONLY));
		const FileDescriptor high(::fcntl(low.get(), F_DUPFD, 900));
		CPPUNIT_ASSERT_EQUAL(0, ::fcntl(high.get(), F_GETFD));
		// The -e leaves out the descriptor by which the shell itself read the folder.
		CPPUNIT_ASSERT_EQUAL("0\n1\n2\n"s, shell("for f in /proc/$$/fd/*; do [ -e $f ] && echo ${f##*/}; done; true"));
	}

	void testSignals()
	{
		inChild(
			[this]
			{
				::signal(SIGPIPE, SIG_IGN);
				::signal(SIGHUP, SIG_IGN);
				::signal(SIGRTMIN + 3, SIG_IGN);
				::signal(SIGUSR1, [](int) {});
				sigset_t all;
				::sigfillset(&all);
				::sigprocmask(SIG_SETMASK, &all, nullptr);
				const std::string none = "0000000000000000\n";
				CPPUNIT_ASSERT_EQUAL("SigPnd:\t" + none + "SigBlk:\t" + none + "SigIgn:\t" + none,
					output(request({"grep", "^Sig[PBI]", "/proc/self/status"})));
				// Nothing of it touched the parent, with which the child shared its memory.
				struct sigaction current = {};
				::sigaction(SIGPIPE, nullptr, &current);
				CPPUNIT_ASSERT(current.sa_handler == SIG_IGN);
				sigset_t mask;
				::sigprocmask(SIG_BLOCK, nullptr, &mask);
				CPPUNIT_ASSERT_EQUAL(1, ::sigismember(&mask, SIGTERM));
			});
	}

	void testUmaskFolderEnvironment()
	{
		const mode_t before = ::umask(022);
		Spawn spawn = request({"sh", "-c", "umask; pwd; env"}, {"PATH=/usr/bin:/bin", "B=2", "A=gr\xC3\xBC\xFF", "EMPTY="});
		spawn.umask = 0137;
		CPPUNIT_ASSERT_EQUAL(0, ::mkdir(_folder.path("d").c_str(), 0700));
		spawn.cwd = _folder.path("d");
		const std::string text = output(spawn);
		CPPUNIT_ASSERT_EQUAL("0137\n" + spawn.cwd + "\n", text.substr(0, 6 + spawn.cwd.size()));
		CPPUNIT_ASSERT_EQUAL_MESSAGE("ours stays", mode_t(022), ::umask(before));
		// env(1) itself, since a shell adds variables of its own.
		spawn.command = {"env"};
		CPPUNIT_ASSERT_EQUAL("PATH=/usr/bin:/bin\nB=2\nA=gr\xC3\xBC\xFF\nEMPTY=\n"s, output(spawn));
		spawn.command = {"/usr/bin/env"};
		spawn.environment = {};
		CPPUNIT_ASSERT_EQUAL(""s, output(spawn));
	}

	void testArguments()
	{
		CPPUNIT_ASSERT_EQUAL("[][ a b ][*][$HOME][\xFF\n]"s, output(request({"printf", "[%s]", "", " a b ", "*", "$HOME", "\xFF\n"})));
		CPPUNIT_ASSERT_EQUAL("[printf is argv 0 here, whatever was found]"s,
			output(request({"sh", "-c", "echo -n \"[$0 is argv 0 here, whatever was found]\"", "printf"})));
	}

	void testPathSearch()
	{
		program("a/tool", "#!/bin/sh\necho forbidden\n", 0644);
		program("b/tool", "#!/bin/sh\necho b\n");
		program("c/tool", "#!/bin/sh\necho c\n");
		const std::string path = _folder.path();
		// Passed over: what is missing, what is no folder, what is forbidden. Of two PATHs the first counts, as for getenv(3).
		const std::string search = "PATH=/nope:/etc/passwd:" + path + "/a:" + path + "/b:" + path + "/c";
		CPPUNIT_ASSERT_EQUAL("b\n"s, output(request({"tool"}, {"X=1", search, "PATH=" + path + "/c"})));
		CPPUNIT_ASSERT_EQUAL_MESSAGE("relative to the task's folder", "c\n"s, output(request({"tool"}, {"PATH=c:b"})));
		expectFailure(request({"tool"}, {"PATH=" + path + "/a:/nope"}), EACCES, "cannot execute 'tool': Permission denied");
		expectFailure(request({"tool"}, {"PATH=/etc/passwd:/nope"}), ENOENT, "cannot execute 'tool': No such file or directory");
		// Our own PATH has no say.
		inChild(
			[&]
			{
				::setenv("PATH", (path + "/b").c_str(), 1);
				expectFailure(request({"tool"}), ENOENT, "cannot execute 'tool': No such file or directory");
			});
	}

	void testPathEmptyEntries()
	{
		program("tool", "#!/bin/sh\necho here\n");
		for (const std::string path : {"", ":", ":/nope", "/nope:", "/nope::/bin"})
			CPPUNIT_ASSERT_EQUAL_MESSAGE(path, "here\n"s, output(request({"tool"}, {"PATH=" + path})));
		CPPUNIT_ASSERT_EQUAL("here\n"s, output(request({"./tool"}, {"PATH=/bin"})));
		expectFailure(request({"tool"}, {"PATH=/bin"}), ENOENT, "cannot execute 'tool': No such file or directory");
		expectFailure(request({""}), ENOENT, "cannot execute '': No such file or directory");
	}

	void testPathDefault()
	{
		CPPUNIT_ASSERT_EQUAL("x"s, output(request({"printf", "x"}, {"PATHS=/nope", "XPATH=/nope"})));
	}

	void testNotExecutable()
	{
		const std::string plain = program("plain", "#!/bin/sh\n", 0644);
		expectFailure(request({plain}), EACCES, "cannot execute '" + plain + "': Permission denied");
		expectFailure(request({_folder.path()}), EACCES, "cannot execute '" + _folder.path() + "': Permission denied");
		const std::string orphan = program("orphan", "#!/nope/interpreter\n");
		expectFailure(request({orphan}), ENOENT, "cannot execute '" + orphan + "': No such file or directory");
		expectFailure(request({"/etc/passwd/x"}), ENOTDIR, "cannot execute '/etc/passwd/x': Not a directory");
		CPPUNIT_ASSERT_EQUAL(""s, _folder.read("err"));
	}

	void testScriptWithoutInterpreter()
	{
		const std::string script = program("script", "echo \"$0|$1|$2\"; exit 3\n");
		SpawnedProcess process = Runner().spawn(request({"script", "a b", "c"}, {"PATH=" + _folder.path()}));
		CPPUNIT_ASSERT_EQUAL(3, WEXITSTATUS(finish(process)));
		CPPUNIT_ASSERT_EQUAL(script + "|a b|c\n", _folder.read("out"));
		CPPUNIT_ASSERT_EQUAL_MESSAGE("an empty one succeeds", ""s, output(request({program("empty", "")})));
	}

	void testTooLong()
	{
		expectFailure(request({"true", std::string(200 * 1000, 'x')}), E2BIG, "cannot execute 'true': Argument list too long");
		expectFailure(request({"true"}, {"X=" + std::string(200 * 1000, 'x')}), E2BIG, "cannot execute 'true': Argument list too long");
		// What can be no path must not make a message that no packet can carry.
		const std::string name(15 * 1000 * 1000, 'n');
		expectFailure(request({"/" + name}), ENAMETOOLONG, "cannot execute '/" + name.substr(0, 4095) + "...': File name too long");
		Spawn spawn = request({"true"});
		spawn.cwd = "/" + name;
		expectFailure(spawn, ENAMETOOLONG, "cannot enter the folder '/" + name.substr(0, 4095) + "...': File name too long");
	}

	void testBadFolder()
	{
		Spawn spawn = request({"true"});
		spawn.cwd = "/nope";
		expectFailure(spawn, ENOENT, "cannot enter the folder '/nope': No such file or directory");
		spawn.cwd = "/etc/passwd";
		expectFailure(spawn, ENOTDIR, "cannot enter the folder '/etc/passwd': Not a directory");
		spawn.cwd = "";
		expectFailure(spawn, ENOENT, "cannot enter the folder '': No such file or directory");
	}

	void testOutputFolderIsMade()
	{
		Spawn spawn = request({"sh", "-c", "echo out; echo err >&2"});
		spawn.stdoutFile = _folder.path("17/17001.out");
		spawn.stderrFile = _folder.path("17/17001.err");
		SpawnedProcess process = Runner().spawn(spawn);
		CPPUNIT_ASSERT_EQUAL(0, finish(process));
		CPPUNIT_ASSERT_EQUAL("out\n"s, _folder.read("17/17001.out"));
		CPPUNIT_ASSERT_EQUAL("err\n"s, _folder.read("17/17001.err"));
		struct stat info = {};
		CPPUNIT_ASSERT_EQUAL(0, ::stat(_folder.path("17").c_str(), &info));
		CPPUNIT_ASSERT_EQUAL(0U, info.st_mode & 07027U);
		// One level is made, no more: a missing task.logDir is a mistake to be told.
		spawn.stdoutFile = _folder.path("none/17/1.out");
		const std::string reason = "': No such file or directory";
		expectFailure(spawn, ENOENT, "cannot create the folder '" + _folder.path("none/17") + reason);
	}

	void testOutputRefused()
	{
		const std::string target = _folder.write("target", "untouched");
		std::filesystem::create_symlink(target, _folder.path("out"));
		expectFailure(
			request({"true"}), ELOOP, "cannot open the output file '" + _folder.path("out") + "': Too many levels of symbolic links");
		std::filesystem::remove(_folder.path("out"));
		std::filesystem::create_symlink(_folder.path("nowhere"), _folder.path("out"));
		expectFailure(
			request({"true"}), ELOOP, "cannot open the output file '" + _folder.path("out") + "': Too many levels of symbolic links");
		CPPUNIT_ASSERT(!std::filesystem::exists(_folder.path("nowhere")));
		CPPUNIT_ASSERT_EQUAL("untouched"s, _folder.read("target"));

		Spawn spawn = request({"true"});
		spawn.stdoutFile = _folder.path();
		expectFailure(spawn, EISDIR, "cannot open the output file '" + _folder.path() + "': Is a directory");

		// A task may plant a FIFO where the next one's output will go: it must not hang us, with nobody reading it or somebody.
		spawn.stdoutFile = _folder.path("fifo");
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(spawn.stdoutFile.c_str(), 0666));
		expectFailure(spawn, ENXIO, "cannot open the output file '" + spawn.stdoutFile + "': No such device or address");
		const FileDescriptor reader = openFile(spawn.stdoutFile, O_RDONLY | O_NONBLOCK);
		expectFailure(spawn, ENXIO, "cannot open the output file '" + spawn.stdoutFile + "': No such device or address");
	}

	void testNoProcessLeft()
	{
		inChild(
			[this]
			{
				Spawn spawn = request({"/nope"});
				expectFailure(spawn, ENOENT, "cannot execute '/nope': No such file or directory");
				CPPUNIT_ASSERT_EQUAL(pid_t(-1), ::waitpid(-1, nullptr, WNOHANG));
				CPPUNIT_ASSERT_EQUAL(ECHILD, errno);
			});
	}

	void testProcessLimit()
	{
		inChild(
			[this]
			{
				// Root is exempt, and a folder of root's is closed to others.
				std::filesystem::permissions(_folder.path(), std::filesystem::perms::all);
				if (::geteuid() == 0) CPPUNIT_ASSERT_EQUAL(0, ::setresuid(65534, 65534, 65534));
				const rlimit none{0, 0};
				CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NPROC, &none));
				expectFailure(request({"true"}), EAGAIN, "cannot start a process for 'true': Resource temporarily unavailable");
				const rlimit few{64, 64};
				CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NOFILE, &few));
				int last = -1;
				for (int fd = 0; fd >= 0; fd = ::dup(0)) last = fd;
				::close(last);
				::close(last - 1);
				expectFailure(request({"true"}), EMFILE, "cannot open the output file '" + _folder.path("err") + "': Too many open files");
			});
	}

	void testThousandSpawns()
	{
		const std::size_t before = openDescriptors();
		{
			Runner runner;
			const Spawn good = request({"true"});
			const Spawn bad = request({"/nope"});
			for (int i = 0; i < 1000; ++i)
			{
				SpawnedProcess process = runner.spawn(i % 4 == 3 ? bad : good);
				if (i % 4 == 3)
					CPPUNIT_ASSERT_EQUAL(ENOENT, process.error);
				else
					CPPUNIT_ASSERT_EQUAL(0, finish(process));
			}
			CPPUNIT_ASSERT_EQUAL_MESSAGE("/dev/null is the runner's own", before + 1, openDescriptors());
		}
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
		CPPUNIT_ASSERT_EQUAL(""s, _folder.read("err"));
	}

	void testProcessStartTime()
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		ChildProcess child(
			[&, out = writing.get()]
			{
				::prctl(PR_SET_NAME, ") R 1 2 3 (x)");
				writeAll(out, "\n", 1, "a pipe");
				::pause();
				return 0;
			});
		const std::uint64_t started = processStartTime(child.pid());
		readLine(reading.get());
		CPPUNIT_ASSERT_EQUAL_MESSAGE("the name, whatever it is, changes nothing", started, processStartTime(child.pid()));
		CPPUNIT_ASSERT(started >= processStartTime(::getpid()) && processStartTime(::getpid()) > 0);
		::kill(child.pid(), SIGKILL);
		CPPUNIT_ASSERT(child.hasEnded(DEADLINE_MS));
		CPPUNIT_ASSERT_EQUAL_MESSAGE("a zombie still has it", started, processStartTime(child.pid()));
		const pid_t pid = child.pid();
		child.wait();
		CPPUNIT_ASSERT_EQUAL(std::uint64_t(0), processStartTime(pid));
		CPPUNIT_ASSERT_EQUAL(std::uint64_t(0), processStartTime(-1));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(RunnerTest, "Spawn");
