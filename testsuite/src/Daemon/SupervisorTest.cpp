#include "Daemon/SupervisorFixture.h"


using namespace TaskDaemon;
using namespace std::string_literals;


class SupervisorTest: public SupervisorFixture
{
	CPPUNIT_TEST_SUITE(SupervisorTest);
	CPPUNIT_TEST(testStart);
	CPPUNIT_TEST(testTask);
	CPPUNIT_TEST(testServiceKilled);
	CPPUNIT_TEST(testBrokenProtocol);
	CPPUNIT_TEST(testGreetingOfThousands);
	CPPUNIT_TEST(testServiceEndsAtStart);
	CPPUNIT_TEST(testServiceCannotStart);
	CPPUNIT_TEST(testLaterServiceCannotStart);
	CPPUNIT_TEST(testBackoff);
	CPPUNIT_TEST(testGiveUp);
	CPPUNIT_TEST(testOtherSignals);
	CPPUNIT_TEST(testLeaksNothing);
	CPPUNIT_TEST_SUITE_END();

public:
	void testStart()
	{
		SupervisedService service(settings());
		service.awaitService();
		const Hello hello = service.expect<Hello>();
		CPPUNIT_ASSERT_EQUAL(PROTOCOL_VERSION, hello.version);
		CPPUNIT_ASSERT_EQUAL(0U, hello.serviceRestarts);
		std::string boot;
		std::ifstream("/proc/sys/kernel/random/boot_id") >> boot;
		CPPUNIT_ASSERT_EQUAL(boot + "/", hello.supervisor.substr(0, boot.size() + 1));
		CPPUNIT_ASSERT_EQUAL(boot.size() + 1 + 16, hello.supervisor.size());
		service.expect<HelloEnd>();
		CPPUNIT_ASSERT_MESSAGE("no verdict before Ready", service.isSilent());
		service.say(Ready{});
		CPPUNIT_ASSERT_EQUAL("verdict 0 TaskDaemon started with PID " + std::to_string(service.pid()), service.event());
		stopIdle(service);

		SupervisedService other(settings());
		CPPUNIT_ASSERT_MESSAGE("another life", hello.supervisor != std::get<Hello>(other.awaitGreeting()[0]).supervisor);
	}

	void testTask()
	{
		SupervisedService service(settings());
		service.startReady();
		service.say(_scripts->task(1, "echo done; exit 7"));
		const Started started = service.expect<Started>();
		CPPUNIT_ASSERT(started.key == (RunKey{1, 1}) && started.pid > 0 && started.pidStartTime > 0 && started.startedAt > 0);
		const Ended ended = expectEnd(service, 1, EndReason::EXITED);
		CPPUNIT_ASSERT_EQUAL(7, WEXITSTATUS(ended.status));
		CPPUNIT_ASSERT_EQUAL("done\n"s, _scripts->folder().read("1.out"));

		Spawn missing = _scripts->task(2, "");
		missing.command = {"/nope"};
		service.say(missing);
		CPPUNIT_ASSERT_EQUAL("cannot execute '/nope': No such file or directory"s, expectEnd(service, 2, EndReason::NOT_SPAWNED).detail);
		const Started sleeper = runSleeper(service, 3);
		service.say(_scripts->sleeper(3)); // known: ignored
		service.say(Cancel{sleeper.key});
		expectEnd(service, 3, EndReason::CANCELED);
		stopIdle(service);
	}

