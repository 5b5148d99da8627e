#include "TaskDaemon/Base/LogLine.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class LogLineTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(LogLineTest);
	CPPUNIT_TEST(testFields);
	CPPUNIT_TEST(testEscapes);
	CPPUNIT_TEST(testNoForgedField);
	CPPUNIT_TEST_SUITE_END();

	static std::string lineFor(const std::string& value)
	{
		return LogLine("m").field("k", value);
	}

public:
	void testFields()
	{
		const std::string plain = LogLine("task ended");
		CPPUNIT_ASSERT_EQUAL("task ended"s, plain);
		const std::string text = LogLine("task ended").field("task", 17).field("cause", "signal").field("delta", INT64_MIN);
		CPPUNIT_ASSERT_EQUAL("task ended task=17 cause=signal delta=-9223372036854775808"s, text);
	}

	void testEscapes()
	{
		const struct
		{
			std::string value;
			std::string line;
		} cases[] = {
			{"", "m k=\"\""},
			{"gr\xC3\xBC\xC3\x9F", "m k=gr\xC3\xBC\xC3\x9F"},
			{"a b", "m k=\"a b\""},
			{"a=b", "m k=\"a=b\""},
			{"say \"hi\"", "m k=\"say \\\"hi\\\"\""},
			{"a\nb", "m k=a\\nb"},
			{"a\n b", "m k=\"a\\n b\""},
			{"\x1B[2J\xFF", "m k=\\x1b[2J\\xff"},
			{"a\\nb", "m k=\"a\\\\nb\""},
		};
		for (const auto& c : cases) CPPUNIT_ASSERT_EQUAL(c.line, lineFor(c.value));
	}

	void testNoForgedField()
	{
		// A backslash of the value must neither take the closing quote's meaning nor give the value's own quote one.
		CPPUNIT_ASSERT_EQUAL("m k=\"a\\\\\""s, lineFor("a\\"));
		CPPUNIT_ASSERT_EQUAL("m k=\"\\\\\\\" task=1\""s, lineFor("\\\" task=1"));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(LogLineTest, "Base");
