#include "Daemon/ProcessTableFixture.h"


using namespace TaskDaemon;
using namespace std::string_literals;


class ProcessTableStopTest: public ProcessTableFixture
{
	CPPUNIT_TEST_SUITE(ProcessTableStopTest);
	CPPUNIT_TEST(testCancel);
	CPPUNIT_TEST(testCancelKills);
	CPPUNIT_TEST(testCancelEndsGroup);
	CPPUNIT_TEST(testCancelEndsStopped);
	CPPUNIT_TEST(testOwnEndLeavesBackground);
	CPPUNIT_TEST(testRepeatedCancelPostponesNothing);
	CPPUNIT_TEST(testTimeout);
	CPPUNIT_TEST(testFirstReasonStays);
	CPPUNIT_TEST(testExtremeTimes);
	CPPUNIT_TEST(testInterruptAll);
	CPPUNIT_TEST(testSecondInterruptHurries);
	CPPUNIT_TEST(testRefuseNew);
	CPPUNIT_TEST_SUITE_END();

public:
	void testCancel()
	{
		_table->cancel({1, 1});
		start(_scripts->sleeper(1));
		_table->cancel({1, 1});
		const Ended ended = await<Ended>(1);
		CPPUNIT_ASSERT(ended.reason == EndReason::CANCELED);
		expectSignal(SIGTERM, ended);
		_table->cancel({1, 1});
		CPPUNIT_ASSERT_EQUAL(""s, lastNews());
	}

	void testCancelKills()
	{
		start(_scripts->stubborn(1, 200 * MILLISECOND));
		const Microseconds before = monotonicTime();
		_table->cancel({1, 1});
		const Ended ended = await<Ended>(1);
		CPPUNIT_ASSERT(ended.reason == EndReason::CANCELED);
		expectSignal(SIGKILL, ended);
		CPPUNIT_ASSERT(monotonicTime() - before >= 200 * MILLISECOND);
	}

	void testCancelEndsGroup()
	/// The shell ends at TERM, what it started does not: nothing of the group may stay.
	{
		start(_scripts->task(1, "exec 3>tell; (trap '' TERM; echo ready >&3; sleep 1000; sleep 1000) & wait"));
		_scripts->becomeOnlyReader();
		_table->cancel({1, 1});
		CPPUNIT_ASSERT(await<Ended>(1).reason == EndReason::CANCELED);
		CPPUNIT_ASSERT_EQUAL(""s, _scripts->toldUntilEnd());
	}

	void testCancelEndsStopped()
	{
		start(_scripts->task(1, "echo ready >tell; kill -STOP $$; sleep 1000"));
		_table->cancel({1, 1});
		expectSignal(SIGTERM, await<Ended>(1));
	}

	void testOwnEndLeavesBackground()
	/// nohup(1) and the like: who ends by himself may leave something behind.
	{
		start(_scripts->task(1, "exec 3>tell; (echo ready >&3; read go <go; echo done >&3) & exit 0"));
		CPPUNIT_ASSERT(await<Ended>(1).reason == EndReason::EXITED);
		_scripts->letGo();
		CPPUNIT_ASSERT_EQUAL("done"s, _scripts->told());
	}

	void testRepeatedCancelPostponesNothing()
	/// An impatient user's second request must not give the task its time anew.
	{
		start(_scripts->stubborn(1, 500 * MILLISECOND));
		const Microseconds before = monotonicTime();
		int requests = 0;
		const std::function<void()> request = [&]
		{
			_table->cancel({1, 1});
			if (++requests < 20) _loop->schedule(100 * MILLISECOND, request);
		};
		request();
		expectSignal(SIGKILL, await<Ended>(1));
		CPPUNIT_ASSERT(monotonicTime() - before < 1500 * MILLISECOND);
		runLoopUntil(*_loop, [&] { return requests == 20; });
	}

