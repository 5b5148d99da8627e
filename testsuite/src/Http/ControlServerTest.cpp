#include "TaskDaemon/Http/ControlServer.h"
#include "ControlServerFixture.h"
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>


using namespace TaskDaemon;


class ControlServerTest: public ControlServerFixture
{
	CPPUNIT_TEST_SUITE(ControlServerTest);
	CPPUNIT_TEST(testQueues);
	CPPUNIT_TEST(testStatusAndUnknown);
	CPPUNIT_TEST(testDraining);
	CPPUNIT_TEST(testStrangerIsRefused);
	CPPUNIT_TEST(testStop);
	CPPUNIT_TEST_SUITE_END();

public:
	void testQueues()
	{
		submit(R"(, "queue": "other", "hold": true)");
		const Json queues = get("/v1/queues").json();
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), queues.size());
		CPPUNIT_ASSERT_EQUAL(std::string("other"), queues.at(1).at("name").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(1, queues.at(1).at("parallelism").get<int>());
		CPPUNIT_ASSERT_EQUAL(1, queues.at(1).at("queued").get<int>());
		CPPUNIT_ASSERT_EQUAL(false, queues.at(1).at("paused").get<bool>());
		CPPUNIT_ASSERT_EQUAL(true, post("/v1/queues/other/pause").json().at("paused").get<bool>());
		CPPUNIT_ASSERT_EQUAL(false, post("/v1/queues/o%74her/resume").json().at("paused").get<bool>());
		checkError(404, "not_found", post("/v1/queues/nowhere/pause"));
	}

	void testStatusAndUnknown()
	{
		CPPUNIT_ASSERT_EQUAL(_app.document, get("/v1/status").json());
		checkError(404, "not_found", get("/"));
		checkError(404, "not_found", get("/v2/tasks"));
		TestClient client = connect();
		client.send("POST /v1/tasks HTTP/1.1\r\nContent-Length: 67108865\r\n\r\n");
		checkError(413, "too_large", client.read());
	}

	void testDraining()
	{
		_scheduler->drain();
		checkError(503, "stopping", post("/v1/tasks", task()));
		CPPUNIT_ASSERT_EQUAL(200, get("/v1/tasks").status);
	}

	void testStrangerIsRefused()
	{
		if (::geteuid() != 0) return; // only root can play another user
		CPPUNIT_ASSERT_EQUAL(0, ::chmod(_folder->path("control.sock").c_str(), 0666));
		CPPUNIT_ASSERT_EQUAL(0, ::chmod(_folder->path().c_str(), 0755));
		FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
		const sockaddr_un address = unixAddress(_folder->path("control.sock"));
		const pid_t child = ::fork();
		if (child == 0)
		{
			const bool good = ::setgid(65534) == 0 && ::setuid(65534) == 0 &&
							  ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
			::_exit(good ? 0 : 1);
		}
		int status = -1;
		CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
		CPPUNIT_ASSERT_EQUAL(0, status);
		// The child connected the socket that it shares with this process: its credentials hold.
		TestClient client(std::move(socket));
		checkError(403, "forbidden", client.post("/v1/tasks", task()));
		CPPUNIT_ASSERT(_store->list({}).empty());
	}

	void testStop()
	{
		const TaskId id = submit();
		awaitSpawn(1);
		TestClient waiting = connect();
		const std::string body = Json{{"ids", {id}}}.dump();
		waiting.send("POST /v1/wait HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
		TestClient following = connect();
		following.send("GET " + logOf(id) + "?follow=1 HTTP/1.1\r\n\r\n");
		following.readHead();
		const Microseconds begin = monotonicTime();
		_server->stop();
		CPPUNIT_ASSERT(monotonicTime() - begin < SECOND);
		CPPUNIT_ASSERT(waiting.atEnd());
		CPPUNIT_ASSERT(following.atEnd());
		end({id, 1}); // nobody listens any more
		_server->stop();
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ControlServerTest, "Http");
