#include "ChildProcess.h"
#include "ClientRun.h"
#include "FakeDaemon.h"
#include "TaskDaemon/Base/Json.h"
#include <algorithm>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>


using namespace TaskDaemon;


class SubmitCommandTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(SubmitCommandTest);
	CPPUNIT_TEST(testRequest);
	CPPUNIT_TEST(testOptions);
	CPPUNIT_TEST(testCommandKeepsItsOptions);
	CPPUNIT_TEST(testEnvironment);
	CPPUNIT_TEST(testFolder);
	CPPUNIT_TEST(testJson);
	CPPUNIT_TEST(testWait);
	CPPUNIT_TEST(testRefused);
	CPPUNIT_TEST(testUnknownOutcome);
	CPPUNIT_TEST(testResultThatCannotBeWritten);
	CPPUNIT_TEST(testClosedPipe);
	CPPUNIT_TEST(testBatch);
	CPPUNIT_TEST(testBatchInJson);
	CPPUNIT_TEST(testBatchWrongLine);
	CPPUNIT_TEST(testBatchMalformedLineSendsNothing);
	CPPUNIT_TEST(testBatchWait);
	CPPUNIT_TEST_SUITE_END();

	using Words = std::vector<std::string>;

	static Json submitted(
		const Words& words, const std::function<void()>& prepare = [] {})
	/// The document that the daemon gets.
	{
		FakeDaemon daemon({FakeDaemon::json(201, R"({"id":17})")});
		Words all{"submit"};
		all.insert(all.end(), words.begin(), words.end());
		const ClientRun run(daemon.home(), all, "", prepare);
		CPPUNIT_ASSERT_EQUAL_MESSAGE(run.err, 0, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string("17\n"), run.out);
		CPPUNIT_ASSERT_EQUAL(std::string("POST /v1/tasks HTTP/1.1"), daemon.firstLine(0));
		return Json::parse(daemon.body(0));
	}

	static bool contains(const Json& array, const Json& value)
	{
		return std::find(array.begin(), array.end(), value) != array.end();
	}

	void testRequest()
	{
		const Json task = submitted({"--", "echo", "two words", "", "\xff", "--"}, [] { ::umask(071); });
		CPPUNIT_ASSERT_EQUAL(std::string(R"(["echo","two words","",{"base64":"/w=="},"--"])"), task["command"].dump());
		CPPUNIT_ASSERT_EQUAL(std::string("071"), task["umask"].get<std::string>());
		for (const char* field : {"label", "queue", "priority", "timeout", "kill_after", "on_crash", "hold"})
			CPPUNIT_ASSERT_MESSAGE(field, !task.contains(field)); // the daemon's defaults are not ours to know
	}

	void testOptions()
	{
		const Json task = submitted({"--label", "my label", "--queue=q", "--priority", "-5", "--timeout", "30s", "--kill-after=2s",
			"--on-crash", "hold", "--hold", "--", "true"});
		CPPUNIT_ASSERT_EQUAL(std::string("my label"), task["label"].get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string("q"), task["queue"].get<std::string>());
		CPPUNIT_ASSERT_EQUAL(-5, task["priority"].get<int>());
		CPPUNIT_ASSERT_EQUAL(std::string("30s"), task["timeout"].get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string("2s"), task["kill_after"].get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string("hold"), task["on_crash"].get<std::string>());
		CPPUNIT_ASSERT(task["hold"].get<bool>());
		CPPUNIT_ASSERT_EQUAL(std::string(), submitted({"--label=", "true"})["label"].get<std::string>());
	}

	void testCommandKeepsItsOptions()
	{
		CPPUNIT_ASSERT_EQUAL(std::string(R"(["ls","-l","--label=","--wait","-v","--"])"),
			submitted({"--hold", "ls", "-l", "--label=", "--wait", "-v", "--"})["command"].dump());
		CPPUNIT_ASSERT_EQUAL(std::string(R"(["--odd"])"), submitted({"--", "--odd"})["command"].dump());
		CPPUNIT_ASSERT_EQUAL(std::string(R"(["--","x"])"), submitted({"--", "--", "x"})["command"].dump());
		CPPUNIT_ASSERT_EQUAL(std::string(R"(["stop"])"), submitted({"stop"})["command"].dump());
	}

	void testEnvironment()
	{
		const auto prepare = []
		{
			setVariable("COLOUR", "red");
			setVariable("OTHER", "kept");
			setVariable("BYTES", "\xff");
		};
		const Json all = submitted({"--env", "COLOUR=blue", "--env", "NEW=[a,b]", "true"}, prepare)["env"];
		CPPUNIT_ASSERT(contains(all, "COLOUR=blue") && !contains(all, "COLOUR=red"));
		CPPUNIT_ASSERT(contains(all, "OTHER=kept") && contains(all, "NEW=[a,b]"));
		CPPUNIT_ASSERT(contains(all, Json{{"base64", "QllURVM9/w=="}}));
		const Json clean = submitted({"--clean-env", "--env", "COLOUR", "--env=EMPTY=", "--", "true"}, prepare)["env"];
		CPPUNIT_ASSERT_EQUAL(std::string(R"(["COLOUR=red","EMPTY="])"), clean.dump());
	}

	void testFolder()
	{
		const TemporaryFolder folder;
		::mkdir(folder.path("real").c_str(), 0700);
		CPPUNIT_ASSERT_EQUAL(0, ::symlink("real", folder.path("link").c_str()));
		const auto cwd = [&](const std::string& pwd)
		{
			return submitted({"true"},
				[&]
				{
					CPPUNIT_ASSERT_EQUAL(0, ::chdir(folder.path("real").c_str()));
					setVariable("PWD", pwd);
				})["cwd"]
				.get<std::string>();
		};
		CPPUNIT_ASSERT_EQUAL(folder.path("link"), cwd(folder.path("link")));
		CPPUNIT_ASSERT_EQUAL(folder.path("real"), cwd("/usr"));
		CPPUNIT_ASSERT_EQUAL(folder.path("real"), cwd("../real"));
		CPPUNIT_ASSERT_EQUAL(folder.path("real"), cwd("/nonexistent"));
	}

	void testJson()
	{
		FakeDaemon daemon({FakeDaemon::json(201, R"({"id":17})")});
		CPPUNIT_ASSERT_EQUAL(std::string("{\"id\":17}\n"), ClientRun(daemon.home(), {"--output", "json", "submit", "true"}).out);
	}

	void testWait()
	{
		FakeDaemon daemon({FakeDaemon::json(201, R"({"id":17})"),
			FakeDaemon::json(200, R"([{"id":17,"state":"failed","cause":"exit_code","exit_code":42,"signal":null,"detail":""}])")});
		const ClientRun run(daemon.home(), {"submit", "--wait", "false"});
		CPPUNIT_ASSERT_EQUAL(42, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string("17\n"), run.out);
		CPPUNIT_ASSERT_EQUAL(std::string("task 17 failed (exit 42)\n"), run.err);
		CPPUNIT_ASSERT_EQUAL(std::string(R"({"ids":[17]})"), daemon.body(1));
	}

	void testRefused()
	{
		FakeDaemon daemon(
			{FakeDaemon::json(400, R"({"error":{"code":"invalid","message":"timeout: 'soon' is no\u001b duration","field":"timeout"}})")});
		const ClientRun run(daemon.home(), {"submit", "--timeout=soon", "true"});
		CPPUNIT_ASSERT_EQUAL(64, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string("taskdaemon: timeout: 'soon' is no\\x1b duration\n"), run.err);
		CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
	}

	void testUnknownOutcome()
	{
		FakeDaemon daemon({FakeDaemon::cut()});
		const ClientRun run(daemon.home(), {"submit", "true"});
		CPPUNIT_ASSERT_EQUAL(70, run.code);
		CPPUNIT_ASSERT(run.err.find("it is unknown whether the request was accepted") != std::string::npos);
	}

	void testResultThatCannotBeWritten()
	{
		FakeDaemon daemon({FakeDaemon::json(201, R"({"id":17})")});
		const ClientRun run(daemon.home(), {"submit", "true"}, "", [] { ClientRun::redirect(STDOUT_FILENO, "/dev/full", O_WRONLY); });
		CPPUNIT_ASSERT_EQUAL(70, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string("taskdaemon: cannot write standard output: No space left on device\n"), run.err);
	}

	void testClosedPipe()
	{
		FakeDaemon daemon({FakeDaemon::json(201, R"({"id":17})")});
		auto [readEnd, writeEnd] = makePipe();
		const ClientRun run(daemon.home(), {"submit", "true"}, "",
			[&, out = writeEnd.get(), in = readEnd.get()]
			{
				::dup2(out, STDOUT_FILENO);
				::close(in);
			});
		// The parent's reading end is open until here; so the pipe is closed before, in a second run.
		CPPUNIT_ASSERT_EQUAL(0, run.code);
		readEnd.reset();
		FakeDaemon second({FakeDaemon::json(201, R"({"id":18})")});
		const ClientRun cut(second.home(), {"submit", "true"}, "", [out = writeEnd.get()] { ::dup2(out, STDOUT_FILENO); });
		CPPUNIT_ASSERT_EQUAL(128 + SIGPIPE, cut.code);
		CPPUNIT_ASSERT_EQUAL(std::string(), cut.err);
	}

	void testBatch()
	{
		FakeDaemon daemon({FakeDaemon::json(201, R"({"ids":[5,6]})")});
		const ClientRun run(daemon.home(), {"submit", "--batch", "-", "--label", "l", "--clean-env", "--env", "A=1"},
			"echo hi\n\n{\"command\":[\"true\"]}\n");
		CPPUNIT_ASSERT_EQUAL_MESSAGE(run.err, 0, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string("5\n6\n"), run.out);
		CPPUNIT_ASSERT_EQUAL(std::string("POST /v1/batch HTTP/1.1"), daemon.firstLine(0));
		const Json document = Json::parse(daemon.body(0));
		CPPUNIT_ASSERT_EQUAL(std::string(R"([{"command":"echo hi"},{"command":["true"]}])"), document["tasks"].dump());
		CPPUNIT_ASSERT_EQUAL(std::string("l"), document["defaults"]["label"].get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string(R"(["A=1"])"), document["defaults"]["env"].dump());
		CPPUNIT_ASSERT(document["defaults"].contains("cwd") && document["defaults"].contains("umask"));
		const ClientRun none(daemon.home(), {"submit", "--batch", "-"}, "# nothing\n");
		CPPUNIT_ASSERT_EQUAL(0, none.code);
		CPPUNIT_ASSERT_EQUAL(std::string(), none.out);
	}

	static std::string lines(int count)
	{
		std::string text;
		for (int i = 0; i < count; ++i) text += "true\n";
		return text;
	}

	static std::string ids(int first, int count)
	{
		Json list = Json::array();
		for (int i = 0; i < count; ++i) list.push_back(first + i);
		return Json{{"ids", list}}.dump();
	}

	void testBatchInJson()
	{
		FakeDaemon daemon({FakeDaemon::json(201, ids(1, 1000)), FakeDaemon::json(201, ids(1001, 2))});
		const ClientRun run(daemon.home(), {"submit", "--batch", "-", "--output=json"}, lines(1002));
		CPPUNIT_ASSERT_EQUAL(0, run.code);
		CPPUNIT_ASSERT_EQUAL(ids(1, 1002) + "\n", run.out);
	}

	void testBatchWrongLine()
	{
		FakeDaemon daemon({FakeDaemon::json(201, ids(1, 1000)),
			FakeDaemon::json(400, R"({"error":{"code":"invalid","message":"command: must not be empty","field":"command","index":3}})")});
		const std::string file = daemon.folder().write("jobs", "# comment\n" + lines(1010));
		const ClientRun run(daemon.home(), {"submit", "--batch", file});
		CPPUNIT_ASSERT_EQUAL(64, run.code);
		CPPUNIT_ASSERT_EQUAL("taskdaemon: " + file + ":1005: command: must not be empty\n" +
								 "taskdaemon: 1000 tasks of the lines before were accepted, nothing after them\n",
			run.err);
		CPPUNIT_ASSERT_EQUAL(std::ptrdiff_t(1000), std::count(run.out.begin(), run.out.end(), '\n'));
	}

	void testBatchMalformedLineSendsNothing()
	{
		FakeDaemon daemon({});
		const ClientRun run(daemon.home(), {"--output=json", "submit", "--batch", "-"}, "true\n{\"command\": \n");
		CPPUNIT_ASSERT_EQUAL(64, run.code);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), run.err.find("taskdaemon: standard input:2: malformed JSON: "));
		CPPUNIT_ASSERT(run.err.find("no task was accepted") != std::string::npos);
		CPPUNIT_ASSERT_EQUAL(std::string("{\"ids\":[]}\n"), run.out);
		CPPUNIT_ASSERT(daemon.requests().empty());
	}

	void testBatchWait()
	{
		FakeDaemon daemon({FakeDaemon::json(201, ids(8, 2)),
			FakeDaemon::json(200, R"([{"id":8,"state":"succeeded"},{"id":9,"state":"failed","cause":"signal","signal":9}])")});
		const ClientRun run(daemon.home(), {"submit", "--wait", "--batch", "-"}, lines(2));
		CPPUNIT_ASSERT_EQUAL(128 + 9, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string(R"({"ids":[8,9]})"), daemon.body(1));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SubmitCommandTest, "Cli");
