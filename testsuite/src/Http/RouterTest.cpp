#include "Http/Router.h"
#include "Http/HttpException.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class RouterTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(RouterTest);
	CPPUNIT_TEST(testFinds);
	CPPUNIT_TEST(testNotFound);
	CPPUNIT_TEST(testMethod);
	CPPUNIT_TEST(testParameters);
	CPPUNIT_TEST_SUITE_END();

	static Route route(const std::string& method, const std::string& path, const std::vector<std::string>& parameters = {})
	{
		return {method, path, parameters,
			[path](const Request& request)
			{
				Response response;
				response.body = path;
				for (const auto& capture : request.captures) response.body += "[" + capture + "]";
				return response;
			}};
	}

	const Router _router{{route("GET", "/"), route("GET", "/tasks", {"limit"}), route("POST", "/tasks"), route("GET", "/tasks/*"),
		route("POST", "/tasks/*/cancel"), route("GET", "/*/*/x")}};

	std::string dispatch(const std::string& method, const std::string& path, const std::string& query = "") const
	{
		Request request;
		request.method = method;
		request.path = path;
		request.query = Query(query);
		return _router.dispatch(request).body;
	}

public:
	void testFinds()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("/"), dispatch("GET", "/"));
		CPPUNIT_ASSERT_EQUAL(std::string("/tasks"), dispatch("POST", "/tasks"));
		CPPUNIT_ASSERT_EQUAL(std::string("/tasks/*[17]"), dispatch("GET", "/tasks/17"));
		CPPUNIT_ASSERT_EQUAL(std::string("/tasks/*/cancel[a/b c]"), dispatch("POST", "/tasks/a%2Fb%20c/cancel"));
		CPPUNIT_ASSERT_EQUAL(std::string("/*/*/x[tasks][cancel]"), dispatch("GET", "/tasks/cancel/x"));
	}

	void testNotFound()
	{
		for (const std::string path : {"/nothing", "/tasks/", "/tasks//cancel", "//", "/tasks/1/2/3", "/TASKS"})
			CPPUNIT_ASSERT_THROW_MESSAGE(path, dispatch("GET", path), NotFoundException);
	}

	void testMethod()
	{
		try
		{
			dispatch("DELETE", "/tasks");
			CPPUNIT_FAIL("no exception");
		}
		catch (const MethodException& e)
		{
			CPPUNIT_ASSERT_EQUAL(405, e.status());
			CPPUNIT_ASSERT_EQUAL(std::string("method"), e.code());
			CPPUNIT_ASSERT_EQUAL(std::string("GET, POST"), e.allowed());
		}
	}

	void testParameters()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("/tasks"), dispatch("GET", "/tasks", "limit=1"));
		CPPUNIT_ASSERT_THROW(dispatch("GET", "/tasks", "limits=1"), ValidationException);
		CPPUNIT_ASSERT_THROW(dispatch("POST", "/tasks", "limit=1"), ValidationException);
		CPPUNIT_ASSERT_THROW(dispatch("GET", "/tasks/%ff"), ValidationException);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(RouterTest, "Http");
