#include "Cli/PidFileProbe.h"
#include "ChildProcess.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileLock.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>


using namespace TaskDaemon;
using Cli::PidFileProbe;


class PidFileProbeTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(PidFileProbeTest);
	CPPUNIT_TEST(testAbsent);
	CPPUNIT_TEST(testDead);
	CPPUNIT_TEST(testAlive);
	CPPUNIT_TEST(testForeignPid);
	CPPUNIT_TEST(testNoPidYet);
	CPPUNIT_TEST(testEndsMeanwhile);
	CPPUNIT_TEST(testNotAFile);
	CPPUNIT_TEST(testLeavesNoLock);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	static bool isPresence(const PidFileProbe& probe, PidFileProbe::Presence presence)
	{
		return probe.presence() == presence;
	}

	void testAbsent()
	{
		CPPUNIT_ASSERT(isPresence(PidFileProbe(_folder.path("none")), PidFileProbe::Presence::ABSENT));
		CPPUNIT_ASSERT(isPresence(PidFileProbe(_folder.path("none/none")), PidFileProbe::Presence::ABSENT));
	}

	void testDead()
	{
		for (const std::string& text : {std::string(), std::string("garbage\n"), std::string("0\n"), std::string("-1\n"),
				 std::string(5000, '9'), std::to_string(::getpid()) + "\n"})
		{
			const PidFileProbe probe(_folder.write("pid", text));
			CPPUNIT_ASSERT(isPresence(probe, PidFileProbe::Presence::DEAD));
			CPPUNIT_ASSERT(probe.pid() == 0 || probe.pid() == ::getpid());
		}
	}

	void testAlive()
	{
		auto [ready, notify] = makePipe();
		ChildProcess daemon([&, out = notify.get()] { return hold(out, std::to_string(::getpid()) + "\n12345 boot\n"); });
		readLine(ready.get());
		const PidFileProbe probe(_folder.path("pid"));
		CPPUNIT_ASSERT(isPresence(probe, PidFileProbe::Presence::ALIVE));
		CPPUNIT_ASSERT_EQUAL(daemon.pid(), probe.pid());
		const FileDescriptor process = probe.openProcess();
		CPPUNIT_ASSERT(process);
		CPPUNIT_ASSERT_EQUAL(0L, ::syscall(SYS_pidfd_send_signal, process.get(), SIGKILL, nullptr, 0));
		CPPUNIT_ASSERT_EQUAL(128 + SIGKILL, daemon.exitCode());
		CPPUNIT_ASSERT(isPresence(PidFileProbe(_folder.path("pid")), PidFileProbe::Presence::DEAD));
	}

	int hold(int notify, const std::string& text)
	/// In a child: locks the PID file with this text in it and stays.
	{
		const FileDescriptor file = openFile(_folder.path("pid"), O_RDWR | O_CREAT, 0644);
		if (!tryLockFile(file.get())) return 1;
		writeAll(file.get(), text.data(), text.size(), "the PID file");
		writeAll(notify, "\n", 1, "the signal");
		for (;;) ::pause();
	}

	void testForeignPid()
	/// What a daemon that starts sees of its predecessor's number, and what an attacker would write.
	{
		auto [ready, notify] = makePipe();
		ChildProcess stranger(
			[]
			{
				for (;;) ::pause();
				return 0;
			});
		ChildProcess daemon([&, out = notify.get()] { return hold(out, std::to_string(stranger.pid()) + "\n"); });
		readLine(ready.get());
		const PidFileProbe probe(_folder.path("pid"));
		CPPUNIT_ASSERT(isPresence(probe, PidFileProbe::Presence::ALIVE));
		const std::string message = messageOf<BusyException>([&] { probe.openProcess(); });
		CPPUNIT_ASSERT(message.find("does not hold its PID") != std::string::npos);
	}

	void testNoPidYet()
	{
		auto [ready, notify] = makePipe();
		ChildProcess daemon([&, out = notify.get()] { return hold(out, ""); });
		readLine(ready.get());
		const PidFileProbe probe(_folder.path("pid"));
		CPPUNIT_ASSERT(isPresence(probe, PidFileProbe::Presence::ALIVE));
		CPPUNIT_ASSERT_EQUAL(pid_t(0), probe.pid());
		CPPUNIT_ASSERT_THROW(probe.openProcess(), BusyException);
	}

	void testEndsMeanwhile()
	{
		auto [ready, notify] = makePipe();
		ChildProcess daemon([&, out = notify.get()] { return hold(out, std::to_string(::getpid()) + "\n"); });
		readLine(ready.get());
		const PidFileProbe probe(_folder.path("pid"));
		::kill(daemon.pid(), SIGKILL);
		daemon.wait();
		CPPUNIT_ASSERT(!probe.openProcess());
	}

	void testNotAFile()
	{
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_folder.path("fifo").c_str(), 0600));
		CPPUNIT_ASSERT_THROW(PidFileProbe(_folder.path("fifo")), Exception);
		CPPUNIT_ASSERT_THROW(PidFileProbe(_folder.path()), Exception);
	}

	void testLeavesNoLock()
	{
		const std::string path = _folder.write("pid", "1\n");
		const PidFileProbe probe(path);
		const FileDescriptor file = openFile(path, O_RDWR);
		CPPUNIT_ASSERT(tryLockFile(file.get()));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(PidFileProbeTest, "Cli");
