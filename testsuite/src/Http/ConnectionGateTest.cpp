#include "Http/ConnectionGate.h"
#include "GatedHttpServerFixture.h"
#include "TemporaryFolder.h"
#include <memory>
#include <vector>


using namespace TaskDaemon;


class ConnectionGateTest: public GatedHttpServerFixture
/// Who comes through, who waits, and who is sent away.
{
	CPPUNIT_TEST_SUITE(ConnectionGateTest);
	CPPUNIT_TEST(testUnixSocket);
	CPPUNIT_TEST(testSlowClientsDelayNobody);
	CPPUNIT_TEST(testByteAtATime);
	CPPUNIT_TEST(testKeepAlive);
	CPPUNIT_TEST(testIdleConnectionsHoldNoThread);
	CPPUNIT_TEST(testLargeHead);
	CPPUNIT_TEST(testMalformedHead);
	CPPUNIT_TEST(testHeadTooSlow);
	CPPUNIT_TEST(testIdleTooLong);
	CPPUNIT_TEST(testTooManyPending);
	CPPUNIT_TEST(testHead);
	CPPUNIT_TEST(testHttp10);
	CPPUNIT_TEST_SUITE_END();

public:
	void testUnixSocket()
	{
		const TemporaryFolder folder;
		start(listenOnUnix(folder.path("s")), GateLimits(), 4);
		TestClient client(folder.path("s"));
		ping(client);
		ping(client);
	}

	void testSlowClientsDelayNobody()
	{
		start();
		std::vector<std::unique_ptr<TestClient>> slow;
		for (int i = 0; i < 200; ++i)
		{
			slow.push_back(std::make_unique<TestClient>(_port));
			slow.back()->send("GET /ping HTTP/1.1\r\nX-Slow: ");
		}
		const Microseconds begin = monotonicTime();
		for (int i = 0; i < 50; ++i)
		{
			for (const auto& client : slow) client->send("a");
			TestClient probe(_port);
			ping(probe);
		}
		CPPUNIT_ASSERT(monotonicTime() - begin < 5 * SECOND);
		for (const auto& client : slow) client->send("\r\n\r\n");
		for (const auto& client : slow) CPPUNIT_ASSERT_EQUAL(200, client->read().status);
	}

	void testByteAtATime()
	{
		start();
		TestClient client(_port);
		for (const char c : std::string("\r\nGET /ping HTTP/1.1\r\nHost: h\r\n\r\n")) client.send(std::string_view(&c, 1));
		CPPUNIT_ASSERT_EQUAL(200, client.read().status);
		for (const char c : std::string("POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
			client.send(std::string_view(&c, 1));
		CPPUNIT_ASSERT_EQUAL(std::string("abc"), client.read().body);
	}

	void testKeepAlive()
	{
		start();
		TestClient client(_port);
		for (int i = 0; i < 20; ++i)
		{
			const TestResponse response = client.get("/ping");
			CPPUNIT_ASSERT_EQUAL(200, response.status);
			CPPUNIT_ASSERT(response.has("Connection: keep-alive"));
		}
		CPPUNIT_ASSERT_EQUAL(404, client.get("/nothing").status);
		ping(client);
		client.send("GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n");
		CPPUNIT_ASSERT(client.read().has("Connection: close"));
		CPPUNIT_ASSERT(client.atEnd());
	}

	void testIdleConnectionsHoldNoThread()
	{
		start(GateLimits(), 1);
		std::vector<std::unique_ptr<TestClient>> clients;
		for (int i = 0; i < 100; ++i)
		{
			clients.push_back(std::make_unique<TestClient>(_port));
			ping(*clients.back());
		}
		for (const auto& client : clients) ping(*client);
	}

	void testLargeHead()
	{
		start();
		TestClient client(_port);
		client.send("GET /ping HTTP/1.1\r\nX: " + std::string(20 * 1024, 'x') + "\r\n\r\n");
		const TestResponse response = client.read();
		CPPUNIT_ASSERT_EQUAL(431, response.status);
		CPPUNIT_ASSERT_EQUAL(std::string("too_large"), response.code());
		CPPUNIT_ASSERT(client.atEnd());
		TestClient endless(_port);
		for (int i = 0; i < 1000; ++i) endless.send(std::string(1000, 'x'));
		CPPUNIT_ASSERT_EQUAL(431, endless.read().status);
		TestClient fitting(_port);
		fitting.send("GET /ping HTTP/1.1\r\nX: " + std::string(8000, 'x') + "\r\nY: " + std::string(8000, 'x') + "\r\n\r\n");
		CPPUNIT_ASSERT_EQUAL(200, fitting.read().status);
	}

	void testMalformedHead()
	{
		start();
		for (const std::string head : {"GET /ping HTTP/1.1\r\nno colon", "rubbish", "POST /echo HTTP/1.1\r\nContent-Length: x"})
		{
			TestClient client(_port);
			client.send(head + "\r\n\r\n");
			const TestResponse response = client.read();
			CPPUNIT_ASSERT_EQUAL(400, response.status);
			CPPUNIT_ASSERT_EQUAL(std::string("invalid"), response.code());
			CPPUNIT_ASSERT(client.atEnd());
		}
	}

	void testHeadTooSlow()
	{
		GateLimits limits;
		limits.headTime = 100 * MILLISECOND;
		start(limits);
		TestClient silent(_port);
		TestClient slow(_port);
		slow.send("GET /ping HT");
		CPPUNIT_ASSERT_EQUAL(408, slow.read().status);
		CPPUNIT_ASSERT(slow.atEnd());
		CPPUNIT_ASSERT(silent.atEnd());
	}

	void testIdleTooLong()
	{
		GateLimits limits;
		limits.idleTime = 100 * MILLISECOND;
		start(limits);
		TestClient client(_port);
		ping(client);
		CPPUNIT_ASSERT(client.atEnd());
	}

	void testTooManyPending()
	{
		GateLimits limits;
		limits.pending = 10;
		start(limits);
		std::vector<std::unique_ptr<TestClient>> clients;
		for (int i = 0; i < 20; ++i) clients.push_back(std::make_unique<TestClient>(_port));
		// The oldest ten had to go.
		for (std::size_t i = 0; i < 10; ++i) CPPUNIT_ASSERT(clients[i]->atEnd());
		for (std::size_t i = 10; i < 20; ++i) ping(*clients[i]);
	}

	void testHead()
	{
		start();
		TestClient client(_port);
		client.send("HEAD /ping HTTP/1.1\r\n\r\n");
		const TestResponse response = client.read(false);
		CPPUNIT_ASSERT_EQUAL(200, response.status);
		CPPUNIT_ASSERT(response.has("Content-Length: 14\r\n"));
		ping(client);
		client.send("PUT /ping HTTP/1.1\r\nContent-Length: 5\r\n\r\nGET /");
		const TestResponse refused = client.read();
		CPPUNIT_ASSERT_EQUAL(405, refused.status);
		CPPUNIT_ASSERT(refused.has("Allow: GET, HEAD\r\n"));
		ping(client);
	}

	void testHttp10()
	{
		start();
		TestClient client(_port);
		client.send("GET /ping HTTP/1.0\r\n\r\n");
		CPPUNIT_ASSERT(client.read().has("Connection: close"));
		CPPUNIT_ASSERT(client.atEnd());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ConnectionGateTest, "Http");
