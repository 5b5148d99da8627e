#include "Cli/CommandLine.h"
#include "ChildProcess.h"
#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "ClientRun.h"
#include "TaskDaemon/Base/Exception.h"
#include <CLI/CLI.hpp>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class CommandLineTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(CommandLineTest);
	CPPUNIT_TEST(testClientCommands);
	CPPUNIT_TEST(testDaemonWords);
	CPPUNIT_TEST(testDaemonOptions);
	CPPUNIT_TEST(testHelpAndVersion);
	CPPUNIT_TEST(testErrors);
	CPPUNIT_TEST(testEmptyValues);
	CPPUNIT_TEST(testTaskIds);
	CPPUNIT_TEST(testSeconds);
	CPPUNIT_TEST(testUsageErrorsOfTheProgram);
	CPPUNIT_TEST(testHelpOfEveryCommand);
	CPPUNIT_TEST_SUITE_END();

	using Words = std::vector<std::string>;

	static void assertApart(const Words& words, Invocation::Target target, const std::string& command, const Words& arguments)
	{
		const Invocation invocation = takeApart(words);
		CPPUNIT_ASSERT(target == invocation.target);
		CPPUNIT_ASSERT_EQUAL(command, invocation.command);
		CPPUNIT_ASSERT(arguments == invocation.arguments);
	}

	void testClientCommands()
	{
		const auto client = Invocation::Target::CLIENT;
		assertApart({"list"}, client, "list", {});
		assertApart({"--config", "start", "list", "--home=x"}, client, "list", {"--config", "start", "--home=x"});
		assertApart({"-v", "--output=json", "submit", "--", "run"}, client, "submit", {"-v", "--output=json", "--", "run"});
		assertApart({"stop", "--help"}, client, "stop", {"--help"});
	}

	void testDaemonWords()
	{
		const auto daemon = Invocation::Target::DAEMON;
		assertApart({"start"}, daemon, "start", {"start"});
		assertApart({"--config", "F", "start", "-f"}, daemon, "start", {"start", "--config", "F", "-f"});
		assertApart({"--config=F", "run", "--pid-file", "P"}, daemon, "run", {"run", "--config=F", "--pid-file", "P"});
		assertApart({"check-config", "--print=control.socket"}, daemon, "check-config", {"check-config", "--print=control.socket"});
		assertApart({"-v", "--output", "json", "start", "--output=human", "--verbose"}, daemon, "start", {"start"});
		assertApart({"start", "--help"}, daemon, "start", {"start", "--help"});
	}

	void testDaemonOptions()
	{
		const auto daemon = Invocation::Target::DAEMON;
		assertApart({"--daemon"}, daemon, "", {"--daemon"});
		assertApart({"--pidfile", "list", "--daemon"}, daemon, "", {"--pidfile", "list", "--daemon"});
		assertApart({"--config=F", "--umask=027", "--daemon"}, daemon, "", {"--config=F", "--umask=027", "--daemon"});
		assertApart({"--config=F"}, daemon, "", {"--config=F"});
		assertApart({"--daem"}, daemon, "", {"--daem"});
		assertApart({"--daemon", "--help"}, daemon, "", {"--daemon", "--help"});
		assertApart({"--daemon", "list"}, daemon, "", {"--daemon", "list"});
	}

	void testHelpAndVersion()
	{
		CPPUNIT_ASSERT(takeApart({"--help"}).target == Invocation::Target::HELP);
		CPPUNIT_ASSERT(takeApart({"--config", "--help", "-h"}).target == Invocation::Target::HELP);
		CPPUNIT_ASSERT(takeApart({"-v", "--version"}).target == Invocation::Target::VERSION);
	}

	void testErrors()
	{
		CPPUNIT_ASSERT_EQUAL(
			std::string("unknown command 'nosuch'; see `taskdaemon --help`"), messageOf<UsageException>([] { takeApart({"nosuch"}); }));
		CPPUNIT_ASSERT_THROW(takeApart({"--home", "x", "daemon"}), UsageException);
		CPPUNIT_ASSERT_THROW(takeApart({""}), UsageException);
		CPPUNIT_ASSERT_THROW(takeApart({}), UsageException);
	}

	void testEmptyValues()
	{
		CLI::App app;
		std::string label;
		bool flag = false;
		app.add_option("--label", label);
		app.add_flag("--flag", flag);
		CPPUNIT_ASSERT((Words{"--label", "", "x"}) == separateEmptyValues(app, {"--label=", "x"}));
		CPPUNIT_ASSERT((Words{"--label", "--label=", "--label", ""}) == separateEmptyValues(app, {"--label", "--label=", "--label="}));
		CPPUNIT_ASSERT((Words{"--flag", "--label=a=", "--label", ""}) == separateEmptyValues(app, {"--flag", "--label=a=", "--label="}));
		CPPUNIT_ASSERT((Words{"--", "--label="}) == separateEmptyValues(app, {"--", "--label="}));
		CPPUNIT_ASSERT((Words{"x", "--label", ""}) == separateEmptyValues(app, {"x", "--label="}));
		app.prefix_command();
		CPPUNIT_ASSERT((Words{"--label", "v", "x", "--label="}) == separateEmptyValues(app, {"--label", "v", "x", "--label="}));
	}

	void testTaskIds()
	{
		CPPUNIT_ASSERT((std::vector<std::int64_t>{1, 9223372036854775807}) == taskIds({"1", "9223372036854775807"}));
		for (const char* word : {"", "0", "-1", "+1", "1 ", "0x1", "1.0", "9223372036854775808", "one"})
			CPPUNIT_ASSERT_THROW_MESSAGE(word, taskId(word), UsageException);
	}

	void testSeconds()
	{
		CPPUNIT_ASSERT_EQUAL(30 * SECOND, seconds("--timeout", "30"));
		CPPUNIT_ASSERT_EQUAL(500 * MILLISECOND, seconds("--timeout", "500ms"));
		CPPUNIT_ASSERT_EQUAL(Microseconds(0), seconds("--timeout", "0"));
		for (const char* word : {"", "-1", "soon", "1.5", "99999999999999999"})
			CPPUNIT_ASSERT_THROW_MESSAGE(word, seconds("--timeout", word), UsageException);
	}

	void testUsageErrorsOfTheProgram()
	/// None of them needs a daemon to be found.
	{
		const TemporaryFolder home;
		const std::vector<Words> wrong{{}, {"nosuch"}, {"list", "--nosuch"}, {"list", "stray"}, {"list", "--state", "asleep"},
			{"list", "--limit", "0"}, {"list", "--before", "x"}, {"show"}, {"show", "x"}, {"show", "1", "2"}, {"logs", "-1"},
			{"logs", "1", "--run", "0"}, {"cancel"}, {"wait"}, {"wait", "1", "x"}, {"submit"}, {"submit", "--"},
			{"submit", "--nosuch", "--", "true"}, {"submit", "--priority", "high", "true"}, {"submit", "--env", "=x", "true"},
			{"submit", "--env", "TASKDAEMON_TEST_UNSET", "true"}, {"submit", "--batch", "-", "true"},
			{"submit", "--batch", "/nonexistent/batch"}, {"--output", "xml", "list"}, {"status", "--interval", "soon"},
			{"status", "--interval=0"}, {"stop", "--timeout", "x"}, {"queue", "nosuch"}, {"list", "--config"}};
		for (const Words& words : wrong)
		{
			const ClientRun run(home.path(), words);
			const std::string shown = (words.empty() ? "" : words[0]) + ": " + run.err;
			CPPUNIT_ASSERT_EQUAL_MESSAGE(shown, 64, run.code);
			CPPUNIT_ASSERT_EQUAL(std::string("taskdaemon: "), run.err.substr(0, 12));
			CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
		}
	}

	void testHelpOfEveryCommand()
	{
		const ClientRun help("/nonexistent", {"--help"});
		CPPUNIT_ASSERT_EQUAL(0, help.code);
		for (const CommandEntry& entry : commands())
		{
			CPPUNIT_ASSERT(help.out.find(std::string("\n  ") + entry.name + " ") != std::string::npos);
			const ClientRun run("/nonexistent", {entry.name, "--help"});
			CPPUNIT_ASSERT_EQUAL(0, run.code);
			CPPUNIT_ASSERT(run.out.find(entry.summary) != std::string::npos);
			CPPUNIT_ASSERT(run.out.find("--output") != std::string::npos);
			CPPUNIT_ASSERT_EQUAL(
				std::string("taskdaemon " TASKDAEMON_VERSION "\n"), ClientRun("/nonexistent", {entry.name, "--version"}).out);
		}
		CPPUNIT_ASSERT_EQUAL(std::string("taskdaemon " TASKDAEMON_VERSION "\n"), ClientRun("/nonexistent", {"--version"}).out);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(CommandLineTest, "Cli");
