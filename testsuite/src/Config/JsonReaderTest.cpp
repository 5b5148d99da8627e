#include "Config/JsonReader.h"
#include "Config/RenderRead.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using TaskDaemon::readJson;
using namespace std::string_literals;


class JsonReaderTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(JsonReaderTest);
	CPPUNIT_TEST(testEntries);
	CPPUNIT_TEST(testMistakes);
	CPPUNIT_TEST(testSyntaxErrors);
	CPPUNIT_TEST(testDeepNesting);
	CPPUNIT_TEST_SUITE_END();

	static std::string read(const std::string& text)
	{
		return renderRead(readJson, text);
	}

public:
	void testEntries()
	{
		const std::pair<std::string, std::string> cases[] = {
			{"{}", ""},
			{R"({"a": {}})", ""},
			{R"({"log": {"level": "debug"}})", "1[log.level][debug]"},
			{"{\n\t\"log\": {\n\t\t\"level\":\n\"debug\",\n\t\t\"file\": \"/x\"\n\t},\n\t\"a\": 1\n}\n",
				"3[log.level][debug]5[log.file][/x]7[a][1]"},
			{R"({"a": "", "b": true, "c": false, "d": -5, "e": 18446744073709551615, "f": 1.50})",
				"1[a][]1[b][true]1[c][false]1[d][-5]1[e][18446744073709551615]1[f][1.50]"},
			{R"({"queue.my.queue.paused": true})", "1[queue.my.queue.paused][true]"},
			{R"({"a": 1, "a": 2})", "1[a][1]1[a][2]"},
			{R"({"a": "\u00e4\n"})", "1[a][\xC3\xA4\n]"},
			{"\xEF\xBB\xBF{\"a\": 1}", "1[a][1]"},
		};
		for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, read(text));
	}

	void testMistakes()
	{
		const std::pair<std::string, std::string> cases[] = {
			{"{\n\"a\": null, \"b\": 1}", "2[b][1]2!a: null is no value; write \"\" or leave the key out"},
			{"{\"a\":\n{\"b\": [1, [2], {\"c\": {}, \"d\": null}], \"e\": 1}}", "2[a.e][1]2!a.b: a list; one value is expected"},
			{"{\"a\": {\"x\": 1},\n\"a\": {\"y\": 2}}", "1[a.x][1]2[a.y][2]2!a: section given twice; join the two"},
			{"\n[1]", "2!the whole file must be one object: { \"section\": { \"key\": \"value\" } }"},
			{"5", "1!the whole file must be one object: { \"section\": { \"key\": \"value\" } }"},
			{"null", "1!the whole file must be one object: { \"section\": { \"key\": \"value\" } }"},
		};
		for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, read(text));
	}

	void testSyntaxErrors()
	/// The rest of the reason is the library's.
	{
		const std::pair<std::string, std::string> cases[] = {
			{"", "1!not valid JSON: syntax error while parsing value - unexpected end of input"},
			{"{\"a\": 1,\n\n}", "1[a][1]3!not valid JSON: syntax error while parsing object key - unexpected '}'; expected string literal"},
			{"{\"a\": 1\n}\n\nx", "1[a][1]4!not valid JSON: syntax error while parsing value - invalid literal; last read: '"},
			{"{\n// no\n}", "2!not valid JSON: syntax error while parsing object key - invalid literal; last read: '"},
			{"{\n\"a\": 007}", "2[a][0]2!not valid JSON: syntax error while parsing object - unexpected number literal; expected '}'"},
			{"{\n\"a\": \"\xFF\"}", "2!is not UTF-8"},
			{"{\"a\": \"x\ny\"}", "1!not valid JSON: syntax error while parsing value - invalid string: control character U+000A"},
			{"{\"a\": \0}"s, "1!holds a NUL byte"},
			{"{\"a\": 1}\n\0x"s, "2!holds a NUL byte"},
		};
		for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, read(text).substr(0, expected.size()));
	}

	void testDeepNesting()
	{
		std::string text;
		for (int i = 0; i < 100000; ++i) text += "{\"a\":\n";
		CPPUNIT_ASSERT_EQUAL("17!sections are nested deeper than 16"s, read(text));
		CPPUNIT_ASSERT_EQUAL("1!a: a list; one value is expected"s, read("{\"a\":" + std::string(100000, '[')).substr(0, 34));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(JsonReaderTest, "Config");
