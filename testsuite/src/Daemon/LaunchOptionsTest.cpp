#include "Daemon/LaunchOptions.h"
#include "ChildProcess.h"
#include "TaskDaemon/Base/ExitCode.h"
#include <Poco/Util/OptionException.h>
#include <Poco/Util/OptionProcessor.h>
#include <algorithm>
#include <cstdlib>


using namespace TaskDaemon;
using namespace std::string_literals;


class LaunchOptionsTest: public CppUnit::TestFixture
/// Through POCO's own OptionProcessor, since what matters is what both make of a command line together.
{
	CPPUNIT_TEST_SUITE(LaunchOptionsTest);
	CPPUNIT_TEST(testCommands);
	CPPUNIT_TEST(testOrderDoesNotMatter);
	CPPUNIT_TEST(testValues);
	CPPUNIT_TEST(testRefusals);
	CPPUNIT_TEST(testAbbreviations);
	CPPUNIT_TEST(testValueIsNoOption);
	CPPUNIT_TEST(testPaths);
	CPPUNIT_TEST_SUITE_END();

	using Words = std::vector<std::string>;

	static LaunchOptions parse(const Words& arguments)
	/// As DaemonApplication::run and POCO's Application::processOptions do.
	{
		Poco::Util::OptionSet set;
		LaunchOptions::define(set);
		LaunchOptions::checkSpelling(set, arguments);
		LaunchOptions options;
		Poco::Util::OptionProcessor processor(set);
		processor.setUnixStyle(true);
		Words rest;
		for (const std::string& argument : arguments)
		{
			std::string name;
			std::string value;
			if (!processor.process(argument, name, value))
				rest.push_back(argument);
			else if (!name.empty())
				options.take(name, value);
		}
		processor.checkRequired();
		options.takeWords(rest);
		return options;
	}

	static std::string commandOf(const Words& arguments)
	{
		try
		{
			static const char* const NAMES[] = {"foreground", "daemon", "check-config", "help", "version"};
			return NAMES[static_cast<int>(parse(arguments).command())];
		}
		catch (const UsageException& exception)
		{
			CPPUNIT_ASSERT_EQUAL(int(EXIT_USAGE), exception.exitCode());
			return exception.what();
		}
		catch (const Poco::Util::OptionException& exception)
		{
			return exception.displayText();
		}
	}

	static std::string joined(const Words& words)
	{
		std::string text;
		for (const std::string& word : words) text += word + " ";
		return text;
	}

public:
	void testCommands()
	{
		const struct
		{
			Words arguments;
			std::string command;
		} cases[] = {
			{{}, "foreground"},
			{{"run"}, "foreground"},
			{{"-f"}, "foreground"},
			{{"--foreground"}, "foreground"},
			{{"start", "-f"}, "foreground"},
			{{"start", "--foreground"}, "foreground"},
			{{"--daemon"}, "daemon"},
			{{"start"}, "daemon"},
			{{"start", "--daemon"}, "daemon"},
			{{"check-config"}, "check-config"},
			{{"check-config", "--print=control.socket"}, "check-config"},
			{{"--help"}, "help"},
			{{"-h"}, "help"},
			{{"start", "--help"}, "help"},
			{{"--version"}, "version"},
			{{"--version", "--daemon"}, "version"},
			{{"--", "start"}, "daemon"},
		};
		for (const auto& c : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(joined(c.arguments), c.command, commandOf(c.arguments));
	}

	void testOrderDoesNotMatter()
	{
		Words words{"--daemon", "--pidfile=/p", "--umask=027", "--config=/c"};
		std::sort(words.begin(), words.end());
		do
		{
			const LaunchOptions options = parse(words);
			CPPUNIT_ASSERT(options.command() == LaunchCommand::DAEMON);
			CPPUNIT_ASSERT_EQUAL("/p 027 /c"s, options.value("pidfile") + " " + options.value("umask") + " " + options.value("config"));
		}
		while (std::next_permutation(words.begin(), words.end()));
		for (const Words& line : {Words{"start", "--home", "/h"}, Words{"--home", "/h", "start"}, Words{"--home=/h", "start"}})
		{
			const LaunchOptions options = parse(line);
			CPPUNIT_ASSERT(options.command() == LaunchCommand::DAEMON);
			CPPUNIT_ASSERT_EQUAL("/h"s, options.value("home"));
		}
	}

	void testValues()
	{
		const struct
		{
			Words arguments;
			std::string option;
			std::string value;
		} cases[] = {
			{{"--config=/a=b:c"}, "config", "/a=b:c"},
			{{"--config:/a"}, "config", "/a"},
			{{"--config", "/a"}, "config", "/a"},
			{{"-c", "/a"}, "config", "/a"},
			{{"-c/a"}, "config", "/a"},
			{{"--pid-file=/p"}, "pidfile", "/p"},
			{{"--pid-file", "/p"}, "pidfile", "/p"},
			{{"--umask=0"}, "umask", "0"},
			{{"--home", "a b"}, "home", "a b"},
		};
		for (const auto& c : cases)
		{
			const LaunchOptions options = parse(c.arguments);
			CPPUNIT_ASSERT(options.has(c.option));
			CPPUNIT_ASSERT_EQUAL_MESSAGE(joined(c.arguments), c.value, options.value(c.option));
		}
		CPPUNIT_ASSERT(!parse({}).has("config"));
		CPPUNIT_ASSERT_EQUAL(""s, parse({}).value("config"));
	}

	void testRefusals()
	{
		const struct
		{
			Words arguments;
			std::string message;
		} cases[] = {
			{{"stop"}, "unknown command 'stop'; taskdaemond knows start, run and check-config, taskdaemon all others"},
			{{""}, "unknown command ''; taskdaemond knows start, run and check-config, taskdaemon all others"},
			{{"-"}, "unknown command '-'; taskdaemond knows start, run and check-config, taskdaemon all others"},
			{{"start", "now"}, "unexpected argument 'now' after 'start'"},
			{{"run", "--daemon"}, "--daemon contradicts run"},
			{{"--daemon", "-f"}, "--daemon contradicts --foreground"},
			{{"--print=control.socket"}, "the option '--print' goes with check-config only"},
			{{"start", "--print", "control.socket"}, "the option '--print' goes with check-config only"},
			{{"--config"}, "the option '--config' needs a value"},
			{{"--daemon", "-c"}, "the option '-c' needs a value"},
			{{"--config="}, "the option '--config=' needs a value"},
			{{"--pidfile=", "--daemon"}, "the option '--pidfile=' needs a value"},
			{{"--pidfile:", "--daemon"}, "the option '--pidfile:' needs a value"},
			{{"--daemon=yes"}, "the option '--daemon=yes' takes no value"},
			{{"--daemon="}, "the option '--daemon=' takes no value"},
			{{"-fd"}, "the option '-fd' takes no value"},
			{{"--pidfile=/a", "--pid-file=/b"}, "the option '--pid-file' is given twice"},
		};
		for (const auto& c : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(joined(c.arguments), c.message, commandOf(c.arguments));
		// POCO's own refusal, which becomes a usage error too.
		CPPUNIT_ASSERT(commandOf({"--umask=1", "--umask=2"}) != "foreground");
	}

	void testAbbreviations()
	/// POCO would take a prefix and any case: a misspelling must not daemonize, nor anything else.
	{
		for (const std::string option : {"--d", "--daemo", "--DAEMON", "--Daemon", "--deamon", "--daemons", "-d", "--conf=/c", "--pid=/p",
				 "--pidfil=/p", "--CONFIG=/c", "--um=0", "-C/c", "-H", "--h", "--=x", "--:x", "-=", "---daemon", "--fore"})
		{
			CPPUNIT_ASSERT_EQUAL("unknown option '" + option + "'; see taskdaemond --help", commandOf({option}));
			CPPUNIT_ASSERT_EQUAL("unknown option '" + option + "'; see taskdaemond --help", commandOf({"start", option}));
		}
	}

	void testValueIsNoOption()
	/// What follows an option that needs a value is that value, for us as for POCO.
	{
		const LaunchOptions options = parse({"--config", "--daemon"});
		CPPUNIT_ASSERT_EQUAL("--daemon"s, options.value("config"));
		CPPUNIT_ASSERT(options.command() == LaunchCommand::FOREGROUND);
		CPPUNIT_ASSERT_EQUAL("-x"s, parse({"-c", "-x"}).value("config"));
		CPPUNIT_ASSERT_EQUAL("start"s, parse({"--home", "start"}).value("home"));
	}

	void testPaths()
	{
		const char* const variable = "TASKDAEMON_LAUNCH_OPTIONS_TEST";
		inChild(
			[variable]
			{
				CPPUNIT_ASSERT_EQUAL(0, ::chdir("/usr"));
				CPPUNIT_ASSERT_EQUAL("/a/c"s, parse({"--config=/a/b/../c"}).path("config", nullptr));
				CPPUNIT_ASSERT_EQUAL("/usr/x"s, parse({"--config=x"}).path("config", nullptr));
				CPPUNIT_ASSERT_EQUAL("/x"s, parse({"--config=../x"}).path("config", nullptr));
				CPPUNIT_ASSERT_EQUAL(""s, parse({}).path("config", nullptr));
				CPPUNIT_ASSERT_EQUAL(""s, parse({}).path("config", variable));
				::setenv(variable, "", 1);
				CPPUNIT_ASSERT_EQUAL(""s, parse({}).path("config", variable));
				::setenv(variable, "y", 1);
				CPPUNIT_ASSERT_EQUAL("/usr/y"s, parse({}).path("config", variable));
				CPPUNIT_ASSERT_EQUAL_MESSAGE("the option wins", "/x"s, parse({"--config=/x"}).path("config", variable));
			});
		LaunchOptions options;
		options.take("config", "");
		CPPUNIT_ASSERT_EQUAL("the option '--config' needs a value"s, messageOf<UsageException>([&] { options.path("config", variable); }));
		CPPUNIT_ASSERT_EQUAL("the option '--config' is given twice"s, messageOf<UsageException>([&] { options.take("config", "/x"); }));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(LaunchOptionsTest, "Daemon");
