#include "Daemon/SupervisorFixture.h"


using namespace TaskDaemon;
using namespace std::string_literals;


class SupervisorStopTest: public SupervisorFixture
{
	CPPUNIT_TEST_SUITE(SupervisorStopTest);
	CPPUNIT_TEST(testStopIdle);
	CPPUNIT_TEST(testStopDrains);
	CPPUNIT_TEST(testGraceOver);
	CPPUNIT_TEST(testSecondTerm);
	CPPUNIT_TEST(testTermAfterGrace);
	CPPUNIT_TEST(testQuit);
	CPPUNIT_TEST(testStopWhileStarting);
	CPPUNIT_TEST(testServiceKilledWhileStopping);
	CPPUNIT_TEST(testStopBetweenServices);
	CPPUNIT_TEST(testStopBetweenServicesKeepsEnds);
	CPPUNIT_TEST(testSpawnAfterShutdown);
	CPPUNIT_TEST(testServiceExitsBadlyAtTheEnd);
	CPPUNIT_TEST_SUITE_END();

public:
	void testStopIdle()
	{
		for (const int signal : {SIGTERM, SIGINT, SIGQUIT})
		{
			SupervisedService service(settings());
			service.startReady();
			service.signal(signal);
			service.expect<Drain>();
			leave(service);
		}
	}

	void testStopDrains()
	{
		SupervisedService service(settings());
		service.startReady();
		service.say(_scripts->task(1, "echo ready >tell; read go <go; exit 5"));
		CPPUNIT_ASSERT_EQUAL("ready"s, _scripts->told());
		service.expect<Started>();
		service.signal(SIGTERM);
		service.expect<Drain>();
		service.say(_scripts->task(2, "echo must not run"));
		expectEnd(service, 2, EndReason::REFUSED);
		CPPUNIT_ASSERT(!std::filesystem::exists(_scripts->folder().path("2.out")));
		_scripts->letGo();
		CPPUNIT_ASSERT_EQUAL(5, WEXITSTATUS(expectEnd(service, 1, EndReason::EXITED).status));
		leave(service);
	}

	void testGraceOver()
	{
		Settings given = settings();
		given.shutdownGrace = 200 * MILLISECOND;
		SupervisedService service(given);
		service.startReady();
		runSleeper(service, 1);
		service.say(_scripts->stubborn(2, 200 * MILLISECOND));
		CPPUNIT_ASSERT_EQUAL("ready"s, _scripts->told());
		service.expect<Started>();
		const Microseconds before = monotonicTime();
		service.signal(SIGTERM);
		service.expect<Drain>();
		service.expect<Drain>(); // again when the grace is over
		CPPUNIT_ASSERT_EQUAL(SIGTERM, WTERMSIG(expectEnd(service, 1, EndReason::INTERRUPTED).status));
		CPPUNIT_ASSERT(monotonicTime() - before >= 200 * MILLISECOND);
		CPPUNIT_ASSERT_EQUAL(SIGKILL, WTERMSIG(expectEnd(service, 2, EndReason::INTERRUPTED).status));
		CPPUNIT_ASSERT(monotonicTime() - before >= 400 * MILLISECOND);
		leave(service);
	}

	void testSecondTerm()
	{
		SupervisedService service(settings());
		service.startReady();
		runSleeper(service, 1);
		service.say(_scripts->stubborn(2, 600 * SECOND));
		CPPUNIT_ASSERT_EQUAL("ready"s, _scripts->told());
		service.expect<Started>();
		service.signal(SIGTERM);
		service.expect<Drain>();
		CPPUNIT_ASSERT(service.isSilent());
		service.signal(SIGTERM);
		service.expect<Drain>();
		expectEnd(service, 1, EndReason::INTERRUPTED);
		// Not by its own ten minutes but by the short wait of a stop now.
		CPPUNIT_ASSERT_EQUAL(SIGKILL, WTERMSIG(expectEnd(service, 2, EndReason::INTERRUPTED).status));
		leave(service);
	}

