#include "Cli/Context.h"
#include "ChildProcess.h"
#include "Cli/Launcher.h"
#include "ClientRun.h"
#include "TaskDaemon/Base/Exception.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class ContextTest: public CppUnit::TestFixture
/// Context, and Launcher, which it asks about files in other formats.
{
	CPPUNIT_TEST_SUITE(ContextTest);
	CPPUNIT_TEST(testDefaults);
	CPPUNIT_TEST(testProperties);
	CPPUNIT_TEST(testMistakesAreNotOurs);
	CPPUNIT_TEST(testRelativePath);
	CPPUNIT_TEST(testMissingFile);
	CPPUNIT_TEST(testPidFileOption);
	CPPUNIT_TEST(testEnvironment);
	CPPUNIT_TEST(testLauncherCaptures);
	CPPUNIT_TEST(testLauncherFails);
	CPPUNIT_TEST(testLauncherExecutes);
	CPPUNIT_TEST(testLauncherFindsNothing);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	Context makeContext(const std::string& config = "")
	{
		GlobalOptions options;
		options.home = _folder.path();
		options.config = config;
		return Context(options, STDOUT_FILENO);
	}

	void testDefaults()
	{
		CPPUNIT_ASSERT_EQUAL(_folder.path("control.sock"), makeContext().controlSocket());
		CPPUNIT_ASSERT_EQUAL(_folder.path("taskdaemon.pid"), makeContext().pidFile());
		CPPUNIT_ASSERT((std::vector<std::string>{"--config=F", "--home=" + _folder.path()}) == makeContext("F").daemonOptions());
	}

	void testProperties()
	{
		_folder.write("taskdaemon.properties", "# x\ncontrol.socket = /run/a b.sock\nlog.level = debug\n");
		CPPUNIT_ASSERT_EQUAL(std::string("/run/a b.sock"), makeContext().controlSocket());
		CPPUNIT_ASSERT_EQUAL(_folder.path("taskdaemon.pid"), makeContext().pidFile());
		const std::string other = _folder.write("other.properties", "daemon.pidFile=/run/o.pid\n");
		CPPUNIT_ASSERT_EQUAL(std::string("/run/o.pid"), makeContext(other).pidFile());
		CPPUNIT_ASSERT_EQUAL(_folder.path("control.sock"), makeContext(other).controlSocket());
	}

	void testMistakesAreNotOurs()
	{
		_folder.write("taskdaemon.properties", "no equals sign\ncontrol.socket = /run/x\nnonsense = \\q\n");
		CPPUNIT_ASSERT_EQUAL(std::string("/run/x"), makeContext().controlSocket());
	}

	void testRelativePath()
	{
		_folder.write("taskdaemon.properties", "control.socket = run/x\n");
		CPPUNIT_ASSERT_THROW(makeContext().controlSocket(), ConfigurationException);
	}

	void testMissingFile()
	{
		const std::string message = messageOf<ConfigurationException>(
			[&] { makeContext(_folder.path("none.properties")).controlSocket(); });
		CPPUNIT_ASSERT(message.find("none.properties") != std::string::npos);
	}

	void testPidFileOption()
	{
		Context context = makeContext();
		context.setPidFile("/x/y.pid");
		CPPUNIT_ASSERT_EQUAL(std::string("/x/y.pid"), context.pidFile());
	}

	void testEnvironment()
	{
		inChild(
			[]
			{
				setVariable("TASKDAEMON_HOME", "/h");
				setVariable("TASKDAEMON_CONFIG", "/c");
				CPPUNIT_ASSERT_EQUAL(std::string("/h"), GlobalOptions::fromEnvironment().home);
				CPPUNIT_ASSERT_EQUAL(std::string("/c"), GlobalOptions::fromEnvironment().config);
				CPPUNIT_ASSERT_EQUAL(std::string("human"), GlobalOptions::fromEnvironment().output);
			});
	}

	std::string script(const std::string& text)
	{
		std::string path = _folder.write("program", "#!/bin/sh\n" + text);
		::chmod(path.c_str(), 0700);
		return path;
	}

	void testLauncherCaptures()
	{
		const Launcher launcher({_folder.path("none"), script("echo \"$1|$2\"; echo more")});
		CPPUNIT_ASSERT_EQUAL(std::string("a b|--c"), launcher.capture({"a b", "--c"}));
	}

	void testLauncherFails()
	{
		const Launcher launcher({script("exit 78")});
		CPPUNIT_ASSERT_THROW(launcher.capture({"x"}), ConfigurationException);
		const Launcher killed({script("kill -9 $$")});
		CPPUNIT_ASSERT_THROW(killed.capture({"x"}), ConfigurationException);
	}

	void testLauncherExecutes()
	{
		const std::string program = script("test \"$1\" = start && exit 42");
		ChildProcess child([&]() -> int { Launcher({program}).execute({"start"}); });
		CPPUNIT_ASSERT_EQUAL(42, child.exitCode());
	}

	void testLauncherFindsNothing()
	{
		const Launcher launcher({"/none/a", "/none/b"});
		const std::string message = messageOf<Exception>([&] { launcher.capture({}); });
		CPPUNIT_ASSERT(message.find("looked for /none/a, /none/b") != std::string::npos);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ContextTest, "Cli");
