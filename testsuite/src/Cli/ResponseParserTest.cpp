#include "Cli/ResponseParser.h"
#include "ChildProcess.h"
#include "TaskDaemon/Base/Exception.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;
using Cli::ResponseParser;


class ResponseParserTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(ResponseParserTest);
	CPPUNIT_TEST(testContentLength);
	CPPUNIT_TEST(testEmptyBody);
	CPPUNIT_TEST(testChunked);
	CPPUNIT_TEST(testEveryCut);
	CPPUNIT_TEST(testInterimResponses);
	CPPUNIT_TEST(testIncompleteIsNotComplete);
	CPPUNIT_TEST(testRefused);
	CPPUNIT_TEST(testBounds);
	CPPUNIT_TEST_SUITE_END();

	std::string _body;

	ResponseParser makeParser()
	{
		_body.clear();
		return ResponseParser([this](std::string_view part) { _body += part; });
	}

	void assertRefused(const std::string& bytes, const std::string& reason)
	{
		ResponseParser parser = makeParser();
		const std::string message = messageOf<ProtocolException>([&] { parser.feed(bytes); });
		CPPUNIT_ASSERT_MESSAGE(bytes.substr(0, 100) + " -> " + message, message.find(reason) != std::string::npos);
	}

	void testContentLength()
	{
		ResponseParser parser = makeParser();
		parser.feed("HTTP/1.1 200 OK\r\nServer: x\r\nCONTENT-length:\t5 \r\n\r\nhello");
		CPPUNIT_ASSERT(parser.complete());
		CPPUNIT_ASSERT_EQUAL(200, parser.status());
		CPPUNIT_ASSERT_EQUAL(std::string("hello"), _body);
	}

	void testEmptyBody()
	{
		ResponseParser parser = makeParser();
		parser.feed("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
		CPPUNIT_ASSERT(parser.complete());
		CPPUNIT_ASSERT_EQUAL(503, parser.status());
	}

	void testChunked()
	{
		ResponseParser parser = makeParser();
		parser.feed("HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1A\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n");
		CPPUNIT_ASSERT(parser.complete());
		CPPUNIT_ASSERT_EQUAL(std::string("helloabcdefghijklmnopqrstuvwxyz"), _body);
	}

	void testEveryCut()
	/// However the bytes are cut into packets, the result is the same.
	{
		const std::string bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab\n\r\n2\r\n\r\n\r\n0\r\n\r\n";
		for (std::size_t cut = 0; cut <= bytes.size(); ++cut)
		{
			ResponseParser parser = makeParser();
			parser.feed(std::string_view(bytes).substr(0, cut));
			CPPUNIT_ASSERT_EQUAL(cut == bytes.size(), parser.complete());
			parser.feed(std::string_view(bytes).substr(cut));
			CPPUNIT_ASSERT(parser.complete());
			CPPUNIT_ASSERT_EQUAL(std::string("ab\n\r\n"), _body);
		}
		ResponseParser parser = makeParser();
		for (const char byte : bytes) parser.feed(std::string_view(&byte, 1));
		CPPUNIT_ASSERT(parser.complete());
		CPPUNIT_ASSERT_EQUAL(std::string("ab\n\r\n"), _body);
	}

	void testInterimResponses()
	{
		ResponseParser parser = makeParser();
		parser.feed("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hints\r\nLink: x\r\n\r\n");
		CPPUNIT_ASSERT_EQUAL(0, parser.status());
		parser.feed("HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok");
		CPPUNIT_ASSERT(parser.complete());
		CPPUNIT_ASSERT_EQUAL(201, parser.status());
	}

	void testIncompleteIsNotComplete()
	{
		for (const char* bytes : {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
				 "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"})
		{
			ResponseParser parser = makeParser();
			parser.feed(bytes);
			CPPUNIT_ASSERT_MESSAGE(bytes, !parser.complete());
		}
	}

	void testRefused()
	{
		const std::string ok = "HTTP/1.1 200 OK\r\n";
		const std::string chunked = ok + "Transfer-Encoding: chunked\r\n\r\n";
		assertRefused("SSH-2.0-OpenSSH\r\n", "status line");
		assertRefused("HTTP/1.0 200 OK\r\n", "status line");
		assertRefused("HTTP/1.1 20 OK\r\n", "status line");
		assertRefused("HTTP/1.1 2000 OK\r\n", "status line");
		assertRefused("HTTP/1.1 +20 OK\r\n", "status line");
		assertRefused("HTTP/1.1 099 OK\r\n", "status code");
		assertRefused("HTTP/1.1 200 OK\n", "CRLF");
		assertRefused("\n", "CRLF");
		assertRefused(ok + "\r\n", "length is not given");
		assertRefused(ok + "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length");
		assertRefused(ok + "Content-Length: -1\r\n", "Content-Length");
		assertRefused(ok + "Content-Length: 99999999999999999999\r\n", "Content-Length");
		assertRefused(ok + "Content-Length: 0x10\r\n", "Content-Length");
		assertRefused(ok + "Content-Length:\r\n", "Content-Length");
		assertRefused(ok + "Transfer-Encoding: gzip\r\n", "Transfer-Encoding");
		assertRefused(ok + "Transfer-Encoding: chunked, chunked\r\n", "Transfer-Encoding");
		assertRefused(ok + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "both");
		assertRefused(ok + "no colon\r\n", "header line");
		assertRefused(ok + ": value\r\n", "header line");
		assertRefused(ok + "Content-Length : 1\r\n", "header line");
		assertRefused(ok + "A: b\r\n folded\r\n", "header line");
		assertRefused(ok + "Content-Length: 1\r\n\r\nab", "after its end");
		assertRefused(chunked + "\r\n", "chunk header");
		assertRefused(chunked + "-1\r\n", "chunk header");
		assertRefused(chunked + "0x5\r\n", "chunk header");
		assertRefused(chunked + "5;ext\r\n", "chunk header");
		assertRefused(chunked + "fffffffff\r\n", "chunk header");
		assertRefused(chunked + "2\r\nabc\r\n", "longer than its header");
		assertRefused(chunked + "0\r\nX: y\r\n", "trailer");
	}

	void testBounds()
	/// What never ends is not kept.
	{
		assertRefused("HTTP/1.1 200 OK\r\nX: " + std::string(20000, 'a'), "head is too long");
		std::string headers = "HTTP/1.1 200 OK\r\n";
		for (int i = 0; i < 5000; ++i) headers += "A: b\r\n";
		assertRefused(headers, "head is too long");
		std::string interim;
		for (int i = 0; i < 5000; ++i) interim += "HTTP/1.1 100 Go on\r\n\r\n";
		assertRefused(interim, "head is too long");
		assertRefused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(100, '0'), "chunk header");
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ResponseParserTest, "Cli");