	void testServiceKilled()
	/// No task notices, no end is lost, what was acknowledged is not told again.
	{
		Settings given = settings();
		given.restartDelay = given.restartMaxDelay = 300 * MILLISECOND;
		SupervisedService service(given);
		service.startReady();
		const Started running = runSleeper(service, 2);
		service.say(_scripts->task(1, "exit 1"));
		service.expect<Started>();
		expectEnd(service, 1, EndReason::EXITED);
		service.say(_scripts->task(3, "exit 3"));
		service.expect<Started>();
		service.expect<Ended>();
		service.killService();
		CPPUNIT_ASSERT_EQUAL("restart 1, started 2, started 3, ended 3 with 3"s, render(service.awaitGreeting()));
		service.say(Ready{});

		// One ends while there is no service.
		service.say(_scripts->task(4, "echo ready >tell; read go <go; exit 4"));
		CPPUNIT_ASSERT_EQUAL("ready"s, _scripts->told());
		const FileDescriptor task = openPidfd(static_cast<pid_t>(service.expect<Started>().pid));
		service.killService();
		_scripts->letGo();
		CPPUNIT_ASSERT(becomesReadable(task.get()));
		CPPUNIT_ASSERT_EQUAL(
			"restart 2, started 2, started 3, ended 3 with 3, started 4, ended 4 with 4"s, render(service.awaitGreeting()));
		service.say(Acknowledge{{3, 1}});
		service.say(Acknowledge{{4, 1}});
		service.say(Ready{});
		service.say(Cancel{running.key});
		CPPUNIT_ASSERT(service.expect<Ended>().reason == EndReason::CANCELED);
		service.killService();
		CPPUNIT_ASSERT_EQUAL("restart 3, started 2, ended 2 with signal 15"s, render(service.awaitGreeting()));
		CPPUNIT_ASSERT_MESSAGE("one verdict, whatever comes later", service.isSilent());
	}

	void testBrokenProtocol()
	{
		SupervisedService service(settings());
		service.startReady();
		const Started running = runSleeper(service, 1);
		std::string drain;
		encode(Drain{}, drain);
		for (const std::string& bad : {"garbage"s, drain, std::string(1000, '\0')})
		{
			const pid_t before = service.servicePid();
			service.sayRaw(bad);
			const auto told = service.awaitGreeting();
			CPPUNIT_ASSERT(service.servicePid() != before);
			CPPUNIT_ASSERT_EQUAL(running.pid, std::get<Started>(told.at(1)).pid);
			service.say(Ready{});
		}
		service.say(Cancel{running.key});
		expectEnd(service, 1, EndReason::CANCELED);
		stopIdle(service);
	}

	void testGreetingOfThousands()
	/// The new service stops reading; the socket fills; a task ends meanwhile: its end comes after HelloEnd, and everything else before.
	{
		constexpr TaskId COUNT = 5000;
		SupervisedService service(settings());
		service.startReady();
		const Started running = runSleeper(service, COUNT + 1);
		Spawn missing = _scripts->task(0, "");
		missing.command = {"/nope"};
		for (TaskId id = 1; id <= COUNT; ++id)
		{
			missing.key = {id, 1};
			service.say(missing);
			service.expect<Ended>();
		}
		service.killService();
		service.awaitService();
		CPPUNIT_ASSERT_EQUAL(0, ::kill(service.servicePid(), SIGSTOP));
		const FileDescriptor task = openPidfd(static_cast<pid_t>(running.pid));
		CPPUNIT_ASSERT_EQUAL(0, ::kill(static_cast<pid_t>(running.pid), SIGKILL));
		CPPUNIT_ASSERT(becomesReadable(task.get()));
		CPPUNIT_ASSERT_EQUAL(0, ::kill(service.servicePid(), SIGCONT));
		const auto told = service.restOfGreeting();
		CPPUNIT_ASSERT_EQUAL(std::size_t(COUNT + 2), told.size());
		for (TaskId id = 1; id <= COUNT; ++id) CPPUNIT_ASSERT_EQUAL(id, std::get<Ended>(told[static_cast<std::size_t>(id)]).key.task);
		CPPUNIT_ASSERT_EQUAL(running.pid, std::get<Started>(told.back()).pid);
		expectEnd(service, COUNT + 1, EndReason::EXITED);
	}

	void testServiceEndsAtStart()
	{
		for (const bool bySignal : {false, true})
		{
			SupervisedService service(settings());
			service.awaitGreeting();
			if (bySignal)
				service.killService();
			else
				service.exitService(3);
			CPPUNIT_ASSERT_EQUAL(
				"verdict 70 the service ended while it started, with "s + (bySignal ? "signal 9" : "exit code 3") + "; see the log",
				service.event());
			CPPUNIT_ASSERT_EQUAL(int(EXIT_SOFTWARE), service.exitCode());
			CPPUNIT_ASSERT_EQUAL_MESSAGE("one verdict", ""s, service.eventsUntilEnd());
		}
	}

