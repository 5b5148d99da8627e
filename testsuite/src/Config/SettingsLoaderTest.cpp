#include "TaskDaemon/Config/SettingsLoader.h"
#include "TaskDaemon/Base/Exception.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>
#include <unistd.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class SettingsLoaderTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(SettingsLoaderTest);
	CPPUNIT_TEST(testDefaults);
	CPPUNIT_TEST(testEveryKey);
	CPPUNIT_TEST(testFormatsAgree);
	CPPUNIT_TEST(testQueues);
	CPPUNIT_TEST(testAddresses);
	CPPUNIT_TEST(testWrongValues);
	CPPUNIT_TEST(testLinesOfFormats);
	CPPUNIT_TEST(testAllMistakesAtOnce);
	CPPUNIT_TEST(testFiles);
	CPPUNIT_TEST(testUnreadableFile);
	CPPUNIT_TEST(testOverrides);
	CPPUNIT_TEST(testForeground);
	CPPUNIT_TEST(testLongHome);
	CPPUNIT_TEST(testRelativeFile);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	SettingsSource source(const std::string& file = {}) const
	{
		SettingsSource source;
		source.home = _folder.path();
		source.file = file;
		return source;
	}

	SettingsPtr load(const std::string& content, const std::string& name = "c.properties") const
	{
		return loadSettings(source(_folder.write(name, content)));
	}

	std::string failure(const SettingsSource& from, int exitCode = EXIT_CONFIG) const
	/// The message, in which the folder is written as DIR.
	{
		try
		{
			loadSettings(from);
			return "no failure";
		}
		catch (const Exception& exc)
		{
			CPPUNIT_ASSERT_EQUAL(exitCode, exc.exitCode());
			std::string message = exc.what();
			for (std::size_t at = 0; (at = message.find(_folder.path())) != std::string::npos;)
				message.replace(at, _folder.path().size(), "DIR");
			return message;
		}
	}

	std::string failureOf(const std::string& content, const std::string& name = "c.properties") const
	{
		return failure(source(_folder.write(name, content)));
	}

