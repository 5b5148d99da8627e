#include "Http/Request.h"
#include "TaskDaemon/Base/Exception.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class RequestTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(RequestTest);
	CPPUNIT_TEST(testQuery);
	CPPUNIT_TEST(testIntegers);
	CPPUNIT_TEST(testBad);
	CPPUNIT_TEST_SUITE_END();

	template <typename F>
	static std::string fieldOf(F&& function)
	/// Which field the ValidationException names.
	{
		try
		{
			function();
		}
		catch (const ValidationException& e)
		{
			return e.field();
		}
		return "no exception";
	}

public:
	void testQuery()
	{
		const Query query("state=queued,running&label=a%20b%2Bc+d&empty=&bare&&last=1");
		CPPUNIT_ASSERT_EQUAL(std::string("queued,running"), query.get("state").value());
		CPPUNIT_ASSERT_EQUAL(std::string("a b+c+d"), query.get("label").value());
		CPPUNIT_ASSERT_EQUAL(std::string(), query.get("empty").value());
		CPPUNIT_ASSERT_EQUAL(std::string(), query.get("bare").value());
		CPPUNIT_ASSERT(!query.get("other"));
		query.expectOnly({"state", "label", "empty", "bare", "last", "other"});
		CPPUNIT_ASSERT_EQUAL(std::string("empty"), fieldOf([&] { query.expectOnly({"state", "label", "bare", "last"}); }));
		Query("").expectOnly({});
	}

	void testIntegers()
	{
		const Query query("limit=1000&low=0&text=12x&blank=+5");
		CPPUNIT_ASSERT_EQUAL(std::int64_t(1000), query.getInteger("limit", 1, 1000).value());
		CPPUNIT_ASSERT(!query.getInteger("other", 1, 1000));
		CPPUNIT_ASSERT_EQUAL(std::string("limit"), fieldOf([&] { query.getInteger("limit", 1, 999); }));
		CPPUNIT_ASSERT_EQUAL(std::string("low"), fieldOf([&] { query.getInteger("low", 1, 1000); }));
		CPPUNIT_ASSERT_EQUAL(std::string("text"), fieldOf([&] { query.getInteger("text", 1, 1000); }));
		CPPUNIT_ASSERT_EQUAL(std::string("blank"), fieldOf([&] { query.getInteger("blank", 1, 1000); }));
	}

	void testBad()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("a"), fieldOf([] { Query("a=1&a=2"); }));
		CPPUNIT_ASSERT_EQUAL(std::string("a"), fieldOf([] { Query("a=%4"); }));
		CPPUNIT_ASSERT_EQUAL(std::string("a"), fieldOf([] { Query("a=%zz"); }));
		CPPUNIT_ASSERT_EQUAL(std::string("a"), fieldOf([] { Query("a=%+1"); }));
		CPPUNIT_ASSERT_EQUAL(std::string("a"), fieldOf([] { Query("a=%00"); }));
		CPPUNIT_ASSERT_EQUAL(std::string("a"), fieldOf([] { Query("a=%ff"); }));
		CPPUNIT_ASSERT_EQUAL(std::string("query"), fieldOf([] { Query("%ff=1"); }));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(RequestTest, "Http");
