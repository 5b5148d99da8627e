#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Base/Exception.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class JsonTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(JsonTest);
	CPPUNIT_TEST(testDump);
	CPPUNIT_TEST(testUtf8IsString);
	CPPUNIT_TEST(testBytesAreBase64);
	CPPUNIT_TEST(testRoundTrip);
	CPPUNIT_TEST(testRefuses);
	CPPUNIT_TEST_SUITE_END();

	static std::string refusal(const Json& value)
	{
		try
		{
			return "accepted: " + bytesFromJson(value, "command[1]");
		}
		catch (const ValidationException& exception)
		{
			CPPUNIT_ASSERT_EQUAL("command[1]"s, exception.field());
			return exception.what();
		}
	}

public:
	void testDump()
	{
		CPPUNIT_ASSERT_EQUAL("{\"b\":1,\"a\":[true,null]}"s, dumpJson(Json{{"b", 1}, {"a", {true, nullptr}}}));
		CPPUNIT_ASSERT_EQUAL("{\n  \"b\": 1\n}"s, dumpJson(Json{{"b", 1}}, 2));
		CPPUNIT_ASSERT_EQUAL("\"a\xEF\xBF\xBD\\n\""s, dumpJson(Json("a\xFF\n")));
	}

	void testUtf8IsString()
	{
		CPPUNIT_ASSERT_EQUAL("\"gr\xC3\xBC\""s, dumpJson(bytesToJson("gr\xC3\xBC")));
		CPPUNIT_ASSERT_EQUAL("\"\""s, dumpJson(bytesToJson("")));
	}

	void testBytesAreBase64()
	{
		// RFC 4648 has no vector that is not UTF-8; these were made with base64(1).
		CPPUNIT_ASSERT_EQUAL("{\"base64\":\"/w==\"}"s, dumpJson(bytesToJson("\xFF")));
		CPPUNIT_ASSERT_EQUAL("{\"base64\":\"/2E=\"}"s, dumpJson(bytesToJson("\xFF"
																			"a")));
		CPPUNIT_ASSERT_EQUAL("{\"base64\":\"/2Fi\"}"s, dumpJson(bytesToJson("\xFF"
																			"ab")));
		CPPUNIT_ASSERT_EQUAL("foobar"s, bytesFromJson(Json{{"base64", "Zm9vYmFy"}}, "f"));
		CPPUNIT_ASSERT_EQUAL("fooba"s, bytesFromJson(Json{{"base64", "Zm9vYmE="}}, "f"));
		CPPUNIT_ASSERT_EQUAL("foob"s, bytesFromJson(Json{{"base64", "Zm9vYg=="}}, "f"));
		CPPUNIT_ASSERT_EQUAL(""s, bytesFromJson(Json{{"base64", ""}}, "f"));
	}

	void testRoundTrip()
	{
		std::string bytes;
		for (int byte = 255; byte > 0; --byte)
		{
			bytes += static_cast<char>(byte);
			CPPUNIT_ASSERT(bytes == bytesFromJson(Json::parse(dumpJson(bytesToJson(bytes))), "f"));
		}
	}

	void testRefuses()
	{
		const std::string type = "command[1]: must be a string, or {\"base64\": \"...\"} for bytes that are not UTF-8";
		for (const Json& value :
			{Json(), Json(1), Json(true), Json::array(), Json::object(), Json{{"base64", 1}}, Json{{"base64", "YQ=="}, {"x", 1}}})
			CPPUNIT_ASSERT_EQUAL(type, refusal(value));
		const std::string encoding = "command[1]: is not valid base64";
		for (const std::string text : {"YQ", "YQ=", "Y===", "====", "YQ==YQ==", "Y=Q=", "YQ==\n", "Y Q=", "_w==", "\xFF\xFF\xFF\xFF"})
			CPPUNIT_ASSERT_EQUAL_MESSAGE(text, encoding, refusal(Json{{"base64", text}}));
		const std::string nul = "command[1]: must not contain a NUL byte";
		CPPUNIT_ASSERT_EQUAL(nul, refusal(Json("a\0b"s)));
		CPPUNIT_ASSERT_EQUAL(nul, refusal(Json{{"base64", "AA=="}}));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(JsonTest, "Base");