	void testServiceCannotStart()
	{
		SupervisedService service(settings());
		service.awaitGreeting();
		service.say(Failed{EXIT_CONFIG, "the store '/x' is damaged"});
		CPPUNIT_ASSERT_EQUAL("verdict 78 the store '/x' is damaged"s, service.event());
		CPPUNIT_ASSERT_EQUAL(int(EXIT_CONFIG), service.exitCode());
		CPPUNIT_ASSERT_EQUAL(""s, service.eventsUntilEnd());
	}

	void testLaterServiceCannotStart()
	/// The disk is full for a while: the daemon that once ran keeps trying.
	{
		SupervisedService service(settings());
		service.startReady();
		const Started running = runSleeper(service, 1);
		service.killService();
		for (int i = 0; i < 3; ++i)
		{
			CPPUNIT_ASSERT_EQUAL(running.pid, std::get<Started>(service.awaitGreeting().at(1)).pid);
			service.say(Failed{EXIT_SOFTWARE, "no space"});
			service.exitService(EXIT_SOFTWARE);
		}
		service.awaitGreeting();
		service.say(Ready{});
		service.say(Cancel{running.key});
		expectEnd(service, 1, EndReason::CANCELED);
		stopIdle(service);
	}

	void testBackoff()
	/// How the delay grows is RestartPolicyTest's.
	{
		Settings given = settings();
		given.restartDelay = given.restartMaxDelay = 300 * MILLISECOND;
		SupervisedService service(given);
		service.startReady();
		for (int i = 0; i < 2; ++i)
		{
			const Microseconds before = monotonicTime();
			service.killService();
			service.awaitGreeting();
			CPPUNIT_ASSERT(monotonicTime() - before >= given.restartDelay);
		}
	}

	void testGiveUp()
	{
		Settings given = settings();
		given.restartLimit = 2;
		SupervisedService service(given);
		service.startReady();
		for (int i = 0; i < 2; ++i)
		{
			service.killService();
			service.awaitGreeting();
		}
		service.killService();
		CPPUNIT_ASSERT_EQUAL(int(EXIT_SOFTWARE), service.exitCode());
		CPPUNIT_ASSERT_EQUAL(""s, service.eventsUntilEnd());
	}

	void testOtherSignals()
	{
		SupervisedService service(settings());
		service.startReady();
		service.signal(SIGHUP);
		CPPUNIT_ASSERT_EQUAL("reopen"s, service.event());
		service.expect<ReopenLogs>();
		service.signal(SIGUSR1);
		service.expect<DumpStatus>();
		service.signal(SIGUSR2);
		service.signal(SIGCHLD);
		service.signal(SIGPIPE);
		stopIdle(service);
	}

	void testLeaksNothing()
	{
		SupervisedService service(settings());
		service.startReady();
		const std::size_t before = descriptorsOf(service.pid());
		for (TaskId id = 1; id <= 40; ++id)
		{
			service.say(_scripts->task(id, "exit 0"));
			service.expect<Started>();
			expectEnd(service, id, EndReason::EXITED);
			if (id % 10 != 0) continue;
			// Between acknowledgement and kill nothing orders the two, so the end may be told once more.
			service.killService();
			for (const Message& message : service.awaitGreeting())
			{
				if (const auto* ended = std::get_if<Ended>(&message)) service.say(Acknowledge{ended->key});
			}
			service.say(Ready{});
		}
		service.signal(SIGUSR1);
		service.expect<DumpStatus>();
		CPPUNIT_ASSERT_EQUAL(before, descriptorsOf(service.pid()));
		const std::string children = "/proc/" + std::to_string(service.pid()) + "/task/" + std::to_string(service.pid()) + "/children";
		std::string rest;
		std::getline(std::ifstream(children), rest);
		CPPUNIT_ASSERT_EQUAL_MESSAGE("the service and no zombie", std::to_string(service.servicePid()) + " ", rest);
		stopIdle(service);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SupervisorTest, "Daemon");
