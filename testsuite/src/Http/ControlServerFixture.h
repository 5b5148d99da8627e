#ifndef TaskDaemon_Test_ControlServerFixture_INCLUDED
#define TaskDaemon_Test_ControlServerFixture_INCLUDED


#include "FakeApp.h"
#include "Task/FakeProcessControl.h"
#include "TaskDaemon/Http/ControlServer.h"
#include "TaskDaemon/Task/TaskJson.h"
#include "TemporaryFolder.h"
#include "TestClient.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>


namespace TaskDaemon {


class ControlServerFixture: public CppUnit::TestFixture
/// The API over its socket, before the real scheduler and the real store; the test is the supervisor. Queues: default with 2 slots, other with 1.
{
public:
	void setUp() override
	{
		_folder = std::make_unique<TemporaryFolder>();
		_settings = std::make_shared<Settings>();
		_settings->taskLogDir = _folder->path("tasks");
		_settings->queues["default"].parallelism = 2;
		_settings->queues["other"].parallelism = 1;
		std::filesystem::create_directory(_settings->taskLogDir);
		_store = openSqliteTaskStore(_folder->path("tasks.db"));
		_scheduler = std::make_unique<Scheduler>(*_store, _processes, _settings);
		_server = std::make_unique<ControlServer>(_app, *_scheduler, *_store, _settings, listenOnUnix(_folder->path("control.sock")));
		_scheduler->start("me", {});
		_server->start();
	}

	void tearDown() override
	{
		_server.reset();
		_scheduler.reset();
		_store.reset();
		_folder.reset();
	}

protected:
	std::unique_ptr<TemporaryFolder> _folder;
	std::shared_ptr<Settings> _settings;
	FakeApp _app;
	FakeProcessControl _processes;
	std::unique_ptr<TaskStore> _store;
	std::unique_ptr<Scheduler> _scheduler;
	std::unique_ptr<ControlServer> _server;

	TestClient connect() const
	{
		return TestClient(_folder->path("control.sock"));
	}

	TestResponse get(const std::string& target) const
	{
		return connect().get(target);
	}

	TestResponse post(const std::string& target, const std::string& body = "") const
	{
		return connect().post(target, body);
	}

	static std::string task(const std::string& more = "")
	{
		return R"({"command": ["true"], "cwd": "/")" + more + "}";
	}

	TaskId submit(const std::string& more = "") const
	{
		const TestResponse response = post("/v1/tasks", task(more));
		CPPUNIT_ASSERT_EQUAL_MESSAGE(response.body, 201, response.status);
		return response.json().at("id");
	}

	void checkError(int status, const std::string& code, const TestResponse& response, const std::string& field = "") const
	{
		CPPUNIT_ASSERT_EQUAL_MESSAGE(response.body, status, response.status);
		CPPUNIT_ASSERT_EQUAL(code, response.code());
		CPPUNIT_ASSERT_EQUAL_MESSAGE(response.body, field, response.json().at("error").value("field", std::string()));
	}

	RunKey awaitSpawn(std::size_t count)
	{
		const auto spawns = _processes.await<Spawn>(count);
		CPPUNIT_ASSERT_EQUAL(count, spawns.size());
		return spawns.back().key;
	}

	void end(const RunKey& run, EndReason reason = EndReason::EXITED, int status = 0)
	{
		Ended ended;
		ended.key = run;
		ended.reason = reason;
		ended.status = status;
		ended.finishedAt = realTime();
		_scheduler->ended(ended);
	}

	std::string outputOf(const RunKey& run, bool standardError = false) const
	{
		const std::string path = outputFile(_settings->taskLogDir, run, standardError);
		std::filesystem::create_directories(std::filesystem::path(path).parent_path());
		return path;
	}

	static std::string logOf(TaskId id)
	{
		return "/v1/tasks/" + std::to_string(id) + "/log";
	}

	static void append(const std::string& path, const std::string& text)
	{
		std::ofstream(path, std::ios::app) << text << std::flush;
	}
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_ControlServerFixture_INCLUDED
