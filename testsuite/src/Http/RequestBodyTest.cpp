#include "Http/RequestBody.h"
#include "GatedHttpServerFixture.h"
#include <string>


using namespace TaskDaemon;


class RequestBodyTest: public GatedHttpServerFixture
/// Bodies of any form, and that what follows them is the next request and nothing else.
{
	CPPUNIT_TEST_SUITE(RequestBodyTest);
	CPPUNIT_TEST(testChunkedBody);
	CPPUNIT_TEST(testMalformedChunks);
	CPPUNIT_TEST(testBodyTooLarge);
	CPPUNIT_TEST(testBodyCutShort);
	CPPUNIT_TEST(testExpectContinue);
	CPPUNIT_TEST(testPipelining);
	CPPUNIT_TEST_SUITE_END();

public:
	void testChunkedBody()
	{
		start();
		TestClient client(_port);
		post(client, "Transfer-Encoding: chunked\r\n", "5;ext=1\r\nhello\r\nA\r\n, world 12\r\n0\r\nTrailer: x\r\n\r\n");
		CPPUNIT_ASSERT_EQUAL(std::string("hello, world 12"), client.read().body);
		ping(client);
	}

	void testMalformedChunks()
	{
		start();
		for (const std::string body : {"x\r\n", "3\r\nabcd\r\n0\r\n\r\n", "-1\r\n", "3 \r\nabc\r\n0\r\n\r\n", "\r\n"})
		{
			TestClient client(_port);
			post(client, "Transfer-Encoding: chunked\r\n", body + "GET /ping HTTP/1.1\r\n\r\n");
			CPPUNIT_ASSERT_EQUAL_MESSAGE(body, 400, client.read().status);
			CPPUNIT_ASSERT_MESSAGE(body, client.atEnd());
		}
		TestClient client(_port);
		post(client, "Transfer-Encoding: chunked\r\n", std::string(5000, '1'));
		CPPUNIT_ASSERT_EQUAL(400, client.read().status);
	}

	void testBodyTooLarge()
	{
		start();
		const std::string smuggled = "GET /ping HTTP/1.1\r\n\r\n";
		for (const std::string fields : {"Content-Length: 100001\r\n", "Content-Length: 9223372036854775807\r\n"})
		{
			TestClient client(_port);
			post(client, fields, smuggled);
			const TestResponse response = client.read();
			CPPUNIT_ASSERT_EQUAL(413, response.status);
			CPPUNIT_ASSERT_EQUAL(std::string("too_large"), response.code());
			CPPUNIT_ASSERT_MESSAGE("the unread body was taken for a request", client.atEnd());
		}
		for (const std::string size : {"186A1", "FFFFFFFFFFFFFFFF", "FFFFFFFFFFFFFFFFFFFF"})
		{
			TestClient client(_port);
			post(client, "Transfer-Encoding: chunked\r\n", size + "\r\n" + smuggled);
			CPPUNIT_ASSERT_EQUAL_MESSAGE(size, 413, client.read().status);
			CPPUNIT_ASSERT(client.atEnd());
		}
		TestClient fitting(_port);
		CPPUNIT_ASSERT_EQUAL(BODY_CAP, fitting.post("/echo", std::string(BODY_CAP, 'x')).body.size());
	}

	void testBodyCutShort()
	{
		start();
		TestClient client(_port);
		post(client, "Content-Length: 10\r\n", "abc");
		::shutdown(client.fd(), SHUT_WR);
		CPPUNIT_ASSERT_EQUAL(400, client.read().status);
		TestClient gone(_port);
		post(gone, "Content-Length: 10\r\n", "abc");
		gone.close();
		TestClient probe(_port);
		ping(probe);
	}

	void testExpectContinue()
	{
		start();
		TestClient client(_port);
		post(client, "Content-Length: 3\r\nExpect: 100-continue\r\n", "");
		CPPUNIT_ASSERT_EQUAL(100, client.readHead().status);
		client.send("abc");
		CPPUNIT_ASSERT_EQUAL(std::string("abc"), client.read().body);
	}

	void testPipelining()
	{
		start();
		TestClient client(_port);
		std::string requests;
		for (int i = 0; i < 10; ++i)
		{
			const std::string body(static_cast<std::size_t>(i) * 100, static_cast<char>('a' + i));
			requests += "POST /echo HTTP/1.1\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
			requests += "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nxy\r\n0\r\n\r\n";
		}
		client.send(requests + "GET /ping HTT");
		for (int i = 0; i < 10; ++i)
		{
			CPPUNIT_ASSERT_EQUAL(std::string(static_cast<std::size_t>(i) * 100, static_cast<char>('a' + i)), client.read().body);
			CPPUNIT_ASSERT_EQUAL(std::string("xy"), client.read().body);
		}
		CPPUNIT_ASSERT(client.silentFor(50 * MILLISECOND));
		client.send("P/1.1\r\n\r\n");
		CPPUNIT_ASSERT_EQUAL(200, client.read().status);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(RequestBodyTest, "Http");
