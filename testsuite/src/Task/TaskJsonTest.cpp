#include "TaskDaemon/Task/TaskJson.h"
#include "TaskDaemon/Base/Exception.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class TaskJsonTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(TaskJsonTest);
	CPPUNIT_TEST(testQueuedTask);
	CPPUNIT_TEST(testWholeTask);
	CPPUNIT_TEST(testBytesOut);
	CPPUNIT_TEST(testOutputFile);
	CPPUNIT_TEST(testLeastSpec);
	CPPUNIT_TEST(testFullSpec);
	CPPUNIT_TEST(testDefaults);
	CPPUNIT_TEST(testEnvironmentForms);
	CPPUNIT_TEST(testBytesIn);
	CPPUNIT_TEST(testBadFields);
	CPPUNIT_TEST(testBadEnvironment);
	CPPUNIT_TEST(testBadDefaults);
	CPPUNIT_TEST(testRanges);
	CPPUNIT_TEST(testSizeLimit);
	CPPUNIT_TEST_SUITE_END();

	static Task sampleTask()
	{
		Task task;
		task.id = 17;
		task.spec.command = {"/bin/echo", "hello"};
		task.spec.cwd = "/tmp";
		task.spec.environment = {"A=1"};
		task.submittedAt = 1000;
		return task;
	}

	static TaskSpec parse(const std::string& object, const std::string& defaults = "null")
	{
		return taskSpecFromJson(Json::parse(object), Json::parse(defaults), Settings());
	}

	static TaskSpec with(const std::string& fields)
	/// A valid task with further fields.
	{
		return parse(R"({"command": ["x"], "cwd": "/", )" + fields + "}");
	}

	static void expectBad(
		const std::string& object, const std::string& field, const std::string& reason, const std::string& defaults = "null")
	{
		try
		{
			parse(object, defaults);
		}
		catch (const ValidationException& exception)
		{
			CPPUNIT_ASSERT_EQUAL(field, exception.field());
			const std::string message = exception.what();
			CPPUNIT_ASSERT_MESSAGE(message + " lacks: " + reason, message.find(reason) != std::string::npos);
			return;
		}
		CPPUNIT_FAIL("accepted: " + object);
	}

	static void expectBadField(const std::string& field, const std::string& value, const std::string& reason)
	{
		expectBad(R"({"command": ["x"], "cwd": "/", ")" + field + "\": " + value + "}", field, reason);
	}

