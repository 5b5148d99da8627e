#include "Task/Verdict.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class VerdictTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(VerdictTest);
	CPPUNIT_TEST(testMatrix);
	CPPUNIT_TEST(testCancelAsked);
	CPPUNIT_TEST(testDetails);
	CPPUNIT_TEST_SUITE_END();

	static constexpr int TERM = 15; // wait(2)'s status of a process that SIGTERM killed
	static constexpr int EXIT_3 = 3 << 8;

	static Ended end(EndReason reason, int status)
	{
		Ended message;
		message.reason = reason;
		message.status = status;
		message.detail = "said so";
		message.finishedAt = 99;
		message.userTime = 1;
		message.systemTime = 2;
		message.maxRss = 3;
		return message;
	}

	static std::string show(const Verdict& verdict)
	{
		static const char* const ACTIONS[] = {"finish", "requeue", "hold", "unclaim"};
		std::string text = ACTIONS[static_cast<int>(verdict.action)];
		if (verdict.action == Verdict::Action::UNCLAIM) return text;
		text += std::string(" ") + toString(verdict.outcome.state) + "/" + toString(verdict.outcome.cause);
		if (verdict.outcome.exitCode) text += " code " + std::to_string(*verdict.outcome.exitCode);
		if (verdict.outcome.signal) text += " signal " + std::to_string(*verdict.outcome.signal);
		return text;
	}

	static std::string judged(EndReason reason, int status, OnCrash policy, bool cancelAsked = false)
	{
		RunningRun run;
		run.onCrash = policy;
		run.cancelAsked = cancelAsked;
		return show(judge(end(reason, status), run));
	}

public:
	void testMatrix()
	{
		const struct
		{
			EndReason reason;
			int status;
			const char* requeue;
			const char* hold;
			const char* fail;
		} cases[] = {
			{EndReason::EXITED, 0, "finish succeeded/ code 0", "finish succeeded/ code 0", "finish succeeded/ code 0"},
			{EndReason::EXITED, EXIT_3, "finish failed/exit_code code 3", "finish failed/exit_code code 3",
				"finish failed/exit_code code 3"},
			{EndReason::EXITED, 11, "finish failed/signal signal 11", "finish failed/signal signal 11", "finish failed/signal signal 11"},
			{EndReason::EXITED, 0x80 | 6, "finish failed/signal signal 6", "finish failed/signal signal 6",
				"finish failed/signal signal 6"},
			{EndReason::TIMED_OUT, TERM, "finish timed_out/timeout signal 15", "finish timed_out/timeout signal 15",
				"finish timed_out/timeout signal 15"},
			{EndReason::TIMED_OUT, 0, "finish timed_out/timeout code 0", "finish timed_out/timeout code 0",
				"finish timed_out/timeout code 0"},
			{EndReason::CANCELED, TERM, "finish canceled/canceled signal 15", "finish canceled/canceled signal 15",
				"finish canceled/canceled signal 15"},
			{EndReason::INTERRUPTED, 0, "finish succeeded/ code 0", "finish succeeded/ code 0", "finish succeeded/ code 0"},
			{EndReason::INTERRUPTED, EXIT_3, "requeue failed/interrupted code 3", "hold failed/interrupted code 3",
				"finish failed/interrupted code 3"},
			{EndReason::INTERRUPTED, TERM, "requeue failed/interrupted signal 15", "hold failed/interrupted signal 15",
				"finish failed/interrupted signal 15"},
			{EndReason::NOT_SPAWNED, 2, "finish failed/spawn", "finish failed/spawn", "finish failed/spawn"},
			{EndReason::REFUSED, 0, "unclaim", "unclaim", "unclaim"},
			{EndReason::UNSEEN, 0, "requeue lost/lost", "hold lost/lost", "finish lost/lost"},
		};
		for (const auto& c : cases)
		{
			CPPUNIT_ASSERT_EQUAL(std::string(c.requeue), judged(c.reason, c.status, OnCrash::REQUEUE));
			CPPUNIT_ASSERT_EQUAL(std::string(c.hold), judged(c.reason, c.status, OnCrash::HOLD));
			CPPUNIT_ASSERT_EQUAL(std::string(c.fail), judged(c.reason, c.status, OnCrash::FAIL));
		}
	}

	void testCancelAsked()
	{
		CPPUNIT_ASSERT_EQUAL(
			std::string("finish canceled/canceled signal 15"), judged(EndReason::INTERRUPTED, TERM, OnCrash::REQUEUE, true));
		CPPUNIT_ASSERT_EQUAL(std::string("finish canceled/canceled"), judged(EndReason::UNSEEN, 0, OnCrash::HOLD, true));
		CPPUNIT_ASSERT_EQUAL(std::string("finish canceled/canceled"), judged(EndReason::REFUSED, 0, OnCrash::REQUEUE, true));
		// It ended by itself before the cancel reached it.
		CPPUNIT_ASSERT_EQUAL(std::string("finish succeeded/ code 0"), judged(EndReason::EXITED, 0, OnCrash::REQUEUE, true));
		CPPUNIT_ASSERT_EQUAL(std::string("finish succeeded/ code 0"), judged(EndReason::INTERRUPTED, 0, OnCrash::REQUEUE, true));
	}

	void testDetails()
	{
		const Outcome seen = judge(end(EndReason::EXITED, EXIT_3), RunningRun()).outcome;
		CPPUNIT_ASSERT_EQUAL(std::string("said so"), seen.detail);
		CPPUNIT_ASSERT_EQUAL(Microseconds(99), seen.finishedAt);
		CPPUNIT_ASSERT_EQUAL(Microseconds(1), seen.userTime.value());
		CPPUNIT_ASSERT_EQUAL(Microseconds(2), seen.systemTime.value());
		CPPUNIT_ASSERT_EQUAL(std::int64_t(3), seen.maxRss.value());
		// Of a run that never was, or that nobody saw end, no figure is known: not even zero.
		for (const EndReason reason : {EndReason::NOT_SPAWNED, EndReason::UNSEEN})
		{
			const Outcome unseen = judge(end(reason, 2), RunningRun()).outcome;
			CPPUNIT_ASSERT_EQUAL(std::string("said so"), unseen.detail);
			CPPUNIT_ASSERT(!unseen.exitCode && !unseen.signal && !unseen.userTime && !unseen.systemTime && !unseen.maxRss);
		}
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(VerdictTest, "Task");