	void testTermAfterGrace()
	{
		Settings given = settings();
		given.shutdownGrace = 0;
		SupervisedService service(given);
		service.startReady();
		service.say(_scripts->stubborn(1, 600 * SECOND));
		CPPUNIT_ASSERT_EQUAL("ready"s, _scripts->told());
		service.expect<Started>();
		runSleeper(service, 2);
		service.signal(SIGTERM);
		service.expect<Drain>();
		service.expect<Drain>();
		expectEnd(service, 2, EndReason::INTERRUPTED);
		service.signal(SIGTERM);
		CPPUNIT_ASSERT_EQUAL(SIGKILL, WTERMSIG(expectEnd(service, 1, EndReason::INTERRUPTED).status));
		leave(service);
	}

	void testQuit()
	{
		SupervisedService service(settings());
		service.startReady();
		runSleeper(service, 1);
		service.signal(SIGQUIT);
		service.expect<Drain>();
		CPPUNIT_ASSERT_EQUAL(SIGTERM, WTERMSIG(expectEnd(service, 1, EndReason::INTERRUPTED).status));
		leave(service);
	}

	void testStopWhileStarting()
	{
		SupervisedService service(settings());
		service.awaitGreeting();
		service.signal(SIGTERM);
		service.expect<Drain>();
		leave(service);
		CPPUNIT_ASSERT_EQUAL("verdict 75 stopped before it was ready\n"s, service.eventsUntilEnd());
	}

	void testServiceKilledWhileStopping()
	/// The next one is told all, is drained from its first moment on, and may leave when it has stored the ends, ready or not.
	{
		SupervisedService service(settings());
		service.startReady();
		runSleeper(service, 1);
		service.signal(SIGQUIT);
		service.expect<Drain>();
		service.expect<Ended>();
		for (int i = 0; i < 2; ++i)
		{
			service.killService();
			const auto told = service.awaitGreeting();
			CPPUNIT_ASSERT_EQUAL(std::size_t(3), told.size());
			CPPUNIT_ASSERT(std::get<Ended>(told[2]).reason == EndReason::INTERRUPTED);
			service.expect<Drain>();
		}
		service.say(Acknowledge{{1, 1}});
		leave(service);
	}

	void testStopBetweenServices()
	/// Nothing runs and nothing is to be stored: the stop does not wait for the next service, whose time is far.
	{
		Settings given = settings();
		given.restartDelay = 3600 * SECOND;
		SupervisedService service(given);
		service.startReady();
		const FileDescriptor pidfd = openPidfd(service.servicePid());
		service.killService();
		CPPUNIT_ASSERT(becomesReadable(pidfd.get()));
		service.signal(SIGTERM);
		CPPUNIT_ASSERT_EQUAL(0, service.exitCode());
	}

	void testStopBetweenServicesKeepsEnds()
	/// An end is to be stored: the next service starts now.
	{
		Settings given = settings();
		given.restartDelay = 3600 * SECOND;
		SupervisedService service(given);
		service.startReady();
		runSleeper(service, 1);
		const FileDescriptor pidfd = openPidfd(service.servicePid());
		service.killService();
		CPPUNIT_ASSERT(becomesReadable(pidfd.get()));
		service.signal(SIGQUIT);
		const auto told = service.awaitGreeting();
		CPPUNIT_ASSERT(std::get<Ended>(told.at(2)).reason == EndReason::INTERRUPTED);
		service.expect<Drain>();
		service.say(Acknowledge{{1, 1}});
		leave(service);
	}

	void testSpawnAfterShutdown()
	/// It crossed Shutdown on its way: refused, and the refusal is stored by one more service.
	{
		SupervisedService service(settings());
		service.startReady();
		service.signal(SIGTERM);
		service.expect<Drain>();
		service.expect<Shutdown>();
		service.say(_scripts->task(1, "echo must not run"));
		service.expect<Ended>();
		service.exitService(0);
		const auto told = service.awaitGreeting();
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), told.size());
		CPPUNIT_ASSERT(std::get<Ended>(told[1]).reason == EndReason::REFUSED);
		service.expect<Drain>();
		service.say(Acknowledge{{1, 1}});
		leave(service);
	}

	void testServiceExitsBadlyAtTheEnd()
	{
		SupervisedService service(settings());
		service.startReady();
		service.signal(SIGTERM);
		service.expect<Drain>();
		service.expect<Shutdown>();
		service.killService();
		CPPUNIT_ASSERT_EQUAL_MESSAGE("everything was stored", 0, service.exitCode());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SupervisorStopTest, "Daemon");