public:
	void testDefaults()
	{
		const SettingsPtr settings = loadSettings(source());
		CPPUNIT_ASSERT_EQUAL(""s, settings->configFile);
		CPPUNIT_ASSERT_EQUAL(_folder.path("taskdaemon.pid"), settings->pidFile);
		CPPUNIT_ASSERT_EQUAL("/"s, settings->workDir);
		CPPUNIT_ASSERT_EQUAL(027U, settings->umask);
		CPPUNIT_ASSERT_EQUAL(""s, settings->daemonStdout);
		CPPUNIT_ASSERT_EQUAL(""s, settings->daemonStderr);
		CPPUNIT_ASSERT(settings->logLevel == LogLevel::INFORMATION);
		CPPUNIT_ASSERT(settings->logTarget == LogTarget::FILE);
		CPPUNIT_ASSERT_EQUAL(_folder.path("taskdaemon.log"), settings->logFile);
		CPPUNIT_ASSERT_EQUAL("127.0.0.1"s, settings->healthHost);
		CPPUNIT_ASSERT_EQUAL(std::uint16_t(9786), settings->healthPort);
		CPPUNIT_ASSERT_EQUAL(_folder.path("control.sock"), settings->controlSocket);
		CPPUNIT_ASSERT_EQUAL(0660U, settings->controlMode);
		CPPUNIT_ASSERT_EQUAL(""s, settings->controlGroup);
		CPPUNIT_ASSERT_EQUAL(_folder.path("tasks.db"), settings->storePath);
		CPPUNIT_ASSERT_EQUAL(_folder.path("tasks"), settings->taskLogDir);
		CPPUNIT_ASSERT_EQUAL(_folder.path("status.json"), settings->statusFile);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), settings->queues.count("default"));
	}

	void testEveryKey()
	{
		const SettingsPtr settings = load("daemon.pidFile = /a/pid\n"
										  "daemon.workDir = /a/work dir\n"
										  "daemon.umask = 077\n"
										  "daemon.stdout = /a/out\n"
										  "daemon.stderr = /a/err\n"
										  "log.level = debug\n"
										  "log.target = journal\n"
										  "log.file = /a/log\n"
										  "health.address = localhost:0\n"
										  "control.socket = /a/socket\n"
										  "control.mode = 0600\n"
										  "control.group = root\n"
										  "store.path = /a/store\n"
										  "queue.default.parallelism = 3\n"
										  "queue.default.paused = true\n"
										  "task.timeout = 2h\n"
										  "task.killAfter = 1500ms\n"
										  "task.onCrash = fail\n"
										  "task.logDir = /a/logs\n"
										  "shutdown.grace = 0\n"
										  "restart.delay = 1s\n"
										  "restart.maxDelay = 1s\n"
										  "restart.limit = 5\n"
										  "restart.window = 1m\n"
										  "status.file = /a/status\n");
		CPPUNIT_ASSERT_EQUAL(_folder.path("c.properties"), settings->configFile);
		CPPUNIT_ASSERT_EQUAL("/a/pid"s, settings->pidFile);
		CPPUNIT_ASSERT_EQUAL("/a/work dir"s, settings->workDir);
		CPPUNIT_ASSERT_EQUAL(077U, settings->umask);
		CPPUNIT_ASSERT_EQUAL("/a/out"s, settings->daemonStdout);
		CPPUNIT_ASSERT_EQUAL("/a/err"s, settings->daemonStderr);
		CPPUNIT_ASSERT(settings->logLevel == LogLevel::DEBUG);
		CPPUNIT_ASSERT(settings->logTarget == LogTarget::JOURNAL);
		CPPUNIT_ASSERT_EQUAL("/a/log"s, settings->logFile);
		CPPUNIT_ASSERT_EQUAL("localhost"s, settings->healthHost);
		CPPUNIT_ASSERT_EQUAL(std::uint16_t(0), settings->healthPort);
		CPPUNIT_ASSERT_EQUAL("/a/socket"s, settings->controlSocket);
		CPPUNIT_ASSERT_EQUAL(0600U, settings->controlMode);
		CPPUNIT_ASSERT_EQUAL("root"s, settings->controlGroup);
		CPPUNIT_ASSERT_EQUAL("/a/store"s, settings->storePath);
		CPPUNIT_ASSERT_EQUAL(3, settings->queues.at("default").parallelism);
		CPPUNIT_ASSERT(settings->queues.at("default").paused);
		CPPUNIT_ASSERT_EQUAL(7200 * SECOND, settings->taskTimeout);
		CPPUNIT_ASSERT_EQUAL(1500 * MILLISECOND, settings->taskKillAfter);
		CPPUNIT_ASSERT(settings->taskOnCrash == OnCrash::FAIL);
		CPPUNIT_ASSERT_EQUAL("/a/logs"s, settings->taskLogDir);
		CPPUNIT_ASSERT_EQUAL(Microseconds(0), settings->shutdownGrace);
		CPPUNIT_ASSERT_EQUAL(SECOND, settings->restartDelay);
		CPPUNIT_ASSERT_EQUAL(SECOND, settings->restartMaxDelay);
		CPPUNIT_ASSERT_EQUAL(5, settings->restartLimit);
		CPPUNIT_ASSERT_EQUAL(60 * SECOND, settings->restartWindow);
		CPPUNIT_ASSERT_EQUAL("/a/status"s, settings->statusFile);
	}

	void testFormatsAgree()
	{
		const std::pair<std::string, std::string> files[] = {
			{"c.properties", "daemon.umask = 022\nhealth.address=\nqueue.big.parallelism=7\ntask.timeout: 5m\n"},
			{"c.xml",
				"<x><daemon><umask>022</umask></daemon><health><address/></health><queue><big><parallelism>7</parallelism></big></queue>"
				"<task><timeout> 5m </timeout></task><log><!-- nothing --></log></x>"},
			{"c.json",
				R"({"daemon": {"umask": "022"}, "health": {"address": ""}, "queue": {"big": {"parallelism": 7}}, "task": {"timeout": "5m"}})"},
			{"c.yml", "daemon: {umask: 022}\nhealth:\n  address: ''\nqueue:\n  big:\n    parallelism: 7\ntask:\n  timeout: 5m\n"},
			{"c.yaml", "daemon.umask: 022\nhealth.address: ''\nqueue.big.parallelism: 7\ntask.timeout: 5m\n"},
		};
		for (const auto& [name, content] : files)
		{
			const SettingsPtr settings = load(content, name);
			CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 022U, settings->umask);
			CPPUNIT_ASSERT_EQUAL_MESSAGE(name, ""s, settings->healthHost);
			CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 7, settings->queues.at("big").parallelism);
			CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 300 * SECOND, settings->taskTimeout);
			CPPUNIT_ASSERT_EQUAL_MESSAGE(name, _folder.path(name), settings->configFile);
		}
	}

	void testQueues()
	{
		const SettingsPtr settings = load("queue.a.b.paused = true\nqueue.two.parallelism = 10000");
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), settings->queues.size());
		CPPUNIT_ASSERT(settings->queues.at("a.b").paused);
		CPPUNIT_ASSERT_EQUAL(settings->queues.at("default").parallelism, settings->queues.at("a.b").parallelism);
		CPPUNIT_ASSERT(!settings->queues.at("two").paused);
		CPPUNIT_ASSERT_EQUAL(10000, settings->queues.at("two").parallelism);
	}

	void testAddresses()
	{
		const std::tuple<std::string, std::string, int> cases[] = {{"[::1]:9786", "::1", 9786}, {"0.0.0.0:1", "0.0.0.0", 1},
			{"[::]:65535", "::", 65535}, {"my-host.example:80", "my-host.example", 80}};
		for (const auto& [text, host, port] : cases)
		{
			const SettingsPtr settings = load("health.address = " + text);
			CPPUNIT_ASSERT_EQUAL(host, settings->healthHost);
			CPPUNIT_ASSERT_EQUAL(port, int(settings->healthPort));
		}
	}

	void testWrongValues()
	{
		const std::string address = " is wrong; write host:port like 127.0.0.1:9786 or [::1]:9786, or nothing";
		const std::string parallelism = " is wrong; write a whole number from 1 to 10000, or cores";
		const std::string timeout = " is wrong; write a duration from 0 to 365d, like 500ms, 30s, 5m or 2h";
		const std::string longPath = "/" + std::string(107, 'x');
		const std::pair<std::string, std::string> cases[] = {
			{"daemon.pidFile = run/x.pid", "daemon.pidFile: 'run/x.pid' is not an absolute path; begin it with /"},
			{"daemon.pidFile =", "daemon.pidFile: has no value; write an absolute path, or leave the key out"},
			{"daemon.stdout = out", "daemon.stdout: 'out' is not an absolute path; begin it with /"},
			{"daemon.workDir = ~/x", "daemon.workDir: '~/x' is not an absolute path; begin it with /"},
			{"log.file = /x\\ny", "log.file: '/x\\ny' holds a control character; remove it"},
			{"store.path = /" + std::string(4095, 'x'),
				"store.path: '/" + std::string(79, 'x') + "...' has 4096 bytes, 4095 are possible; choose a shorter path"},
			{"control.socket = " + longPath,
				"control.socket: '/" + std::string(79, 'x') + "...' has 108 bytes, 107 are possible; choose a shorter path"},
			{"daemon.umask = 8", "daemon.umask: '8' is wrong; write an octal number from 0 to 0777"},
			{"daemon.umask = 1000", "daemon.umask: '1000' is wrong; write an octal number from 0 to 0777"},
			{"daemon.umask = -1", "daemon.umask: '-1' is wrong; write an octal number from 0 to 0777"},
			{"control.mode = rw", "control.mode: 'rw' is wrong; write an octal number from 0 to 0777"},
			{"control.group = no such group", "control.group: there is no group 'no such group'; create it, or name another one"},
			{"log.level = Debug", "log.level: 'Debug' is wrong; write error, warning, information or debug"},
			{"log.target = console", "log.target: 'console' is wrong; write stderr, file, syslog or journal"},
			{"log.level = debug # really", "log.level: 'debug # really' is wrong; write error, warning, information or debug"},
			{"task.onCrash = retry", "task.onCrash: 'retry' is wrong; write requeue, hold or fail"},
			{"task.timeout = 30", "task.timeout: '30'" + timeout},
			{"task.timeout = -1s", "task.timeout: '-1s'" + timeout},
			{"task.timeout = 366d", "task.timeout: '366d'" + timeout},
			{"task.timeout = 9999999999999999d", "task.timeout: '9999999999999999d'" + timeout},
			{"task.timeout = 30 s", "task.timeout: '30 s'" + timeout},
			{"restart.delay = 0", "restart.delay: '0' is wrong; write a duration from 1ms to 1h, like 500ms, 30s, 5m or 2h"},
			{"restart.limit = 1000001", "restart.limit: '1000001' is wrong; write a whole number from 0 to 1000000"},
			{"restart.limit = 1e3", "restart.limit: '1e3' is wrong; write a whole number from 0 to 1000000"},
			{"queue.x.parallelism = 0", "queue.x.parallelism: '0'" + parallelism},
			{"queue.x.parallelism = 10001", "queue.x.parallelism: '10001'" + parallelism},
			{"queue.x.parallelism = all", "queue.x.parallelism: 'all'" + parallelism},
			{"queue.x.paused = yes", "queue.x.paused: 'yes' is wrong; write true or false"},
			{"queue.a b.paused = true", "queue.a b.paused: queue name 'a b' is wrong; use 1 to 64 letters, digits, '_', '.' and '-'"},
			{"queue.x.prio = 1", "queue.x.prio: unknown key; did you mean queue.x.paused?"},
			{"queue.paused = true", "queue.paused: unknown key; did you mean queue.default.paused?"},
			{"daemon.pidfile = /x", "daemon.pidfile: unknown key; did you mean daemon.pidFile?"},
			{"log = x", "log: unknown key; keys begin with daemon, log, health, control, store, queue, task, shutdown, restart or status"},
			{"\\x1b[2J = x",
				"\\x1b[2J: unknown key; keys begin with daemon, log, health, control, store, queue, task, shutdown, restart or status"},
			{"health.address = 127.0.0.1", "health.address: '127.0.0.1'" + address},
			{"health.address = :9786", "health.address: ':9786'" + address},
			{"health.address = 1.2.3:80", "health.address: '1.2.3:80'" + address},
			{"health.address = ::1:80", "health.address: '::1:80'" + address},
			{"health.address = [1.2.3.4]:80", "health.address: '[1.2.3.4]:80'" + address},
			{"health.address = localhost:65536", "health.address: 'localhost:65536'" + address},
			{"health.address = localhost:", "health.address: 'localhost:'" + address},
			{"health.address = a b:80", "health.address: 'a b:80'" + address},
			{"restart.delay = 20s", "restart.delay: restart.maxDelay (10s) is below restart.delay (20s); raise the one or lower the other"},
			{"restart.maxDelay = 10ms",
				"restart.maxDelay: restart.maxDelay (10ms) is below restart.delay (100ms); raise the one or lower the other"},
		};
		for (const auto& [line, message] : cases)
			CPPUNIT_ASSERT_EQUAL("DIR/c.properties:2: " + message, failureOf("# comment\n" + line + "\n"));
	}

	void testLinesOfFormats()
	{
		const std::string message = ":3: log.level: 'x' is wrong; write error, warning, information or debug";
		CPPUNIT_ASSERT_EQUAL("DIR/c.xml" + message, failureOf("<c>\n<log>\n<level>\nx\n</level></log></c>", "c.xml"));
		CPPUNIT_ASSERT_EQUAL("DIR/c.json" + message, failureOf("{\n\"log\": {\n\"level\":\n\"x\"}}", "c.json"));
		CPPUNIT_ASSERT_EQUAL("DIR/c.yml" + message, failureOf("# c\nlog:\n  level: x\n", "c.yml"));

		const std::string twice = ": log.level: given twice, first in line 2; keep one of them";
		CPPUNIT_ASSERT_EQUAL("DIR/c.properties:4" + twice, failureOf("\nlog.level=debug\n\nlog.level=debug"));
		CPPUNIT_ASSERT_EQUAL(
			"DIR/c.xml:4" + twice, failureOf("<c>\n<log><level>debug</level></log>\n<log>\n<level>debug</level></log></c>", "c.xml"));
		CPPUNIT_ASSERT_EQUAL("DIR/c.json:3" + twice, failureOf("{\"log\": {\n\"level\": \"debug\",\n\"level\": \"debug\"}}", "c.json"));
		CPPUNIT_ASSERT_EQUAL("DIR/c.json:3" + twice, failureOf("{\n\"log.level\": \"debug\",\n\"log\": {\"level\": \"debug\"}}", "c.json"));
		CPPUNIT_ASSERT_EQUAL("DIR/c.yml:3" + twice, failureOf("log:\n  level: debug\n  level: error\n", "c.yml"));
	}

	void testAllMistakesAtOnce()
	{
		CPPUNIT_ASSERT_EQUAL("DIR/c.properties:1: log.levl: unknown key; did you mean log.level?\n"
							 "DIR/c.properties:2: no '=' in this line; write key = value, or begin a comment with #\n"
							 "DIR/c.properties:4: daemon.umask: '9' is wrong; write an octal number from 0 to 0777\n"
							 "DIR/c.properties:5: queue.x.paused: has no value; write true or false, or leave the key out"s,
			failureOf("log.levl = debug\nnonsense\nlog.level = debug\ndaemon.umask = 9\nqueue.x.paused =\n"));
	}

	void testFiles()
	{
		CPPUNIT_ASSERT_EQUAL("cannot open 'DIR/none.xml': No such file or directory; create it, or name another one with --config"s,
			failure(source(_folder.path("none.xml"))));
		CPPUNIT_ASSERT_EQUAL("cannot open 'DIR/c.properties/x.xml': Not a directory; create it, or name another one with --config"s,
			(_folder.write("c.properties", ""), failure(source(_folder.path("c.properties/x.xml")))));
		const std::string known = "; name the file .properties, .xml, .json, .yml or .yaml";
		CPPUNIT_ASSERT_EQUAL("DIR/c.ini: unknown ending '.ini'" + known, failureOf("", "c.ini"));
		CPPUNIT_ASSERT_EQUAL("DIR/c: unknown ending ''" + known, failureOf("", "c"));
		CPPUNIT_ASSERT_EQUAL("DIR/c.XML: unknown ending '.XML'" + known, failureOf("", "c.XML"));
		CPPUNIT_ASSERT(std::filesystem::create_directory(_folder.path("d.properties")));
		CPPUNIT_ASSERT_EQUAL("cannot read 'DIR/d.properties': not a regular file"s, failure(source(_folder.path("d.properties"))));
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_folder.path("f.properties").c_str(), 0600));
		CPPUNIT_ASSERT_EQUAL("cannot read 'DIR/f.properties': not a regular file"s, failure(source(_folder.path("f.properties"))));
		CPPUNIT_ASSERT_EQUAL("cannot read 'DIR/c.properties': larger than 1048576 bytes"s, failureOf(std::string(1048577, '\n')));
		CPPUNIT_ASSERT_EQUAL("no failure"s, failureOf(std::string(1048576, '\n')));

		_folder.write("taskdaemon.properties", "log.level = debug");
		CPPUNIT_ASSERT(loadSettings(source())->logLevel == LogLevel::DEBUG);
		CPPUNIT_ASSERT_EQUAL(_folder.path("taskdaemon.properties"), loadSettings(source())->configFile);
	}

	void testUnreadableFile()
	{
		if (::geteuid() == 0) return; // reads everything
		const std::string file = _folder.write("taskdaemon.properties", "");
		CPPUNIT_ASSERT_EQUAL(0, ::chmod(file.c_str(), 0));
		try
		{
			loadSettings(source());
			CPPUNIT_FAIL("read");
		}
		catch (const SystemException& exc)
		{
			CPPUNIT_ASSERT_EQUAL("cannot open '" + file + "': Permission denied", std::string(exc.what()));
			CPPUNIT_ASSERT_EQUAL(int(EXIT_NOPERM), exc.exitCode());
		}
	}

	void testOverrides()
	{
		SettingsSource from = source(_folder.write("c.properties", "daemon.umask = 022\nlog.level = error\n"));
		from.overrides = {{"daemon.umask", "077"}, {"daemon.pidFile", "/x/pid"}};
		const SettingsPtr settings = loadSettings(from);
		CPPUNIT_ASSERT_EQUAL(077U, settings->umask);
		CPPUNIT_ASSERT_EQUAL("/x/pid"s, settings->pidFile);
		CPPUNIT_ASSERT(settings->logLevel == LogLevel::ERROR);

		from.overrides = {{"daemon.umask", "9"}, {"daemon.pidFile", "pid"}};
		CPPUNIT_ASSERT_EQUAL("command line: daemon.pidFile: 'pid' is not an absolute path; begin it with /\n"
							 "command line: daemon.umask: '9' is wrong; write an octal number from 0 to 0777"s,
			failure(from, EXIT_USAGE));
		from.overrides = {{"daemon.umsk", "9"}};
		CPPUNIT_ASSERT_EQUAL("command line: daemon.umsk: unknown key; did you mean daemon.umask?"s, failure(from, EXIT_USAGE));

		// A wrong file stays wrong where the command line says better.
		from = source(_folder.write("c.properties", "daemon.umask = 9"));
		from.overrides = {{"daemon.umask", "077"}};
		CPPUNIT_ASSERT_EQUAL("DIR/c.properties:1: daemon.umask: '9' is wrong; write an octal number from 0 to 0777"s, failure(from));
	}

	void testForeground()
	{
		SettingsSource from = source(_folder.write("c.properties", "log.level = debug"));
		from.foreground = true;
		CPPUNIT_ASSERT(loadSettings(from)->logTarget == LogTarget::STDERR);
		_folder.write("c.properties", "log.target = file");
		CPPUNIT_ASSERT(loadSettings(from)->logTarget == LogTarget::FILE);
	}

	void testLongHome()
	{
		SettingsSource from = source();
		from.home = "/" + std::string(100, 'x');
		const std::string message = "built-in default: control.socket: '/" + std::string(79, 'x') +
									"...' has 114 bytes, 107 are possible; choose a shorter path";
		CPPUNIT_ASSERT_EQUAL(message, failure(from));
		from.file = _folder.write("c.properties", "control.socket = /run/x.sock");
		CPPUNIT_ASSERT_EQUAL("/run/x.sock"s, loadSettings(from)->controlSocket);
	}

	void testRelativeFile()
	{
		_folder.write("c.properties", "log.level = debug");
		const std::filesystem::path before = std::filesystem::current_path();
		std::filesystem::current_path(_folder.path());
		const SettingsPtr settings = loadSettings(source("c.properties"));
		std::filesystem::current_path(before);
		CPPUNIT_ASSERT_EQUAL(_folder.path("c.properties"), settings->configFile);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SettingsLoaderTest, "Config");
