#include "Config/Schema.h"
#include "Config/ValueParser.h"
#include "TaskDaemon/Base/Text.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <set>
#include <thread>


using namespace TaskDaemon;
using namespace std::string_literals;


class SchemaTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(SchemaTest);
	CPPUNIT_TEST(testKeys);
	CPPUNIT_TEST(testDefaultsAgree);
	CPPUNIT_TEST(testFind);
	CPPUNIT_TEST(testIsSection);
	CPPUNIT_TEST(testSuggest);
	CPPUNIT_TEST(testQueueNames);
	CPPUNIT_TEST_SUITE_END();

	const Schema _schema{Paths::defaults("/home/x")};

public:
	void testKeys()
	{
		const std::set<std::string> expected = {"daemon.pidFile", "daemon.workDir", "daemon.umask", "daemon.stdout", "daemon.stderr",
			"log.level", "log.target", "log.file", "health.address", "control.socket", "control.mode", "control.group", "store.path",
			"queue.NAME.parallelism", "queue.NAME.paused", "task.timeout", "task.killAfter", "task.onCrash", "task.logDir",
			"shutdown.grace", "restart.delay", "restart.maxDelay", "restart.limit", "restart.window", "status.file"};
		std::set<std::string> names;
		for (const SchemaKey& key : _schema.keys())
		{
			CPPUNIT_ASSERT_MESSAGE(key.name, names.insert(key.name).second);
			CPPUNIT_ASSERT_MESSAGE(key.name, !key.text.empty() && key.text.back() == '.');
			CPPUNIT_ASSERT_MESSAGE(key.name, !key.allowed().empty());
		}
		CPPUNIT_ASSERT(expected == names);
	}

	void testDefaultsAgree()
	/// Settings made by tests without the loader must not differ from loaded ones.
	{
		Settings loaded;
		for (const SchemaKey& key : _schema.keys()) key.apply(loaded, "default", parseValue(key, key.defaultValue));
		const Settings made;
		CPPUNIT_ASSERT_EQUAL(made.umask, loaded.umask);
		CPPUNIT_ASSERT(made.logLevel == loaded.logLevel);
		CPPUNIT_ASSERT(made.logTarget == loaded.logTarget);
		CPPUNIT_ASSERT_EQUAL(made.controlMode, loaded.controlMode);
		CPPUNIT_ASSERT_EQUAL(made.taskTimeout, loaded.taskTimeout);
		CPPUNIT_ASSERT_EQUAL(made.taskKillAfter, loaded.taskKillAfter);
		CPPUNIT_ASSERT(made.taskOnCrash == loaded.taskOnCrash);
		CPPUNIT_ASSERT_EQUAL(made.shutdownGrace, loaded.shutdownGrace);
		CPPUNIT_ASSERT_EQUAL(made.restartDelay, loaded.restartDelay);
		CPPUNIT_ASSERT_EQUAL(made.restartMaxDelay, loaded.restartMaxDelay);
		CPPUNIT_ASSERT_EQUAL(made.restartLimit, loaded.restartLimit);
		CPPUNIT_ASSERT_EQUAL(made.restartWindow, loaded.restartWindow);
		CPPUNIT_ASSERT_EQUAL(std::max(1, static_cast<int>(std::thread::hardware_concurrency())), loaded.queues.at("default").parallelism);
		CPPUNIT_ASSERT(!loaded.queues.at("default").paused);
	}

	void testFind()
	{
		CPPUNIT_ASSERT_EQUAL("log.level"s, _schema.find("log.level").key->name);
		CPPUNIT_ASSERT_EQUAL("queue.NAME.paused"s, _schema.find("queue.big.paused").key->name);
		CPPUNIT_ASSERT_EQUAL("big"s, _schema.find("queue.big.paused").queue);
		CPPUNIT_ASSERT_EQUAL("a.b.c"s, _schema.find("queue.a.b.c.paused").queue);
		CPPUNIT_ASSERT_EQUAL("paused"s, _schema.find("queue.paused.paused").queue);
		for (const char* name : {"", ".", "log", "log.", "log.Level", "log.level.x", "queue", "queue.", "queue.paused", "queue..paused",
				 "queue.big", "queue.big.", "queue.big.x", "xqueue.big.paused"})
		{
			CPPUNIT_ASSERT_MESSAGE(name, _schema.find(name).key == nullptr);
		}
	}

	void testIsSection()
	{
		for (const char* name : {"log", "queue", "queue.default"}) CPPUNIT_ASSERT_MESSAGE(name, _schema.isSection(name));
		for (const char* name : {"", "lo", "log.level", "log.", "queue.", "queue.a.b", "queue.a b"})
		{
			CPPUNIT_ASSERT_MESSAGE(name, !_schema.isSection(name));
		}
	}

	void testSuggest()
	{
		const std::string sections = "keys begin with daemon, log, health, control, store, queue, task, shutdown, restart or status";
		const std::pair<std::string, std::string> cases[] = {
			{"daemon.pidfile", "did you mean daemon.pidFile?"},
			{"DAEMON.PID_FILE", "did you mean daemon.pidFile?"},
			{"log.levl", "did you mean log.level?"},
			{"loglevel", "did you mean log.level?"},
			{"queue.parallelism", "did you mean queue.default.parallelism?"},
			{"queue.big.paralelism", "did you mean queue.big.parallelism?"},
			{"queue.a.b.pause", "did you mean queue.a.b.paused?"},
			{"x", sections},
			{"", sections},
			{"nothing.like.any", sections},
			{"log.level" + std::string(200, 'x'), sections},
		};
		for (const auto& [name, suggestion] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(name, suggestion, _schema.suggest(name));
	}

	void testQueueNames()
	{
		for (const std::string& name : {"a"s, "default"s, "A-1_b.c"s, std::string(64, 'x')})
			CPPUNIT_ASSERT_MESSAGE(name, isQueueName(name));
		for (const std::string& name : {""s, "a b"s, "a/b"s, "\xC3\xA4"s, "a\n"s, std::string(65, 'x')})
		{
			CPPUNIT_ASSERT_MESSAGE(name, !isQueueName(name));
		}
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SchemaTest, "Config");
