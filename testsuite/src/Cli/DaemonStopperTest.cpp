#include "Cli/DaemonStopper.h"
#include "ChildProcess.h"
#include "ClientRun.h"
#include "FakeDaemon.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileLock.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class DaemonStopperTest: public CppUnit::TestFixture
/// Against a child that holds the PID file as a daemon does and takes signals as it was told.
{
	CPPUNIT_TEST_SUITE(DaemonStopperTest);
	CPPUNIT_TEST(testNotRunning);
	CPPUNIT_TEST(testStops);
	CPPUNIT_TEST(testStillStopping);
	CPPUNIT_TEST(testStoppingAlready);
	CPPUNIT_TEST(testForce);
	CPPUNIT_TEST(testForceAfterTimeout);
	CPPUNIT_TEST(testKills);
	CPPUNIT_TEST(testPermission);
	CPPUNIT_TEST(testCommand);
	CPPUNIT_TEST(testStatusWithoutSocket);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _home;

	std::string pidFile() const
	{
		return _home.path("taskdaemon.pid");
	}

	class FakeSupervisor
	/// Ends with the number of the signal that it obeys, and ignores the others.
	{
	public:
		FakeSupervisor(const std::string& pidFile, const std::vector<int>& ignored):
			_pipe(makePipe()), _child([this, &pidFile, &ignored] { return serve(pidFile, ignored); })
		{
			readLine(_pipe.first.get());
		}

		ChildProcess& child()
		{
			return _child;
		}

	private:
		int serve(const std::string& pidFile, const std::vector<int>& ignored)
		{
			sigset_t signals;
			sigemptyset(&signals);
			for (const int number : {SIGTERM, SIGQUIT, SIGUSR1}) sigaddset(&signals, number);
			for (const int number : ignored)
			{
				sigdelset(&signals, number); // a blocked signal is never ignored: signal(7)
				std::signal(number, SIG_IGN);
			}
			::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
			const FileDescriptor file = openFile(pidFile, O_RDWR | O_CREAT, 0644);
			if (!tryLockFile(file.get())) return 1;
			const std::string line = std::to_string(::getpid()) + "\n";
			writeAll(file.get(), line.data(), line.size(), "the PID file");
			writeAll(_pipe.second.get(), "\n", 1, "the signal");
			int number = 0;
			::sigwait(&signals, &number);
			return number;
		}

		std::pair<FileDescriptor, FileDescriptor> _pipe;
		ChildProcess _child;
	};

	DaemonStopper::Result stop(const StopOptions& options, Microseconds forceGrace = 10 * SECOND)
	{
		GlobalOptions global;
		global.home = _home.path();
		Context context(global, STDOUT_FILENO);
		return DaemonStopper(context, options, forceGrace).stop();
	}

	void testNotRunning()
	{
		CPPUNIT_ASSERT(stop({}) == DaemonStopper::Result::NOT_RUNNING);
		ChildProcess stranger(
			[]
			{
				for (;;) ::pause();
				return 0;
			});
		_home.write("taskdaemon.pid", std::to_string(stranger.pid()) + "\n");
		StopOptions options;
		CPPUNIT_ASSERT(stop(options) == DaemonStopper::Result::NOT_RUNNING);
		options.force = true;
		CPPUNIT_ASSERT(stop(options) == DaemonStopper::Result::NOT_RUNNING);
		CPPUNIT_ASSERT(!stranger.hasEnded());
	}

	void testStops()
	{
		FakeSupervisor supervisor(pidFile(), {});
		CPPUNIT_ASSERT(stop({}) == DaemonStopper::Result::STOPPED);
		CPPUNIT_ASSERT(supervisor.child().hasEnded());
		CPPUNIT_ASSERT_EQUAL(int(SIGTERM), supervisor.child().exitCode());
	}

	void testStillStopping()
	{
		FakeSupervisor supervisor(pidFile(), {SIGTERM});
		StopOptions options;
		options.timeout = "20ms";
		const std::string message = messageOf<BusyException>([&] { stop(options); });
		CPPUNIT_ASSERT(
			message.find("(PID " + std::to_string(supervisor.child().pid()) + ") is still stopping after 20ms") != std::string::npos);
		CPPUNIT_ASSERT(!supervisor.child().hasEnded());
	}

	void testStoppingAlready()
	/// A second TERM would stop the tasks that the first one lets finish.
	{
		FakeSupervisor supervisor(pidFile(), {});
		const std::string pid = std::to_string(supervisor.child().pid());
		FakeDaemon draining({FakeDaemon::json(200, "{\"state\":\"draining\",\"supervisor_pid\":" + pid + "}")});
		_home.write("taskdaemon.properties", "control.socket = " + draining.path() + "\n");
		StopOptions options;
		options.timeout = "20ms";
		CPPUNIT_ASSERT_THROW(stop(options), BusyException);
		CPPUNIT_ASSERT(!supervisor.child().hasEnded());
		// Another daemon's state says nothing.
		FakeDaemon other({FakeDaemon::json(200, "{\"state\":\"draining\",\"supervisor_pid\":1}")});
		_home.write("taskdaemon.properties", "control.socket = " + other.path() + "\n");
		options.timeout = "30s";
		CPPUNIT_ASSERT(stop(options) == DaemonStopper::Result::STOPPED);
	}

	void testForce()
	{
		FakeSupervisor supervisor(pidFile(), {SIGTERM});
		StopOptions options;
		options.force = true;
		CPPUNIT_ASSERT(stop(options) == DaemonStopper::Result::STOPPED);
		CPPUNIT_ASSERT_EQUAL(int(SIGQUIT), supervisor.child().exitCode());
	}

	void testForceAfterTimeout()
	{
		FakeSupervisor supervisor(pidFile(), {SIGTERM});
		StopOptions options;
		options.force = true;
		options.timeout = "20ms";
		CPPUNIT_ASSERT(stop(options) == DaemonStopper::Result::STOPPED);
		CPPUNIT_ASSERT_EQUAL(int(SIGQUIT), supervisor.child().exitCode());
	}

	void testKills()
	{
		FakeSupervisor supervisor(pidFile(), {SIGTERM, SIGQUIT});
		StopOptions options;
		options.force = true;
		CPPUNIT_ASSERT(stop(options, 20 * MILLISECOND) == DaemonStopper::Result::KILLED);
		CPPUNIT_ASSERT_EQUAL(128 + SIGKILL, supervisor.child().exitCode());
	}

	void testPermission()
	{
		if (::geteuid() != 0) return; // needs two users
		FakeSupervisor supervisor(pidFile(), {});
		::chmod(_home.path().c_str(), 0755);
		inChild(
			[&]
			{
				CPPUNIT_ASSERT_EQUAL(0, ::setuid(65534));
				try
				{
					stop({});
					CPPUNIT_FAIL("no exception");
				}
				catch (const Exception& exc)
				{
					CPPUNIT_ASSERT_EQUAL(77, exc.exitCode());
				}
			});
		CPPUNIT_ASSERT(!supervisor.child().hasEnded());
	}

	void testCommand()
	{
		const ClientRun none(_home.path(), {"stop"});
		CPPUNIT_ASSERT_EQUAL(0, none.code);
		CPPUNIT_ASSERT_EQUAL(std::string("taskdaemon is not running\n"), none.out);
		const std::string other = _home.path("other.pid");
		FakeSupervisor supervisor(other, {});
		const std::string pid = std::to_string(supervisor.child().pid());
		const ClientRun run(_home.path(), {"stop", "--pid-file", other, "--output=json"});
		CPPUNIT_ASSERT_EQUAL_MESSAGE(run.err, 0, run.code);
		CPPUNIT_ASSERT_EQUAL("{\"result\":\"stopped\",\"pid\":" + pid + "}\n", run.out);
	}

	void testStatusWithoutSocket()
	/// The LSB's codes.
	{
		CPPUNIT_ASSERT_EQUAL(3, ClientRun(_home.path(), {"status"}).code);
		_home.write("taskdaemon.pid", "1\n");
		CPPUNIT_ASSERT_EQUAL(1, ClientRun(_home.path(), {"status"}).code);
		FakeSupervisor supervisor(pidFile(), {});
		const ClientRun run(_home.path(), {"status"});
		CPPUNIT_ASSERT_EQUAL(4, run.code);
		CPPUNIT_ASSERT(run.out.find("(PID " + std::to_string(supervisor.child().pid()) + ")") != std::string::npos);
		{
			FakeDaemon forbidding({FakeDaemon::json(403, R"({"error":{"message":"not for you"}})")});
			_home.write("taskdaemon.properties", "control.socket = " + forbidding.path() + "\n");
			CPPUNIT_ASSERT_EQUAL(0, ClientRun(_home.path(), {"status"}).code);
		}
		CPPUNIT_ASSERT_EQUAL(std::string("{\"state\":\"unknown\"}\n"), ClientRun(_home.path(), {"status", "--output=json"}).out);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(DaemonStopperTest, "Cli");
