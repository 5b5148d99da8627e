#include "Daemon/Lifecycle.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <vector>


using namespace TaskDaemon;
using namespace std::string_literals;


class LifecycleTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(LifecycleTest);
	CPPUNIT_TEST(testPrograms);
	CPPUNIT_TEST(testNeverBack);
	CPPUNIT_TEST_SUITE_END();

	using S = LifecycleState;
	using E = LifecycleEvent;

	static std::string walk(const std::vector<E>& events)
	{
		S state = S::STARTING;
		std::string path = toString(state);
		for (const E event : events)
		{
			state = nextState(state, event);
			path += " "s + toString(state);
		}
		return path;
	}

public:
	void testPrograms()
	{
		CPPUNIT_ASSERT_EQUAL("starting running draining closing ended"s, walk({E::SERVICE_READY, E::STOP, E::ALL_ENDED, E::SERVICE_DONE}));
		CPPUNIT_ASSERT_EQUAL("starting running draining terminating closing ended"s,
			walk({E::SERVICE_READY, E::STOP, E::GRACE_OVER, E::ALL_ENDED, E::SERVICE_DONE}));
		CPPUNIT_ASSERT_EQUAL("starting running draining terminating terminating"s, walk({E::SERVICE_READY, E::STOP, E::STOP, E::STOP}));
		CPPUNIT_ASSERT_EQUAL(
			"starting running terminating closing closing"s, walk({E::SERVICE_READY, E::STOP_NOW, E::ALL_ENDED, E::STOP_NOW}));
		CPPUNIT_ASSERT_EQUAL("starting running running running"s, walk({E::SERVICE_READY, E::ALL_ENDED, E::SERVICE_READY}));
		CPPUNIT_ASSERT_EQUAL("starting draining draining closing ended"s, walk({E::STOP, E::SERVICE_READY, E::ALL_ENDED, E::SERVICE_DONE}));
		CPPUNIT_ASSERT_EQUAL("starting ended"s, walk({E::GIVE_UP}));
		CPPUNIT_ASSERT_EQUAL(
			"starting running draining closing ended ended"s, walk({E::SERVICE_READY, E::STOP, E::ALL_ENDED, E::GIVE_UP, E::STOP}));
	}

	void testNeverBack()
	/// A daemon that has begun to stop never runs again, whatever comes; giving up ends it from everywhere.
	{
		for (const S state : {S::STARTING, S::RUNNING, S::DRAINING, S::TERMINATING, S::CLOSING, S::ENDED})
		{
			for (const E event : {E::SERVICE_READY, E::STOP, E::STOP_NOW, E::GRACE_OVER, E::ALL_ENDED, E::SERVICE_DONE, E::GIVE_UP})
				CPPUNIT_ASSERT(nextState(state, event) >= state);
			CPPUNIT_ASSERT(nextState(state, E::GIVE_UP) == S::ENDED);
		}
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(LifecycleTest, "Daemon");
