#include "Http/TaskResource.h"
#include "ControlServerFixture.h"
#include <string>
#include <vector>


using namespace TaskDaemon;


class TaskResourceTest: public ControlServerFixture
{
	CPPUNIT_TEST_SUITE(TaskResourceTest);
	CPPUNIT_TEST(testSubmit);
	CPPUNIT_TEST(testSubmitRefused);
	CPPUNIT_TEST(testBatch);
	CPPUNIT_TEST(testBatchRefused);
	CPPUNIT_TEST(testList);
	CPPUNIT_TEST(testListRefused);
	CPPUNIT_TEST(testShow);
	CPPUNIT_TEST(testCancelHoldRelease);
	CPPUNIT_TEST_SUITE_END();

public:
	void testSubmit()
	{
		const TaskId id = submit(R"(, "label": "l", "priority": 7)");
		const auto stored = _store->find(id);
		CPPUNIT_ASSERT(stored.has_value());
		CPPUNIT_ASSERT_EQUAL(std::string("l"), stored->spec.label);
		CPPUNIT_ASSERT_EQUAL(id, awaitSpawn(1).task);
	}

	void testSubmitRefused()
	{
		checkError(400, "invalid", post("/v1/tasks", "{"));
		checkError(400, "invalid", post("/v1/tasks", ""));
		checkError(400, "invalid", post("/v1/tasks", R"({"cwd": "/"})"), "command");
		checkError(400, "invalid", post("/v1/tasks", task(R"(, "colour": "red")")), "colour");
		checkError(400, "invalid", post("/v1/tasks", task(R"(, "queue": "nowhere")")), "queue");
		checkError(400, "invalid", post("/v1/tasks?dry=1", task()), "dry");
		CPPUNIT_ASSERT(_store->list({}).empty());
	}

	void testBatch()
	{
		const TestResponse response = post("/v1/batch",
			R"({"defaults": {"cwd": "/tmp", "label": "b", "hold": true}, "tasks": [{"command": "a"}, {"command": ["b"], "cwd": "/"}, {"command": "c"}]})");
		CPPUNIT_ASSERT_EQUAL_MESSAGE(response.body, 201, response.status);
		const auto ids = response.json().at("ids").get<std::vector<TaskId>>();
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), ids.size());
		CPPUNIT_ASSERT_EQUAL(std::string("/tmp"), _store->find(ids[0])->spec.cwd);
		CPPUNIT_ASSERT_EQUAL(std::string("/"), _store->find(ids[1])->spec.cwd);
		CPPUNIT_ASSERT_EQUAL(std::string("[]"), post("/v1/batch", R"({"tasks": []})").json().at("ids").dump());
	}

	void testBatchRefused()
	{
		const TestResponse response = post(
			"/v1/batch", R"({"defaults": {"cwd": "/"}, "tasks": [{"command": "a"}, {"command": "b"}, {"command": 1}]})");
		checkError(400, "invalid", response, "command");
		CPPUNIT_ASSERT_EQUAL(2, response.json().at("error").at("index").get<int>());
		const TestResponse queue = post(
			"/v1/batch", R"({"defaults": {"cwd": "/"}, "tasks": [{"command": "a"}, {"command": "b", "queue": "q"}]})");
		checkError(400, "invalid", queue, "queue");
		CPPUNIT_ASSERT_EQUAL(1, queue.json().at("error").at("index").get<int>());
		checkError(400, "invalid", post("/v1/batch", R"({"tasks": {}})"), "tasks");
		checkError(400, "invalid", post("/v1/batch", R"({"defaults": []})"), "defaults");
		checkError(400, "invalid", post("/v1/batch", R"({"tasks": [], "x": 1})"), "x");
		CPPUNIT_ASSERT_MESSAGE("all or none", _store->list({}).empty());
	}

	void testList()
	{
		submit(R"(, "hold": true)");
		const TaskId labelled = submit(R"(, "hold": true, "label": "a b&c")");
		const TaskId other = submit(R"(, "queue": "other", "hold": true)");
		const Json all = get("/v1/tasks").json();
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), all.size());
		CPPUNIT_ASSERT_EQUAL(other, all.at(0).at("id").get<TaskId>());
		CPPUNIT_ASSERT_EQUAL(labelled, get("/v1/tasks?label=a%20b%26c").json().at(0).at("id").get<TaskId>());
		CPPUNIT_ASSERT_EQUAL(other, get("/v1/tasks?queue=other&state=queued,running").json().at(0).at("id").get<TaskId>());
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), get("/v1/tasks?state=failed").json().size());
		const Json page = get("/v1/tasks?limit=1&before=" + std::to_string(other)).json();
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), page.size());
		CPPUNIT_ASSERT_EQUAL(labelled, page.at(0).at("id").get<TaskId>());
	}

	void testListRefused()
	{
		checkError(400, "invalid", get("/v1/tasks?state=queued,done"), "state");
		checkError(400, "invalid", get("/v1/tasks?state="), "state");
		checkError(400, "invalid", get("/v1/tasks?limit=0"), "limit");
		checkError(400, "invalid", get("/v1/tasks?limit=1001"), "limit");
		checkError(400, "invalid", get("/v1/tasks?before=x"), "before");
		checkError(400, "invalid", get("/v1/tasks?stat=queued"), "stat");
	}

	void testShow()
	{
		const TaskId id = submit(R"(, "env": {"A": "b"}, "hold": true)");
		const Json shown = get("/v1/tasks/" + std::to_string(id)).json();
		CPPUNIT_ASSERT_EQUAL(taskToJson(*_store->find(id), true), shown);
		CPPUNIT_ASSERT(shown.contains("environment"));
		for (const std::string wrong : {"999", "0", "-1", "x", "1x", "99999999999999999999"})
			checkError(404, "not_found", get("/v1/tasks/" + wrong));
		const TestResponse response = connect().post("/v1/tasks/1", "");
		checkError(405, "method", response);
		CPPUNIT_ASSERT(response.has("Allow: GET\r\n"));
	}

	void testCancelHoldRelease()
	{
		const std::string path = "/v1/tasks/" + std::to_string(submit(R"(, "hold": true)"));
		CPPUNIT_ASSERT_EQUAL(false, post(path + "/release", "{}").json().at("held").get<bool>());
		const RunKey run = awaitSpawn(1);
		checkError(409, "conflict", post(path + "/hold"));
		CPPUNIT_ASSERT_EQUAL(std::string("running"), post(path + "/cancel").json().at("state").get<std::string>());
		CPPUNIT_ASSERT(_processes.await<Cancel>(1).front().key == run);
		const std::string queued = "/v1/tasks/" + std::to_string(submit(R"(, "hold": true)"));
		CPPUNIT_ASSERT_EQUAL(std::string("canceled"), post(queued + "/cancel").json().at("state").get<std::string>());
		checkError(409, "conflict", post(queued + "/cancel"));
		checkError(404, "not_found", post("/v1/tasks/999/hold"));
		checkError(400, "invalid", post(queued + "/cancel", R"({"force": true})"), "force");
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TaskResourceTest, "Http");
