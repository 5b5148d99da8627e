#include "Http/RequestHead.h"
#include "Http/HttpException.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class RequestHeadTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(RequestHeadTest);
	CPPUNIT_TEST(testGood);
	CPPUNIT_TEST(testMalformed);
	CPPUNIT_TEST(testFraming);
	CPPUNIT_TEST(testVersion);
	CPPUNIT_TEST_SUITE_END();

	static int statusOf(const std::string& head)
	/// 0 when the head is accepted.
	{
		try
		{
			checkRequestHead(head);
			return 0;
		}
		catch (const HttpException& e)
		{
			CPPUNIT_ASSERT_EQUAL(std::string("invalid"), e.code());
			return e.status();
		}
	}

	static int withFields(const std::string& fields)
	{
		return statusOf("POST /v1/tasks HTTP/1.1\r\n" + fields + "\r\n");
	}

public:
	void testGood()
	{
		CPPUNIT_ASSERT_EQUAL(0, statusOf("GET / HTTP/1.1\r\n\r\n"));
		CPPUNIT_ASSERT_EQUAL(0, statusOf("GET /a?b=%20&c HTTP/1.0\r\nHost: x\r\nEmpty:\r\nX: a \t b\r\n\r\n"));
		CPPUNIT_ASSERT_EQUAL(0, withFields("content-LENGTH: 12\r\nExpect: 100-continue\r\n"));
		CPPUNIT_ASSERT_EQUAL(0, withFields("Transfer-Encoding: Chunked\r\n"));
		CPPUNIT_ASSERT_EQUAL(0, withFields("X-Latin: caf\xe9\r\n"));
	}

	void testMalformed()
	{
		for (const std::string line : {"GET", "GET /", "GET  / HTTP/1.1 ", "GET a HTTP/1.1", "GET / / HTTP/1.1", "G(T / HTTP/1.1",
				 " GET / HTTP/1.1", "GET http://x/ HTTP/1.1", "GET /\x7f HTTP/1.1", "GET /\xff HTTP/1.1", ""})
			CPPUNIT_ASSERT_MESSAGE(line, statusOf(line + "\r\n\r\n") >= 400);
		CPPUNIT_ASSERT_EQUAL(400, withFields("no colon\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("Name : blank before the colon\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("A: 1\r\n folded\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("a\n\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("A: 1\nContent-Length: 5\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("A: bare\rreturn\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields(std::string("A: nul\0\r\n", 9)));
		CPPUNIT_ASSERT_EQUAL(400, withFields(": no name\r\n"));
	}

	void testFraming()
	{
		for (const std::string length : {"", "-1", "+1", "0x10", "1 2", "1,1", "99999999999999999999"})
			CPPUNIT_ASSERT_EQUAL_MESSAGE(length, 400, withFields("Content-Length: " + length + "\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("Content-Length: 1\r\nContent-Length: 1\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"));
		CPPUNIT_ASSERT_EQUAL(400, withFields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"));
		CPPUNIT_ASSERT_EQUAL(501, withFields("Transfer-Encoding: gzip, chunked\r\n"));
		CPPUNIT_ASSERT_EQUAL(501, withFields("Transfer-Encoding: identity\r\n"));
	}

	void testVersion()
	{
		CPPUNIT_ASSERT_EQUAL(505, statusOf("GET / HTTP/2.0\r\n\r\n"));
		CPPUNIT_ASSERT_EQUAL(505, statusOf("GET / http/1.1\r\n\r\n"));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(RequestHeadTest, "Http");
