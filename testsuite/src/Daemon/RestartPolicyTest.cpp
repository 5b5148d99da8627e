#include "Daemon/RestartPolicy.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <memory>


using namespace TaskDaemon;


class RestartPolicyTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(RestartPolicyTest);
	CPPUNIT_TEST(testDoubles);
	CPPUNIT_TEST(testFallsBack);
	CPPUNIT_TEST(testMaxBelowDelay);
	CPPUNIT_TEST(testNoLimit);
	CPPUNIT_TEST(testLimit);
	CPPUNIT_TEST_SUITE_END();

	static SettingsPtr settings(Microseconds delay, Microseconds maxDelay, int limit = 0, Microseconds window = 60 * SECOND)
	{
		auto settings = std::make_shared<Settings>();
		settings->restartDelay = delay;
		settings->restartMaxDelay = maxDelay;
		settings->restartLimit = limit;
		settings->restartWindow = window;
		return settings;
	}

public:
	void testDoubles()
	{
		RestartPolicy policy(settings(100, 1000));
		for (const Microseconds expected : {100, 200, 400, 800, 1000, 1000})
			CPPUNIT_ASSERT_EQUAL(expected, policy.nextDelay(0, 0).value_or(-1));
	}

	void testFallsBack()
	{
		RestartPolicy policy(settings(100, 1000));
		for (int i = 0; i < 4; ++i) policy.nextDelay(0, 0);
		CPPUNIT_ASSERT_EQUAL(Microseconds(1000), policy.nextDelay(0, 1000).value_or(-1));
		CPPUNIT_ASSERT_EQUAL(Microseconds(100), policy.nextDelay(0, 1001).value_or(-1));
		CPPUNIT_ASSERT_EQUAL(Microseconds(200), policy.nextDelay(0, 0).value_or(-1));
	}

	void testMaxBelowDelay()
	{
		RestartPolicy policy(settings(100, 50));
		for (int i = 0; i < 3; ++i) CPPUNIT_ASSERT_EQUAL(Microseconds(100), policy.nextDelay(0, 0).value_or(-1));
	}

	void testNoLimit()
	{
		RestartPolicy policy(settings(1, 1));
		for (int i = 0; i < 10000; ++i) CPPUNIT_ASSERT(policy.nextDelay(0, 0));
	}

	void testLimit()
	{
		RestartPolicy policy(settings(1, 1, 3, 60));
		CPPUNIT_ASSERT(policy.nextDelay(100, 0));
		CPPUNIT_ASSERT(policy.nextDelay(110, 0));
		CPPUNIT_ASSERT(policy.nextDelay(120, 0));
		CPPUNIT_ASSERT_MESSAGE("a fourth within the window", !policy.nextDelay(159, 0));
		CPPUNIT_ASSERT_MESSAGE("the first is out of the window", policy.nextDelay(160, 0));
		CPPUNIT_ASSERT(!policy.nextDelay(169, 0));
		CPPUNIT_ASSERT(policy.nextDelay(180, 0));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(RestartPolicyTest, "Daemon");