	void testTimeout()
	{
		Spawn spawn = _scripts->sleeper(1);
		spawn.timeout = 100 * MILLISECOND;
		const Microseconds before = monotonicTime();
		_table->spawn(spawn);
		const Ended ended = await<Ended>(1);
		CPPUNIT_ASSERT(ended.reason == EndReason::TIMED_OUT);
		CPPUNIT_ASSERT(monotonicTime() - before >= spawn.timeout);
		spawn = _scripts->stubborn(2, 100 * MILLISECOND);
		spawn.timeout = 300 * MILLISECOND;
		_table->spawn(spawn);
		CPPUNIT_ASSERT(await<Ended>(2).reason == EndReason::TIMED_OUT);
		// One that ends in time is not touched later.
		spawn = _scripts->task(3, "exit 0");
		spawn.timeout = 20 * SECOND;
		_table->spawn(spawn);
		CPPUNIT_ASSERT(await<Ended>(3).reason == EndReason::EXITED);
	}

	void testFirstReasonStays()
	{
		Spawn spawn = _scripts->stubborn(1, 300 * MILLISECOND);
		start(spawn);
		_table->cancel({1, 1});
		_table->interruptAll(std::nullopt);
		CPPUNIT_ASSERT(await<Ended>(1).reason == EndReason::CANCELED);
	}

	void testExtremeTimes()
	{
		Spawn spawn = _scripts->sleeper(1);
		spawn.timeout = INT64_MAX;
		spawn.killAfter = INT64_MIN;
		start(spawn);
		_table->cancel({1, 1});
		CPPUNIT_ASSERT(await<Ended>(1).reason == EndReason::CANCELED);
		spawn = _scripts->sleeper(2);
		spawn.timeout = INT64_MIN;
		spawn.killAfter = INT64_MAX;
		start(spawn);
		_table->cancel({2, 1});
		expectSignal(SIGTERM, await<Ended>(2));
	}

	void testInterruptAll()
	{
		_table->spawn(_scripts->sleeper(1));
		_table->spawn(_scripts->stubborn(2, 60 * SECOND));
		_table->spawn(_scripts->stubborn(3, 100 * MILLISECOND));
		for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL("ready"s, _scripts->told());
		const Microseconds before = monotonicTime();
		_table->interruptAll(500 * MILLISECOND);
		for (TaskId id = 1; id <= 3; ++id) CPPUNIT_ASSERT(await<Ended>(id).reason == EndReason::INTERRUPTED);
		expectSignal(SIGTERM, await<Ended>(1));
		expectSignal(SIGKILL, await<Ended>(2));
		expectSignal(SIGKILL, await<Ended>(3));
		CPPUNIT_ASSERT_MESSAGE("each by the shorter of both times", await<Ended>(3).finishedAt < await<Ended>(2).finishedAt);
		CPPUNIT_ASSERT(monotonicTime() - before >= 500 * MILLISECOND);
		CPPUNIT_ASSERT_EQUAL(1, _allEnded);
	}

	void testSecondInterruptHurries()
	{
		start(_scripts->stubborn(1, 60 * SECOND));
		_table->interruptAll(std::nullopt);
		_table->interruptAll(100 * MILLISECOND);
		expectSignal(SIGKILL, await<Ended>(1));
	}

	void testRefuseNew()
	{
		start(_scripts->sleeper(1));
		_table->refuseNew();
		_table->spawn(_scripts->task(2, "echo must not run"));
		const Ended refused = await<Ended>(2);
		CPPUNIT_ASSERT(refused.reason == EndReason::REFUSED);
		CPPUNIT_ASSERT(!std::filesystem::exists(_scripts->folder().path("2.out")));
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _table->runningCount());
		// A known one is known still.
		_table->spawn(_scripts->sleeper(1));
		CPPUNIT_ASSERT_EQUAL("started 1"s, (_table->tellAll(), lastNews()).substr(0, 9));
		_table->acknowledge({2, 1});
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ProcessTableStopTest, "Daemon");
