#include "TaskDaemon/Task/Task.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class TaskTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(TaskTest);
	CPPUNIT_TEST(testNames);
	CPPUNIT_TEST(testUnknownNames);
	CPPUNIT_TEST(testFinal);
	CPPUNIT_TEST_SUITE_END();

public:
	void testNames()
	{
		const std::vector<std::pair<TaskState, std::string>> states{{TaskState::QUEUED, "queued"}, {TaskState::RUNNING, "running"},
			{TaskState::SUCCEEDED, "succeeded"}, {TaskState::FAILED, "failed"}, {TaskState::TIMED_OUT, "timed_out"},
			{TaskState::CANCELED, "canceled"}, {TaskState::LOST, "lost"}};
		for (const auto& [state, name] : states)
		{
			CPPUNIT_ASSERT_EQUAL(name, std::string(toString(state)));
			CPPUNIT_ASSERT(taskStateFrom(name) == state);
		}
		const std::vector<std::pair<Cause, std::string>> causes{{Cause::NONE, ""}, {Cause::EXIT_CODE, "exit_code"},
			{Cause::SIGNAL, "signal"}, {Cause::SPAWN, "spawn"}, {Cause::TIMEOUT, "timeout"}, {Cause::CANCELED, "canceled"},
			{Cause::INTERRUPTED, "interrupted"}, {Cause::LOST, "lost"}};
		for (const auto& [cause, name] : causes)
		{
			CPPUNIT_ASSERT_EQUAL(name, std::string(toString(cause)));
			CPPUNIT_ASSERT(causeFrom(name) == cause);
		}
		for (const auto& [policy, name] :
			std::vector<std::pair<OnCrash, std::string>>{{OnCrash::REQUEUE, "requeue"}, {OnCrash::HOLD, "hold"}, {OnCrash::FAIL, "fail"}})
		{
			CPPUNIT_ASSERT_EQUAL(name, std::string(toString(policy)));
			CPPUNIT_ASSERT(onCrashFrom(name) == policy);
		}
	}

	void testUnknownNames()
	{
		for (const char* name : {"Queued", "queued ", "done", "0"})
		{
			CPPUNIT_ASSERT(!taskStateFrom(name));
			CPPUNIT_ASSERT(!causeFrom(name));
			CPPUNIT_ASSERT(!onCrashFrom(name));
		}
		CPPUNIT_ASSERT(!taskStateFrom(""));
		CPPUNIT_ASSERT(!onCrashFrom(""));
	}

	void testFinal()
	{
		CPPUNIT_ASSERT(!isFinal(TaskState::QUEUED));
		CPPUNIT_ASSERT(!isFinal(TaskState::RUNNING));
		for (const TaskState state : {TaskState::SUCCEEDED, TaskState::FAILED, TaskState::TIMED_OUT, TaskState::CANCELED, TaskState::LOST})
			CPPUNIT_ASSERT(isFinal(state));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TaskTest, "Task");
