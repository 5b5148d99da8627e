#include "Http/Response.h"
#include "Http/HttpException.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class ResponseTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(ResponseTest);
	CPPUNIT_TEST(testErrors);
	CPPUNIT_TEST(testFields);
	CPPUNIT_TEST(testFormat);
	CPPUNIT_TEST_SUITE_END();

	static void check(int status, const std::string& code, const std::exception& error)
	{
		const Response response = errorResponse(error);
		CPPUNIT_ASSERT_EQUAL(status, response.status);
		CPPUNIT_ASSERT_EQUAL(code, Json::parse(response.body).at("error").at("code").get<std::string>());
	}

	static Json errorOf(const std::exception& error)
	{
		return Json::parse(errorResponse(error).body).at("error");
	}

public:
	void testErrors()
	{
		check(400, "invalid", ValidationException("command", "is missing"));
		check(404, "not_found", NotFoundException("no task 1"));
		check(409, "conflict", ConflictException("is final"));
		check(503, "stopping", UnavailableException("stopping"));
		check(503, "unavailable", StoreException("disk full"));
		check(500, "internal", SystemException("cannot open '/x'", EACCES));
		check(500, "internal", std::runtime_error("secret"));
		check(413, "too_large", HttpException(413, "too_large", "too large"));
		check(405, "method", MethodException("PUT", "GET"));
	}

	void testFields()
	{
		const ValidationException invalid("command", "is missing");
		CPPUNIT_ASSERT_EQUAL(std::string("command"), errorOf(invalid).at("field").get<std::string>());
		CPPUNIT_ASSERT(!errorOf(invalid).contains("index"));
		CPPUNIT_ASSERT_EQUAL(7, errorOf(BatchException(invalid, 7)).at("index").get<int>());
		CPPUNIT_ASSERT_EQUAL(std::string("command: is missing"), errorOf(BatchException(invalid, 7)).at("message").get<std::string>());
		CPPUNIT_ASSERT(!errorOf(NotFoundException("x")).contains("field"));
		CPPUNIT_ASSERT(errorOf(std::runtime_error("secret")).dump().find("secret") == std::string::npos);
		CPPUNIT_ASSERT(formatResponse(errorResponse(MethodException("PUT", "GET, HEAD")), true, false).find("\r\nAllow: GET, HEAD\r\n") !=
					   std::string::npos);
	}

	void testFormat()
	{
		const Response response = jsonResponse(201, Json{{"id", 17}});
		const std::string whole = formatResponse(response, true, true);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), whole.find("HTTP/1.1 201 Created\r\nDate: "));
		CPPUNIT_ASSERT(whole.find("\r\nContent-Length: 10\r\n") != std::string::npos);
		CPPUNIT_ASSERT(whole.find("\r\nConnection: keep-alive\r\n\r\n{\"id\":17}\n") != std::string::npos);
		const std::string head = formatResponse(response, false, false);
		CPPUNIT_ASSERT(head.find("\r\nContent-Length: 10\r\n") != std::string::npos);
		CPPUNIT_ASSERT(head.find("\r\nConnection: close\r\n\r\n") == head.size() - 23);
		const std::string chunked = formatHead(Response(), Framing::CHUNKED, 0, false);
		CPPUNIT_ASSERT(chunked.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);
		CPPUNIT_ASSERT(chunked.find("Content-Length") == std::string::npos);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ResponseTest, "Http");
