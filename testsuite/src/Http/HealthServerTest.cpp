#include "TaskDaemon/Http/HealthServer.h"
#include "FakeApp.h"
#include "TestClient.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class HealthServerTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(HealthServerTest);
	CPPUNIT_TEST(testHealth);
	CPPUNIT_TEST(testReadyAndLive);
	CPPUNIT_TEST(testStatus);
	CPPUNIT_TEST(testPage);
	CPPUNIT_TEST(testPageOfLittle);
	CPPUNIT_TEST(testRefusals);
	CPPUNIT_TEST(testHead);
	CPPUNIT_TEST(testStop);
	CPPUNIT_TEST_SUITE_END();

	FakeApp _app;
	std::uint16_t _port = 0;
	std::unique_ptr<HealthServer> _server;

	TestResponse get(const std::string& target) const
	{
		return TestClient(_port).get(target);
	}

public:
	void setUp() override
	{
		_server = std::make_unique<HealthServer>(_app, listenOnTcp(_port));
		_server->start();
	}

	void tearDown() override
	{
		_server.reset();
	}

	void testHealth()
	{
		_app.health.checks = {{"store", HealthState::HEALTHY, "commit took 212us", 5}, {"disk", HealthState::DEGRADED, "9% free", 6}};
		_app.health.overall = HealthState::DEGRADED;
		const TestResponse degraded = get("/health");
		CPPUNIT_ASSERT_EQUAL(200, degraded.status);
		CPPUNIT_ASSERT(degraded.has("Content-Type: application/json\r\n"));
		CPPUNIT_ASSERT_EQUAL(
			std::string(
				R"({"status":"degraded","checks":[{"name":"store","status":"healthy","observed":"commit took 212us","checked_at":5},)"
				R"({"name":"disk","status":"degraded","observed":"9% free","checked_at":6}]})") +
				"\n",
			degraded.body);
		_app.health.overall = HealthState::UNHEALTHY;
		const TestResponse unhealthy = get("/health");
		CPPUNIT_ASSERT_EQUAL(503, unhealthy.status);
		CPPUNIT_ASSERT_EQUAL(std::string("unhealthy"), unhealthy.json().at("status").get<std::string>());
	}

	void testReadyAndLive()
	{
		CPPUNIT_ASSERT_EQUAL(200, get("/ready").status);
		_app.ready = false;
		CPPUNIT_ASSERT_EQUAL(503, get("/ready").status);
		CPPUNIT_ASSERT_EQUAL(false, get("/ready").json().at("ready").get<bool>());
		CPPUNIT_ASSERT_EQUAL(200, get("/live").status);
	}

	void testStatus()
	{
		CPPUNIT_ASSERT_EQUAL(_app.document, get("/status").json());
	}

	void testPage()
	{
		_app.document = Json::parse(R"({"state": "running", "version": "1.2.3", "uptime_seconds": 90, "tasks": {"queued": 12, "running": 3},
			"queues": [{"name": "<script>alert('1')</script>&\"", "parallelism": 4, "paused": true, "queued": 12, "running": 3}],
			"checks": [{"name": "store", "status": "healthy", "observed": "ok"}]})");
		const TestResponse page = get("/");
		CPPUNIT_ASSERT_EQUAL(200, page.status);
		CPPUNIT_ASSERT(page.has("Content-Type: text/html; charset=utf-8\r\n"));
		CPPUNIT_ASSERT(page.has("Content-Security-Policy: default-src 'none'"));
		CPPUNIT_ASSERT(page.body.find("Version 1.2.3, running, up for 90 s.") != std::string::npos);
		CPPUNIT_ASSERT(page.body.find("<td>queued</td><td>12</td>") != std::string::npos);
		CPPUNIT_ASSERT(page.body.find("<td>&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;</td><td>4</td><td>true</td>") !=
					   std::string::npos);
		CPPUNIT_ASSERT(page.body.find("<script") == std::string::npos);
	}

	void testPageOfLittle()
	/// The store cannot be read: tasks are null then.
	{
		_app.document = {{"state", "running"}, {"tasks", nullptr}, {"queues", Json::array()}};
		CPPUNIT_ASSERT_EQUAL(200, get("/").status);
	}

	void testRefusals()
	{
		CPPUNIT_ASSERT_EQUAL(404, get("/metrics").status);
		CPPUNIT_ASSERT_EQUAL(std::string("not_found"), get("/v1/tasks").code());
		CPPUNIT_ASSERT_EQUAL(400, get("/health?verbose=1").status);
		TestClient client(_port);
		const TestResponse post = client.post("/health", "");
		CPPUNIT_ASSERT_EQUAL(405, post.status);
		CPPUNIT_ASSERT(post.has("Allow: GET, HEAD\r\n"));
		CPPUNIT_ASSERT_EQUAL(413, client.post("/health", "x").status);
		CPPUNIT_ASSERT(client.atEnd());
		// Before a byte of the body has come: a slow one would hold a thread.
		TestClient chunked(_port);
		chunked.send("GET /health HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
		CPPUNIT_ASSERT_EQUAL(413, chunked.read().status);
	}

	void testHead()
	{
		TestClient client(_port);
		client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET /live HTTP/1.1\r\nHost: h\r\n\r\n");
		CPPUNIT_ASSERT(client.read(false).has("Content-Length: "));
		CPPUNIT_ASSERT_EQUAL(std::string("{\"live\":true}\n"), client.read().body);
	}

	void testStop()
	{
		_server->stop();
		CPPUNIT_ASSERT_THROW(TestClient{_port}, SystemException);
		_server->stop();
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(HealthServerTest, "Http");
