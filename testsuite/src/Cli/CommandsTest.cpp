#include "ChildProcess.h"
#include "ClientRun.h"
#include "FakeDaemon.h"
#include "TaskDaemon/Base/Json.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class CommandsTest: public CppUnit::TestFixture
/// The commands that ask and show: list, show, wait, cancel, hold, release, pause, resume, queue, status, health.
{
	CPPUNIT_TEST_SUITE(CommandsTest);
	CPPUNIT_TEST(testList);
	CPPUNIT_TEST(testListQuery);
	CPPUNIT_TEST(testShow);
	CPPUNIT_TEST(testWaitCodes);
	CPPUNIT_TEST(testActions);
	CPPUNIT_TEST(testActionsGoOnAfterAnError);
	CPPUNIT_TEST(testQueues);
	CPPUNIT_TEST(testStatus);
	CPPUNIT_TEST(testWatchEndsWithItsReader);
	CPPUNIT_TEST(testHealth);
	CPPUNIT_TEST(testNoDaemon);
	CPPUNIT_TEST(testStrangeAnswers);
	CPPUNIT_TEST_SUITE_END();

	static constexpr const char* TASK =
		R"({"id":7,"state":"failed","cause":"exit_code","queue":"default","label":"a\u001b[2J","priority":2,"command":["sh","-c","exit 3"],)"
		R"("cwd":"/tmp","attempt":1,"exit_code":3,"signal":null,"submitted_at":1000000,"started_at":2000000,"finished_at":3500000,"pid":null,)"
		R"("held":false,"detail":"","umask":"022","timeout_us":0,"kill_after_us":10000000,"on_crash":"requeue","environment":["A=1\n2"],)"
		R"("user_time_us":120000,"system_time_us":30000,"max_rss_bytes":1572864,"runs":[{"run":1,"attempt":1,"state":"failed","cause":"exit_code",)"
		R"("exit_code":3,"signal":null,"detail":"","pid":4711,"started_at":2000000,"finished_at":3500000,"user_time_us":120000,)"
		R"("system_time_us":30000,"max_rss_bytes":1572864}]})";

	static constexpr const char* STATUS =
		R"({"state":"running","version":"0.1.0","supervisor_pid":100,"service_pid":101,"uptime_seconds":3700,)"
		R"("config":{"file":"/etc/x","generation":1,"loaded_at":1000000,"last_error":null},"tasks":{"queued":2,"running":0,"failed":1,"lost":0},)"
		R"("queues":[{"name":"default","parallelism":4,"paused":true,"queued":2,"running":0}],)"
		R"("checks":[{"name":"disk","status":"%","observed":"little space","checked_at":1},{"name":"store","status":"healthy","observed":"212us","checked_at":1}]})";

	static std::string status(const std::string& disk)
	{
		std::string text = STATUS;
		return text.replace(text.find('%'), 1, disk);
	}

	static void assertHas(const std::string& text, const std::vector<std::string>& parts)
	{
		for (const std::string& part : parts)
			CPPUNIT_ASSERT_MESSAGE(std::string("'").append(part).append("' in\n").append(text), text.find(part) != std::string::npos);
	}

	void testList()
	{
		const std::string document = std::string("[") + TASK + "]";
		FakeDaemon daemon({FakeDaemon::json(200, document), FakeDaemon::json(200, document)});
		CPPUNIT_ASSERT_EQUAL(std::string("ID  STATE            QUEUE    LABEL      TIME  COMMAND\n"
										 " 7  failed (exit 3)  default  a\\x1b[2J  1.50s  sh -c 'exit 3'\n"),
			ClientRun(daemon.home(), {"list"}).out);
		CPPUNIT_ASSERT_EQUAL(Json::parse(document).dump() + "\n", ClientRun(daemon.home(), {"list", "--output=json"}).out);
		CPPUNIT_ASSERT_EQUAL(std::string("GET /v1/tasks HTTP/1.1"), daemon.firstLine(0));
	}

	void testListQuery()
	{
		FakeDaemon daemon({FakeDaemon::json(200, "[]")});
		const ClientRun run(
			daemon.home(), {"list", "--state", "queued,timed_out", "--queue", "a b", "--label=x&y", "--limit", "5", "--before", "9"});
		CPPUNIT_ASSERT_EQUAL_MESSAGE(run.err, 0, run.code);
		CPPUNIT_ASSERT_EQUAL(
			std::string("GET /v1/tasks?state=queued%2Ctimed_out&queue=a%20b&label=x%26y&limit=5&before=9 HTTP/1.1"), daemon.firstLine(0));
	}

	void testShow()
	{
		FakeDaemon daemon({FakeDaemon::json(200, TASK)});
		const ClientRun run(daemon.home(), {"show", "7"}, "", [] { setVariable("TZ", "UTC"); });
		CPPUNIT_ASSERT_EQUAL(0, run.code);
		assertHas(run.out, {"Task:         7\n", "State:        failed (exit 3)\n", "Exit code:    3\n", "Command:      sh -c 'exit 3'\n",
							   "Folder:       /tmp\n", "Started:      1970-01-01 00:00:02 +0000\n", "Time:         1.50s\n",
							   "CPU user:     120ms\n", "CPU system:   30ms\n", "Peak memory:  1.5 MiB\n", "Label:        a\\x1b[2J\n",
							   "Timeout:      none\n", "Kill after:   10s\n", "  A=1\\n2\n", "4711"});
	}

	static int waitCode(const std::string& tasks)
	{
		FakeDaemon daemon({FakeDaemon::json(200, tasks)});
		return ClientRun(daemon.home(), {"wait", "1", "2"}).code;
	}

	void testWaitCodes()
	{
		CPPUNIT_ASSERT_EQUAL(0, waitCode(R"([{"id":1,"state":"succeeded"},{"id":2,"state":"succeeded"}])"));
		CPPUNIT_ASSERT_EQUAL(124, waitCode(R"([{"id":1,"state":"succeeded"},{"id":2,"state":"timed_out"}])"));
		CPPUNIT_ASSERT_EQUAL(3, waitCode(R"([{"id":1,"state":"failed","cause":"exit_code","exit_code":3},{"id":2,"state":"lost"}])"));
		CPPUNIT_ASSERT_EQUAL(70, waitCode(R"([{"id":1,"state":"succeeded"}])"));
		CPPUNIT_ASSERT_EQUAL(70, waitCode("{}"));
	}

	void testActions()
	{
		for (const char* action : {"cancel", "hold", "release"})
		{
			FakeDaemon daemon({FakeDaemon::json(200, R"({"id":1,"state":"queued","held":true})"),
				FakeDaemon::json(200, R"({"id":2,"state":"canceled"})")});
			const ClientRun run(daemon.home(), {action, "1", "2"});
			CPPUNIT_ASSERT_EQUAL(0, run.code);
			CPPUNIT_ASSERT_EQUAL(std::string("task 1: held\ntask 2: canceled\n"), run.out);
			CPPUNIT_ASSERT_EQUAL(std::string("POST /v1/tasks/2/") + action + " HTTP/1.1", daemon.firstLine(1));
		}
	}

	void testActionsGoOnAfterAnError()
	{
		FakeDaemon daemon({FakeDaemon::json(404, R"({"error":{"message":"there is no task 1"}})"),
			FakeDaemon::json(200, R"({"id":2,"state":"canceled"})")});
		const ClientRun run(daemon.home(), {"--output=json", "cancel", "1", "2"});
		CPPUNIT_ASSERT_EQUAL(1, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string("taskdaemon: task 1: there is no task 1\n"), run.err);
		CPPUNIT_ASSERT_EQUAL(std::string("[{\"id\":2,\"state\":\"canceled\"}]\n"), run.out);
	}

	void testQueues()
	{
		const std::string queue = R"({"name":"a b","parallelism":4,"paused":true,"queued":2,"running":0})";
		FakeDaemon daemon({FakeDaemon::json(200, queue), FakeDaemon::json(200, queue), FakeDaemon::json(200, "[" + queue + "]")});
		CPPUNIT_ASSERT_EQUAL(std::string("queue a b is paused\n"), ClientRun(daemon.home(), {"pause", "a b"}).out);
		CPPUNIT_ASSERT_EQUAL(std::string("POST /v1/queues/a%20b/pause HTTP/1.1"), daemon.firstLine(0));
		CPPUNIT_ASSERT_EQUAL(0, ClientRun(daemon.home(), {"resume"}).code);
		CPPUNIT_ASSERT_EQUAL(std::string("POST /v1/queues/default/resume HTTP/1.1"), daemon.firstLine(1));
		CPPUNIT_ASSERT_EQUAL(std::string("QUEUE  STATE   PARALLELISM  RUNNING  QUEUED\n"
										 "a b    paused            4        0       2\n"),
			ClientRun(daemon.home(), {"queue", "list"}).out);
	}

	void testStatus()
	{
		FakeDaemon daemon({FakeDaemon::json(200, status("degraded")), FakeDaemon::json(200, status("degraded")),
			FakeDaemon::json(200, status("healthy"))});
		const ClientRun run(daemon.home(), {"status"});
		CPPUNIT_ASSERT_EQUAL(0, run.code);
		assertHas(run.out, {"State:           running\n", "Health:          degraded\n", "Supervisor PID:  100\n", "Service PID:     101\n",
							   "Uptime:          1h 1m\n", "Tasks:           2 queued, 0 running, 1 failed\n", "default  paused",
							   "disk   degraded  little space\n"});
		CPPUNIT_ASSERT(run.out.find("212us") == std::string::npos);
		assertHas(ClientRun(daemon.home(), {"status", "-d"}).out, {"/etc/x", "212us", "Config generation:  1\n"});
		CPPUNIT_ASSERT(ClientRun(daemon.home(), {"status"}).out.find("CHECK") == std::string::npos);
	}

	void testWatchEndsWithItsReader()
	{
		FakeDaemon daemon({FakeDaemon::json(200, status("healthy")), FakeDaemon::json(200, status("healthy"))});
		auto [readEnd, writeEnd] = makePipe();
		ChildProcess child(
			[&, in = readEnd.get(), out = writeEnd.get()]
			{
				setVariable("TASKDAEMON_HOME", daemon.home());
				::close(in);
				::dup2(out, STDOUT_FILENO);
				::close(out);
				return Cli::runProgram({"--output=json", "status", "--watch", "--interval", "1000"});
			});
		writeEnd.reset();
		CPPUNIT_ASSERT_EQUAL(Json::parse(status("healthy")).dump(), readLine(readEnd.get()));
		CPPUNIT_ASSERT(!child.hasEnded());
		readEnd.reset();
		CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
	}

	void testHealth()
	{
		FakeDaemon daemon({FakeDaemon::json(200, status("healthy")), FakeDaemon::json(200, status("degraded")),
			FakeDaemon::json(200, status("unhealthy"))});
		const ClientRun healthy(daemon.home(), {"health"});
		CPPUNIT_ASSERT_EQUAL(0, healthy.code);
		assertHas(healthy.out, {"healthy\n", "store  healthy  212us\n"});
		CPPUNIT_ASSERT_EQUAL(0, ClientRun(daemon.home(), {"health"}).code);
		CPPUNIT_ASSERT_EQUAL(1, ClientRun(daemon.home(), {"health"}).code);
	}

	void testNoDaemon()
	{
		const TemporaryFolder home;
		using Words = std::vector<std::string>;
		for (const Words& words :
			{Words{"submit", "true"}, Words{"list"}, Words{"show", "1"}, Words{"logs", "1"}, Words{"logs", "--run", "1", "1"},
				Words{"wait", "1"}, Words{"cancel", "1"}, Words{"pause"}, Words{"health"}, Words{"queue"}})
		{
			const ClientRun run(home.path(), words);
			CPPUNIT_ASSERT_EQUAL(69, run.code);
			CPPUNIT_ASSERT_EQUAL(
				"taskdaemon: no daemon is running at " + home.path("control.sock") + "; start it with `taskdaemon start`\n", run.err);
		}
	}

	void testStrangeAnswers()
	/// A daemon of another version: what is not understood is left out, nothing crashes.
	{
		for (const char* document : {"[]", "{}", "null", "7", "[7]", R"([{"id":"x","state":7,"command":"x"}])",
				 R"({"runs":7,"queues":[[]],"checks":{},"tasks":7})"})
		{
			for (const char* command : {"list", "status", "health", "queue", "pause"})
			{
				FakeDaemon daemon({FakeDaemon::json(200, document)});
				const ClientRun run(daemon.home(), {command});
				CPPUNIT_ASSERT_MESSAGE(std::string(command) + document + run.err, run.code == 0 || run.code == 70);
				CPPUNIT_ASSERT_MESSAGE(run.err, run.err.find("internal error") == std::string::npos);
			}
			FakeDaemon daemon({FakeDaemon::json(200, document)});
			CPPUNIT_ASSERT_EQUAL(0, ClientRun(daemon.home(), {"show", "1"}).code);
		}
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(CommandsTest, "Cli");
