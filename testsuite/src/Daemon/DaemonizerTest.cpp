#include "Daemon/Daemonizer.h"
#include "ChildProcess.h"
#include "Daemon/Signals.h"
#include "TaskDaemon/Base/ExitCode.h"
#include "TemporaryFolder.h"
#include <sys/stat.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class DaemonizerTest: public CppUnit::TestFixture
/// The launcher is a forked child whose stdout and stderr are pipes; the daemon tells of itself through a third.
{
	CPPUNIT_TEST_SUITE(DaemonizerTest);
	CPPUNIT_TEST(testCloseInherited);
	CPPUNIT_TEST(testWhatTheDaemonIs);
	CPPUNIT_TEST(testLauncherWaits);
	CPPUNIT_TEST(testFailureVerdict);
	CPPUNIT_TEST(testFirstVerdictCounts);
	CPPUNIT_TEST(testDeathBySignal);
	CPPUNIT_TEST(testDeathWithDescendants);
	CPPUNIT_TEST(testExitWithoutVerdict);
	CPPUNIT_TEST(testServiceHoldsNoPipe);
	CPPUNIT_TEST(testBadFolder);
	CPPUNIT_TEST(testLauncherIsGone);
	CPPUNIT_TEST(testRedirect);
	CPPUNIT_TEST(testNoDaemonNoReport);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	struct Launch
	{
		int exitCode = -1;
		std::string out;
		std::string err;
		std::string told; /// by the daemon
	};

	static void become(int fd, const FileDescriptor& pipe)
	{
		CPPUNIT_ASSERT_EQUAL(fd, ::dup2(pipe.get(), fd));
	}

	Launch launch(const std::function<void(Daemonizer&, int tell)>& daemon, const std::string& workDir = "/", unsigned umask = 027) const
	{
		FileDescriptor outReading, outWriting;
		std::tie(outReading, outWriting) = makePipe();
		FileDescriptor errReading, errWriting;
		std::tie(errReading, errWriting) = makePipe();
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		ChildProcess launcher(
			[&, tell = writing.get()]
			{
				become(1, outWriting);
				become(2, errWriting);
				Signals::block();
				Daemonizer daemonizer;
				daemonizer.daemonize(workDir, umask);
				daemonizer.redirect("", "");
				outWriting.reset();
				errWriting.reset();
				daemon(daemonizer, tell);
				return 0;
			});
		for (FileDescriptor* end : {&outWriting, &errWriting, &writing}) end->reset();
		Launch result;
		result.err = readUntilEnd(errReading.get());
		result.out = readUntilEnd(outReading.get());
		result.exitCode = launcher.exitCode();
		result.told = readUntilEnd(reading.get());
		return result;
	}

	static void tell(int fd, const std::string& text)
	{
		writeAll(fd, text.data(), text.size(), "a pipe");
	}

public:
	void testCloseInherited()
	{
		inChild(
			[]
			{
				const FileDescriptor out(::fcntl(1, F_DUPFD, 500));
				const FileDescriptor high(::fcntl(0, F_DUPFD, 900));
				::close(0);
				::close(2);
				Daemonizer::closeInherited();
				CPPUNIT_ASSERT_EQUAL(-1, ::fcntl(900, F_GETFD));
				CPPUNIT_ASSERT_EQUAL(std::size_t(3), openDescriptors());
				for (const int fd : {0, 2})
					CPPUNIT_ASSERT_EQUAL("/dev/null"s, std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(fd)).string());
				CPPUNIT_ASSERT_EQUAL(3, ::dup(0));
			});
	}

	void testWhatTheDaemonIs()
	{
		const std::string workDir = _folder.path();
		const pid_t session = ::getsid(0);
		const Launch result = launch(
			[session](Daemonizer& daemonizer, int fd)
			{
				const mode_t umask = ::umask(0);
				std::string text = ::getsid(0) != ::getpid() ? "no leader" : "leader";
				text += ::getsid(0) != session ? ", new session" : ", old session";
				text += ::getpgrp() == ::getsid(0) ? ", its group" : ", other group";
				text += ::open("/dev/tty", O_RDWR) < 0 ? ", no terminal, " : ", terminal, ";
				for (int i = 0; i < 3; ++i) text += std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(i)).string() + " ";
				tell(fd, text + std::to_string(umask) + " " + std::filesystem::current_path().string());
				daemonizer.report(0, "TaskDaemon started with PID " + std::to_string(::getpid()));
			},
			workDir, 0137);
		CPPUNIT_ASSERT_EQUAL(
			"no leader, new session, its group, no terminal, /dev/null /dev/null /dev/null " + std::to_string(0137) + " " + workDir,
			result.told);
		CPPUNIT_ASSERT_EQUAL(0, result.exitCode);
		CPPUNIT_ASSERT_EQUAL(""s, result.err);
		CPPUNIT_ASSERT_EQUAL("TaskDaemon started with PID "s, result.out.substr(0, 28));
		CPPUNIT_ASSERT_EQUAL('\n', result.out.back());
	}

	void testLauncherWaits()
	/// It returns neither before the verdict nor only after the daemon's end; the daemon is init's then, or the next subreaper's.
	{
		FileDescriptor goReading, goWriting;
		std::tie(goReading, goWriting) = makePipe();
		FileDescriptor outReading, outWriting;
		std::tie(outReading, outWriting) = makePipe();
		ChildProcess launcher(
			[&, go = goReading.get()]
			{
				goWriting.reset();
				become(1, outWriting);
				Signals::block();
				Daemonizer daemonizer;
				daemonizer.daemonize("/", 022);
				const pid_t launcherPid = ::getppid();
				tell(1, std::to_string(::getpid()) + "\n");
				char byte = 0;
				if (::read(go, &byte, 1) != 1) return 1;
				daemonizer.report(0, "up");
				const FileDescriptor pidfd = openPidfd(launcherPid);
				if (pidfd) becomesReadable(pidfd.get());
				if (::read(go, &byte, 1) != 1) return 1;
				tell(1, ::getppid() == launcherPid ? "still the launcher's\n" : "free\n");
				return 0;
			});
		outWriting.reset();
		const std::string pid = readLine(outReading.get());
		CPPUNIT_ASSERT(!launcher.hasEnded());
		tell(goWriting.get(), "1");
		CPPUNIT_ASSERT_EQUAL(0, launcher.exitCode());
		CPPUNIT_ASSERT_EQUAL("up"s, readLine(outReading.get()));
		CPPUNIT_ASSERT_EQUAL(0, ::kill(std::stoi(pid), 0));
		tell(goWriting.get(), "2");
		CPPUNIT_ASSERT_EQUAL("free"s, readLine(outReading.get()));
		readUntilEnd(outReading.get());
	}

	void testFailureVerdict()
	{
		const std::string message = "taskdaemon: " + std::string(200 * 1000, 'x'); // more than a pipe holds
		const Launch result = launch([&](Daemonizer& daemonizer, int) { daemonizer.report(EXIT_CONFIG, message); });
		CPPUNIT_ASSERT_EQUAL(int(EXIT_CONFIG), result.exitCode);
		CPPUNIT_ASSERT_EQUAL(""s, result.out);
		CPPUNIT_ASSERT(message + "\n" == result.err);
	}

	void testFirstVerdictCounts()
	{
		const Launch result = launch(
			[](Daemonizer& daemonizer, int)
			{
				daemonizer.report(75, "first");
				daemonizer.report(0, "second");
			});
		CPPUNIT_ASSERT_EQUAL(75, result.exitCode);
		CPPUNIT_ASSERT_EQUAL("first\n"s, result.err);
		CPPUNIT_ASSERT_EQUAL(0, launch([](Daemonizer& daemonizer, int) { daemonizer.report(0, ""); }).exitCode);
	}

	void testDeathBySignal()
	{
		for (const int signal : {SIGKILL, SIGSEGV, SIGALRM})
		{
			const Launch result = launch([signal](Daemonizer&, int) { ::kill(::getpid(), signal); });
			CPPUNIT_ASSERT_EQUAL(128 + signal, result.exitCode);
			CPPUNIT_ASSERT_EQUAL(
				"taskdaemon: the daemon ended before it was ready, with signal " + std::to_string(signal) + "\n", result.err);
		}
	}

	void testDeathWithDescendants()
	/// As subreaper the launcher inherits what the daemon leaves: a service that dies with it, with another status, and a task that lives on.
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		const Launch result = launch(
			[&, in = reading.get()](Daemonizer& daemonizer, int fd)
			{
				daemonizer.redirect("", "");
				const pid_t self = ::getpid();
				if (::fork() == 0)
				{
					daemonizer.closeInChild();
					::prctl(PR_SET_PDEATHSIG, SIGKILL);
					while (::getppid() == self) ::pause();
					::_exit(3);
				}
				if (::fork() == 0)
				{
					daemonizer.closeInChild();
					::close(fd);
					writing.reset();
					readUntilEnd(in);
					::_exit(4);
				}
				::kill(self, SIGSEGV);
			});
		CPPUNIT_ASSERT_EQUAL(128 + SIGSEGV, result.exitCode);
		CPPUNIT_ASSERT_EQUAL("taskdaemon: the daemon ended before it was ready, with signal " + std::to_string(SIGSEGV) + "\n", result.err);
	}

	void testExitWithoutVerdict()
	{
		Launch result = launch([](Daemonizer&, int) { ::_exit(78); });
		CPPUNIT_ASSERT_EQUAL(78, result.exitCode);
		CPPUNIT_ASSERT_EQUAL("taskdaemon: the daemon ended before it was ready, with exit code 78\n"s, result.err);
		result = launch([](Daemonizer&, int) { ::_exit(0); });
		CPPUNIT_ASSERT_EQUAL_MESSAGE("success is claimed by a verdict only", int(EXIT_SOFTWARE), result.exitCode);
	}

	void testServiceHoldsNoPipe()
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		const Launch result = launch(
			[&, in = reading.get()](Daemonizer& daemonizer, int fd)
			{
				if (::fork() == 0)
				{
					daemonizer.closeInChild();
					::close(fd);
					writing.reset();
					readUntilEnd(in);
					::_exit(0);
				}
				daemonizer.report(0, "up");
			});
		CPPUNIT_ASSERT_EQUAL("up\n"s, result.out);
		CPPUNIT_ASSERT_EQUAL(0, result.exitCode);
	}

	void testBadFolder()
	/// Told in the foreground, where what was taken already is given back.
	{
		inChild(
			[]
			{
				const pid_t self = ::getpid();
				const std::size_t before = openDescriptors();
				Daemonizer daemonizer;
				CPPUNIT_ASSERT_EQUAL("cannot change to the folder '/nope' (daemon.workDir): No such file or directory"s,
					messageOf<SystemException>([&] { daemonizer.daemonize("/nope", 027); }));
				CPPUNIT_ASSERT_EQUAL(self, ::getpid());
				CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
			});
	}

	void testLauncherIsGone()
	/// Somebody was impatient: the daemon goes on all the same.
	{
		FileDescriptor goReading, goWriting;
		std::tie(goReading, goWriting) = makePipe();
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		{
			ChildProcess launcher(
				[&, go = goReading.get(), out = writing.get()]
				{
					goWriting.reset();
					Signals::block();
					Daemonizer daemonizer;
					daemonizer.daemonize("/", 022);
					tell(out, "up\n");
					readUntilEnd(go);
					daemonizer.report(0, "nobody hears");
					tell(out, "alive\n");
					return 0;
				});
			writing.reset();
			CPPUNIT_ASSERT_EQUAL("up"s, readLine(reading.get()));
			::kill(launcher.pid(), SIGINT);
			CPPUNIT_ASSERT_EQUAL(128 + SIGINT, launcher.exitCode());
		}
		goWriting.reset();
		CPPUNIT_ASSERT_EQUAL("alive"s, readLine(reading.get()));
	}

	void testRedirect()
	{
		inChild(
			[this]
			{
				_folder.write("err", "kept\n");
				Daemonizer daemonizer;
				daemonizer.redirect(_folder.path("out"), _folder.path("err"));
				tell(1, "to out\n");
				tell(2, "to err\n");
				char byte = 0;
				CPPUNIT_ASSERT_EQUAL(ssize_t(0), ::read(0, &byte, 1));
				CPPUNIT_ASSERT_EQUAL("to out\n"s, _folder.read("out"));
				CPPUNIT_ASSERT_EQUAL("kept\nto err\n"s, _folder.read("err"));
				std::filesystem::create_symlink("/etc/passwd", _folder.path("link"));
				CPPUNIT_ASSERT_EQUAL("cannot open '" + _folder.path("link") + "': Too many levels of symbolic links",
					messageOf<SystemException>([&] { daemonizer.redirect(_folder.path("link"), ""); }));
			});
	}

	void testNoDaemonNoReport()
	{
		const std::size_t before = openDescriptors();
		Daemonizer daemonizer;
		daemonizer.report(1, "nobody to tell");
		daemonizer.closeInChild();
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(DaemonizerTest, "Daemon");
