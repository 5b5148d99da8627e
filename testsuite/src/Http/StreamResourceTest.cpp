#include "Http/StreamResource.h"
#include "ControlServerFixture.h"
#include <csignal>
#include <string>


using namespace TaskDaemon;


class StreamResourceTest: public ControlServerFixture
{
	CPPUNIT_TEST_SUITE(StreamResourceTest);
	CPPUNIT_TEST(testWait);
	CPPUNIT_TEST(testWaitRefused);
	CPPUNIT_TEST(testLog);
	CPPUNIT_TEST(testLogRefused);
	CPPUNIT_TEST(testFollow);
	CPPUNIT_TEST(testFollowRequeued);
	CPPUNIT_TEST_SUITE_END();

public:
	void testWait()
	{
		const TaskId first = submit();
		const TaskId second = submit(R"(, "hold": true)");
		awaitSpawn(1);
		TestClient client = connect();
		client.send("POST /v1/wait HTTP/1.1\r\nContent-Length: " + std::to_string(Json{{"ids", {second, first}}}.dump().size()) +
					"\r\n\r\n" + Json{{"ids", {second, first}}}.dump());
		CPPUNIT_ASSERT(client.silentFor(50 * MILLISECOND));
		end({first, 1});
		post("/v1/tasks/" + std::to_string(second) + "/cancel");
		const Json answer = client.read().json();
		CPPUNIT_ASSERT_EQUAL(std::string("canceled"), answer.at(0).at("state").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string("succeeded"), answer.at(1).at("state").get<std::string>());
		CPPUNIT_ASSERT(client.atEnd());
	}

	void testWaitRefused()
	{
		checkError(404, "not_found", post("/v1/wait", R"({"ids": [999]})"));
		checkError(400, "invalid", post("/v1/wait", R"({"ids": []})"), "ids");
		checkError(400, "invalid", post("/v1/wait", R"({"ids": [1.5]})"), "ids");
		checkError(400, "invalid", post("/v1/wait", R"({"ids": ["1"]})"), "ids");
		checkError(400, "invalid", post("/v1/wait", R"({"ids": [18446744073709551615]})"), "ids");
		checkError(400, "invalid", post("/v1/wait", R"({})"), "ids");
		// A refusal does not cost the connection.
		TestClient client = connect();
		checkError(404, "not_found", client.post("/v1/wait", R"({"ids": [999]})"));
		CPPUNIT_ASSERT_EQUAL(200, client.get("/v1/status").status);
	}

	void testLog()
	{
		const TaskId id = submit();
		const RunKey run = awaitSpawn(1);
		CPPUNIT_ASSERT_EQUAL(std::string(), get(logOf(id)).body);
		append(outputOf(run), "to stdout");
		append(outputOf(run, true), "to stderr");
		CPPUNIT_ASSERT_EQUAL(std::string("to stdout"), get(logOf(id)).body);
		CPPUNIT_ASSERT_EQUAL(std::string("err"), get(logOf(id) + "?stream=stderr&run=1&offset=6").body);
		const TestResponse response = get(logOf(id) + "?stream=stdout&follow=0");
		CPPUNIT_ASSERT(response.has("Content-Type: application/octet-stream\r\n"));
		CPPUNIT_ASSERT(response.has("Content-Length: 9\r\n"));
		const TaskId queued = submit(R"(, "hold": true)");
		CPPUNIT_ASSERT_EQUAL(200, get(logOf(queued)).status);
		CPPUNIT_ASSERT_EQUAL(200, get(logOf(queued) + "?run=1").status);
	}

	void testLogRefused()
	{
		const TaskId id = submit();
		awaitSpawn(1);
		checkError(404, "not_found", get(logOf(999)));
		checkError(404, "not_found", get(logOf(id) + "?run=2"));
		checkError(400, "invalid", get(logOf(id) + "?run=0"), "run");
		checkError(400, "invalid", get(logOf(id) + "?stream=both"), "stream");
		checkError(400, "invalid", get(logOf(id) + "?follow=yes"), "follow");
		checkError(400, "invalid", get(logOf(id) + "?offset=-1"), "offset");
		TestClient old = connect();
		old.send("GET " + logOf(id) + "?follow=1 HTTP/1.0\r\n\r\n");
		CPPUNIT_ASSERT_EQUAL(505, old.read().status);
	}

	void testFollow()
	{
		const TaskId id = submit(R"(, "hold": true)");
		TestClient client = connect();
		client.send("GET " + logOf(id) + "?follow=1 HTTP/1.1\r\n\r\n");
		CPPUNIT_ASSERT_EQUAL(200, client.readHead().status);
		post("/v1/tasks/" + std::to_string(id) + "/release");
		const RunKey run = awaitSpawn(1);
		append(outputOf(run), "hello\n");
		CPPUNIT_ASSERT_EQUAL(std::string("hello\n"), client.readChunk());
		append(outputOf(run), "bye\n");
		end(run);
		CPPUNIT_ASSERT_EQUAL(std::string("bye\n"), client.readChunk());
		CPPUNIT_ASSERT_EQUAL(std::string(), client.readChunk());
		CPPUNIT_ASSERT(client.atEnd());
	}

	void testFollowRequeued()
	/// The run ends by the daemon's stop; its follower is told the end, one who comes later waits for the next run.
	{
		const TaskId id = submit();
		const RunKey run = awaitSpawn(1);
		append(outputOf(run), "first run\n");
		TestClient client = connect();
		client.send("GET " + logOf(id) + "?follow=1&run=1 HTTP/1.1\r\n\r\n");
		client.readHead();
		_scheduler->drain();
		end(run, EndReason::INTERRUPTED, SIGTERM);
		CPPUNIT_ASSERT_EQUAL(std::string("first run\n"), client.readChunk());
		CPPUNIT_ASSERT_EQUAL(std::string(), client.readChunk());
		CPPUNIT_ASSERT_EQUAL(std::string("first run\n"), get(logOf(id)).body);
		TestClient next = connect();
		next.send("GET " + logOf(id) + "?follow=1 HTTP/1.1\r\n\r\n");
		next.readHead();
		CPPUNIT_ASSERT(next.silentFor(50 * MILLISECOND));
		append(outputOf({id, 2}), "second run\n");
		CPPUNIT_ASSERT_EQUAL(std::string("second run\n"), next.readChunk());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(StreamResourceTest, "Http");
