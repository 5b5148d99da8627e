#include "Http/JsonBody.h"
#include "Http/HttpException.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class JsonBodyTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(JsonBodyTest);
	CPPUNIT_TEST(testParses);
	CPPUNIT_TEST(testPosition);
	CPPUNIT_TEST(testBombs);
	CPPUNIT_TEST(testFields);
	CPPUNIT_TEST_SUITE_END();

	static std::string refusalOf(const std::string& body)
	{
		try
		{
			parseBody(body);
		}
		catch (const HttpException& e)
		{
			CPPUNIT_ASSERT_EQUAL(400, e.status());
			CPPUNIT_ASSERT_EQUAL(std::string("invalid"), e.code());
			return e.what();
		}
		return "accepted";
	}

	static bool contains(const std::string& text, const std::string& part)
	{
		return text.find(part) != std::string::npos;
	}

public:
	void testParses()
	{
		CPPUNIT_ASSERT_EQUAL(2, parseBody(R"({"a": [1, "x\"]]]{{{,"], "b": 2})").at("b").get<int>());
		CPPUNIT_ASSERT_EQUAL(std::size_t(32), parseBody(std::string(32, '[') + std::string(32, ']')).dump().size() / 2);
	}

	void testPosition()
	{
		CPPUNIT_ASSERT(contains(refusalOf("{\"a\": tru}"), "at byte 10"));
		CPPUNIT_ASSERT(contains(refusalOf("[1,]"), "at byte 4"));
		CPPUNIT_ASSERT(contains(refusalOf(""), "empty"));
		CPPUNIT_ASSERT(contains(refusalOf("{} x"), "at byte 4"));
		CPPUNIT_ASSERT(contains(refusalOf("[\"\xff\"]"), "at byte 3"));
		CPPUNIT_ASSERT(contains(refusalOf("[1e999]"), "cannot be represented"));
	}

	void testBombs()
	{
		CPPUNIT_ASSERT(contains(refusalOf(std::string(33, '[')), "at byte 33: nested deeper than 32"));
		CPPUNIT_ASSERT(contains(refusalOf(std::string(10000000, '[')), "nested deeper"));
		std::string wide = "[";
		for (int i = 0; i < 4000001; ++i) wide += "0,";
		CPPUNIT_ASSERT(contains(refusalOf(wide + "0]"), "more than 4000000 values"));
		CPPUNIT_ASSERT(contains(refusalOf("\"unclosed \\"), "not valid JSON"));
	}

	void testFields()
	{
		const Json document = Json::parse(R"({"a": 1, "b": 2})");
		CPPUNIT_ASSERT(&expectObject(document, {"a", "b", "c"}) == &document);
		CPPUNIT_ASSERT_THROW(expectObject(document, {"a"}), ValidationException);
		CPPUNIT_ASSERT_THROW(expectObject(Json::array(), {}), ValidationException);
		expectNoBody("");
		expectNoBody("{}");
		CPPUNIT_ASSERT_THROW(expectNoBody(R"({"force": true})"), ValidationException);
		CPPUNIT_ASSERT_THROW(expectNoBody("x"), HttpException);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(JsonBodyTest, "Http");