public:
	void testQueuedTask()
	{
		const std::string expected =
			R"({"id":17,"state":"queued","cause":null,"queue":"default","label":null,"priority":0,"command":["/bin/echo","hello"],"cwd":"/tmp",)"
			R"("attempt":0,"exit_code":null,"signal":null,"submitted_at":1000,"started_at":null,"finished_at":null,"pid":null,"held":false,)"
			R"("detail":null})";
		CPPUNIT_ASSERT_EQUAL(expected, dumpJson(taskToJson(sampleTask(), false)));
	}

	void testWholeTask()
	{
		Task task = sampleTask();
		task.state = TaskState::RUNNING;
		task.spec.umask = 027;
		task.spec.label = "nightly";
		task.pid = 4711;
		task.attempt = 1;
		Run first;
		first.run = 1;
		first.attempt = 1;
		first.pid = 99;
		first.startedAt = 5;
		first.outcome = Outcome();
		first.outcome->state = TaskState::FAILED;
		first.outcome->cause = Cause::INTERRUPTED;
		first.outcome->signal = 15;
		first.outcome->userTime = 0;
		first.outcome->finishedAt = 9;
		Run second;
		second.run = 2;
		second.attempt = 1;
		second.startedAt = 10;
		task.runs = {first, second};
		const Json json = taskToJson(task, true);
		CPPUNIT_ASSERT(json["label"] == "nightly" && json["pid"] == 4711 && json["umask"] == "027" && json["on_crash"] == "requeue");
		CPPUNIT_ASSERT(json["timeout_us"].is_null() && json["kill_after_us"] == 10000000 && json["environment"] == Json::array({"A=1"}));
		CPPUNIT_ASSERT(json["user_time_us"].is_null() && json["max_rss_bytes"].is_null());
		const std::string expected =
			R"([{"run":1,"attempt":1,"state":"failed","cause":"interrupted","exit_code":null,"signal":15,"detail":null,"pid":99,"started_at":5,)"
			R"("finished_at":9,"user_time_us":0,"system_time_us":null,"max_rss_bytes":null},{"run":2,"attempt":1,"state":"running","cause":null,)"
			R"("exit_code":null,"signal":null,"detail":null,"pid":null,"started_at":10,"finished_at":null,"user_time_us":null,)"
			R"("system_time_us":null,"max_rss_bytes":null}])";
		CPPUNIT_ASSERT_EQUAL(expected, dumpJson(json["runs"]));
		task.runs = {first};
		CPPUNIT_ASSERT(taskToJson(task, true)["user_time_us"] == 0);
		CPPUNIT_ASSERT(!taskToJson(task, false).contains("runs"));
	}

	void testBytesOut()
	{
		Task task = sampleTask();
		task.spec.command = {"a\xff"
							 "b",
			"caf\xc3\xa9"};
		task.spec.cwd = "/\xfe";
		const Json json = taskToJson(task, true);
		CPPUNIT_ASSERT(json["command"] == Json::array({{{"base64", "Yf9i"}}, "caf\xc3\xa9"}));
		CPPUNIT_ASSERT(json["cwd"] == Json({{"base64", "L/4="}}));
	}

	void testOutputFile()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("/logs/0/17.1.out"), outputFile("/logs", {17, 1}, false));
		CPPUNIT_ASSERT_EQUAL(std::string("/logs/12345/12345678.3.err"), outputFile("/logs", {12345678, 3}, true));
	}

	void testLeastSpec()
	{
		Settings settings;
		settings.taskTimeout = 60 * SECOND;
		settings.taskKillAfter = 3 * SECOND;
		settings.taskOnCrash = OnCrash::FAIL;
		const TaskSpec spec = taskSpecFromJson(Json::parse(R"({"command": "echo $HOME", "cwd": "/tmp"})"), Json(), settings);
		CPPUNIT_ASSERT(spec.command == (std::vector<std::string>{"/bin/sh", "-c", "echo $HOME"}));
		CPPUNIT_ASSERT(
			spec.cwd == "/tmp" && spec.environment.empty() && spec.label.empty() && spec.queue == "default" && spec.priority == 0);
		CPPUNIT_ASSERT(spec.timeout == 60 * SECOND && spec.killAfter == 3 * SECOND && spec.onCrash == OnCrash::FAIL && !spec.held);
	}

	void testFullSpec()
	{
		const TaskSpec spec = parse(
			R"({"command": ["/bin/a", "", "-b"], "cwd": "/", "env": {"A": "1=2", "B": ""}, "umask": "077", "label": "naïve",
			"queue": "q_1.x-y", "priority": -32768, "timeout": "90s", "kill_after": "0", "on_crash": "hold", "hold": true})");
		CPPUNIT_ASSERT(spec.command == (std::vector<std::string>{"/bin/a", "", "-b"}));
		CPPUNIT_ASSERT(spec.environment == (std::vector<std::string>{"A=1=2", "B="}));
		CPPUNIT_ASSERT(spec.umask == 077 && spec.label == "naïve" && spec.queue == "q_1.x-y" && spec.priority == -32768);
		CPPUNIT_ASSERT(spec.timeout == 90 * SECOND && spec.killAfter == 0 && spec.onCrash == OnCrash::HOLD && spec.held);
	}

	void testDefaults()
	{
		const std::string defaults = R"({"cwd": "/srv", "env": ["A=1", "B=2"], "priority": 5, "hold": true, "umask": "027"})";
		const TaskSpec spec = parse(R"({"command": ["x"], "env": {"B": "3", "C": "4"}, "hold": false})", defaults);
		CPPUNIT_ASSERT(spec.environment == (std::vector<std::string>{"A=1", "B=3", "C=4"}));
		CPPUNIT_ASSERT(spec.cwd == "/srv" && spec.priority == 5 && !spec.held && spec.umask == 027);
		CPPUNIT_ASSERT(parse(R"({"cwd": "/"})", R"({"command": "true", "cwd": "/x"})").command.at(2) == "true");
	}

	void testEnvironmentForms()
	{
		CPPUNIT_ASSERT(with(R"("env": ["A=1", "B=", "A=2"])").environment == (std::vector<std::string>{"A=2", "B="}));
		CPPUNIT_ASSERT(with(R"("env": [])").environment.empty());
		CPPUNIT_ASSERT(with(R"("env": {})").environment.empty());
	}

	void testBytesIn()
	{
		const TaskSpec spec = parse(R"({"command": ["x", {"base64": "/w=="}], "cwd": {"base64": "L/4="}, "env": [{"base64": "QT3/"}]})");
		CPPUNIT_ASSERT(spec.command.at(1) == "\xff" && spec.cwd == "/\xfe" && spec.environment.at(0) == "A=\xff");
		expectBad(R"({"command": ["x", {"base64": "AA=="}], "cwd": "/"})", "command[1]", "NUL");
		expectBad(R"({"command": ["x", {"base64": "!"}], "cwd": "/"})", "command[1]", "base64");
	}

	void testBadFields()
	{
		expectBad("[]", "task", "must be a JSON object, not array");
		expectBad(R"({"cwd": "/"})", "command", "is missing");
		expectBad(R"({"command": [], "cwd": "/"})", "command", "is empty");
		expectBad(R"({"command": "", "cwd": "/"})", "command", "is empty");
		expectBad(R"({"command": [""], "cwd": "/"})", "command[0]", "is empty");
		expectBad(R"({"command": ["a", 1], "cwd": "/"})", "command[1]", "must be a string");
		expectBad(R"({"command": {"base64": "eA=="}, "cwd": "/"})", "command", "an array of strings");
		expectBad(R"({"command": ["a\u0000b"], "cwd": "/"})", "command[0]", "NUL");
		expectBad(R"({"command": ["a"]})", "cwd", "is missing");
		expectBad(R"({"command": ["a"], "cwd": "tmp"})", "cwd", "absolute");
		expectBad(R"({"command": ["a"], "cwd": ""})", "cwd", "absolute");
		expectBad(R"({"command": ["a"], "cwd": "/", "cmd": 1})", "cmd", "is no field of a task; those are command, cwd");
		expectBadField("label", "7", "must be a string, not number");
		expectBadField("label", "null", "must be a string, not null");
		expectBadField("label", R"("a\nb")", "control characters");
		expectBadField("label", R"("a\u007f")", "control characters");
		expectBadField("label", R"("a\u009b31m")", "control characters");
		expectBadField("queue", R"("a b")", "1 to 64 letters");
		expectBadField("queue", R"("")", "1 to 64 letters");
		expectBadField("umask", R"("999")", "octal");
		expectBadField("umask", R"("1777")", "octal");
		expectBadField("umask", "22", "must be a string");
		expectBadField("timeout", "30", "must be a string, not number");
		expectBadField("timeout", R"("30")", "must be a duration like");
		expectBadField("timeout", R"("-5s")", "must be a duration like");
		expectBadField("kill_after", R"("1y")", "must be a duration like");
		expectBadField("on_crash", R"("explode")", "\"requeue\", \"hold\" or \"fail\"");
		expectBadField("hold", "1", "must be true or false, not number");
		expectBadField("hold", R"("true")", "must be true or false, not string");
	}

	void testBadEnvironment()
	{
		expectBadField("env", R"("A=1")", "must be an object, or an array");
		for (const auto& [env, field] : std::vector<std::pair<std::string, std::string>>{{R"(["A=1", "B"])", "env[1]"},
				 {R"(["=1"])", "env[0]"}, {"[1]", "env[0]"}, {R"({"": "1"})", "env."}, {R"({"A=B": "1"})", "env.A=B"},
				 {R"({"A": 1})", "env.A"}, {R"({"A\u0000": "1"})", "env.A\\x00"}, {R"({"A": "\u0000"})", "env.A"}})
			expectBad(R"({"command": ["x"], "cwd": "/", "env": )" + env + "}", field, "must");
	}

	void testBadDefaults()
	{
		const std::string good = R"({"command": ["x"], "cwd": "/"})";
		expectBad(good, "defaults", "must be a JSON object", "[]");
		expectBad(good, "defaults.nice", "is no field", R"({"nice": 5})");
		expectBad(good, "defaults.priority", "must be an integer", R"({"priority": "high"})");
		expectBad(good, "defaults.env[0]", "NAME=value", R"({"env": ["A"]})");
	}

	void testRanges()
	{
		CPPUNIT_ASSERT_EQUAL(32767, with(R"("priority": 32767)").priority);
		for (const char* value : {"32768", "-32769", "9223372036854775807", "-9223372036854775808", "18446744073709551615"})
			expectBadField("priority", value, "must be from -32768 to 32767");
		for (const char* value : {"1.0", "1e2", "true", R"("5")"}) expectBadField("priority", value, "must be an integer");
		CPPUNIT_ASSERT_EQUAL(std::size_t(255), with(R"("label": ")" + std::string(255, 'l') + '"').label.size());
		expectBadField("label", '"' + std::string(256, 'l') + '"', "256 bytes long; at most 255");
		CPPUNIT_ASSERT_EQUAL(std::size_t(64), with(R"("queue": ")" + std::string(64, 'q') + '"').queue.size());
		expectBadField("queue", '"' + std::string(65, 'q') + '"', "1 to 64");
		CPPUNIT_ASSERT_EQUAL(3650L * 86400 * SECOND, with(R"("timeout": "3650d")").timeout);
		expectBadField("timeout", R"("3651d")", "at most 3650d");
		expectBadField("timeout", R"("99999999999999999999d")", "must be a duration like");
		CPPUNIT_ASSERT_EQUAL(Microseconds(0), with(R"("timeout": "0")").timeout);
	}

	void testSizeLimit()
	{
		constexpr std::size_t LIMIT = 2UL * 1024 * 1024;
		// "x", "/" and "A=" with their NULs take seven bytes.
		Json json = Json::parse(R"({"command": ["x"], "cwd": "/", "env": {}})");
		json["env"]["A"] = std::string(LIMIT - 7, 'v');
		taskSpecFromJson(json, Json(), Settings());
		json["env"]["A"] = std::string(LIMIT - 6, 'v');
		expectBad(json.dump(), "command", "are 2097153 bytes long together; at most 2097152");
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TaskJsonTest, "Task");
