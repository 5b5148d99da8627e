#include "Cli/TaskText.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <csignal>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class TaskTextTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(TaskTextTest);
	CPPUNIT_TEST(testExitCodes);
	CPPUNIT_TEST(testStates);
	CPPUNIT_TEST(testCommand);
	CPPUNIT_TEST(testTimes);
	CPPUNIT_TEST(testElapsed);
	CPPUNIT_TEST(testSizes);
	CPPUNIT_TEST_SUITE_END();

	static Json task(const char* state, const char* cause, Json exitCode, Json signal, const char* detail = "")
	{
		return {{"state", state}, {"cause", cause}, {"exit_code", std::move(exitCode)}, {"signal", std::move(signal)}, {"detail", detail}};
	}

	void testExitCodes()
	{
		const Json none;
		CPPUNIT_ASSERT_EQUAL(0, taskExitCode(task("succeeded", "", 0, none)));
		CPPUNIT_ASSERT_EQUAL(3, taskExitCode(task("failed", "exit_code", 3, none)));
		CPPUNIT_ASSERT_EQUAL(255, taskExitCode(task("failed", "exit_code", 255, none)));
		CPPUNIT_ASSERT_EQUAL(128 + 11, taskExitCode(task("failed", "signal", none, SIGSEGV)));
		CPPUNIT_ASSERT_EQUAL(127, taskExitCode(task("failed", "spawn", none, none, "cannot execute '/nope': No such file or directory")));
		CPPUNIT_ASSERT_EQUAL(126, taskExitCode(task("failed", "spawn", none, none, "cannot execute '/etc/passwd': Permission denied")));
		CPPUNIT_ASSERT_EQUAL(126, taskExitCode(task("failed", "spawn", none, none)));
		CPPUNIT_ASSERT_EQUAL(124, taskExitCode(task("timed_out", "timeout", none, SIGTERM)));
		CPPUNIT_ASSERT_EQUAL(124, taskExitCode(task("timed_out", "timeout", 3, none)));
		CPPUNIT_ASSERT_EQUAL(128 + 15, taskExitCode(task("canceled", "canceled", none, SIGTERM)));
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(task("canceled", "canceled", none, none)));
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(task("canceled", "canceled", 0, none)));
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(task("lost", "lost", none, none)));
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(task("failed", "interrupted", none, none)));
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(task("failed", "exit_code", 0, none))); // never success
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(task("failed", "exit_code", 256, none)));
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(task("unheard_of", "", none, none)));
		CPPUNIT_ASSERT_EQUAL(125, taskExitCode(Json()));
	}

	void testStates()
	{
		const Json none;
		CPPUNIT_ASSERT_EQUAL(std::string("failed (exit 3)"), stateText(task("failed", "exit_code", 3, none)));
		CPPUNIT_ASSERT_EQUAL(std::string("failed (SIGSEGV)"), stateText(task("failed", "signal", none, SIGSEGV)));
		CPPUNIT_ASSERT_EQUAL(std::string("failed (spawn)"), stateText(task("failed", "spawn", none, none)));
		CPPUNIT_ASSERT_EQUAL(std::string("timed_out"), stateText(task("timed_out", "timeout", none, SIGKILL)));
		CPPUNIT_ASSERT_EQUAL(std::string("held"), stateText({{"state", "queued"}, {"held", true}}));
		CPPUNIT_ASSERT_EQUAL(std::string("queued"), stateText({{"state", "queued"}, {"held", false}}));
		CPPUNIT_ASSERT(stateColour({{"state", "succeeded"}}) == Colour::GREEN);
		CPPUNIT_ASSERT(stateColour({{"state", "lost"}}) == Colour::RED);
		CPPUNIT_ASSERT_EQUAL(std::string("signal 250"), signalText(250));
	}

	void testCommand()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("echo 'two words' \xff"),
			commandText({{"command", {"echo", "two words", {{"base64", "/w=="}}}}}).substr(0, 17) + "\xff");
		CPPUNIT_ASSERT_EQUAL(std::string(), commandText(Json::object()));
	}

	void testTimes()
	{
		const Microseconds now = 1000 * SECOND;
		CPPUNIT_ASSERT_EQUAL(
			std::string("1m 40s"), timeText({{"state", "queued"}, {"submitted_at", 900 * SECOND}, {"started_at", nullptr}}, now));
		CPPUNIT_ASSERT_EQUAL(
			std::string("20.0s"), timeText({{"state", "running"}, {"submitted_at", 1}, {"started_at", 980 * SECOND}}, now));
		CPPUNIT_ASSERT_EQUAL(std::string("1.50s"),
			timeText({{"state", "failed"}, {"started_at", 10 * SECOND}, {"finished_at", 11 * SECOND + 500 * MILLISECOND}}, now));
		CPPUNIT_ASSERT_EQUAL(std::string("-"), timeText({{"state", "canceled"}, {"started_at", nullptr}, {"finished_at", 5}}, now));
		CPPUNIT_ASSERT_EQUAL(
			std::string("0s"), timeText({{"state", "running"}, {"started_at", now + SECOND}}, now)); // the clock was set back
	}

	void testElapsed()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("420ms"), elapsedText(420 * MILLISECOND));
		CPPUNIT_ASSERT_EQUAL(std::string("4.2ms"), elapsedText(4200));
		CPPUNIT_ASSERT_EQUAL(std::string("1.50s"), elapsedText(1500 * MILLISECOND));
		CPPUNIT_ASSERT_EQUAL(std::string("12.3s"), elapsedText(12345 * MILLISECOND));
		CPPUNIT_ASSERT_EQUAL(std::string("5m 12s"), elapsedText(312 * SECOND));
		CPPUNIT_ASSERT_EQUAL(std::string("3h 4m"), elapsedText(11099 * SECOND));
		CPPUNIT_ASSERT_EQUAL(std::string("2d 5h"), elapsedText(190800 * SECOND));
	}

	void testSizes()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("0 B"), bytesText(0));
		CPPUNIT_ASSERT_EQUAL(std::string("1023 B"), bytesText(1023));
		CPPUNIT_ASSERT_EQUAL(std::string("1.5 MiB"), bytesText(1572864));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TaskTextTest, "Cli");
