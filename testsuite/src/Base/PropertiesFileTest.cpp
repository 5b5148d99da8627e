#include "TaskDaemon/Base/PropertiesFile.h"
#include "TaskDaemon/Base/Exception.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using TaskDaemon::ConfigEntry;
using TaskDaemon::ConfigMistake;
using TaskDaemon::ConfigurationException;
using TaskDaemon::parseProperties;
using namespace std::string_literals;


class PropertiesFileTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(PropertiesFileTest);
	CPPUNIT_TEST(testEntries);
	CPPUNIT_TEST(testContinuation);
	CPPUNIT_TEST(testLines);
	CPPUNIT_TEST(testMistakes);
	CPPUNIT_TEST(testAllMistakesAtOnce);
	CPPUNIT_TEST(testManyMistakes);
	CPPUNIT_TEST_SUITE_END();

	static std::string render(const std::vector<ConfigEntry>& entries)
	{
		std::string text;
		for (const ConfigEntry& entry : entries) text += std::to_string(entry.line) + "[" + entry.key + "][" + entry.value + "]";
		return text;
	}

	static std::string mistakeOf(const std::string& text)
	{
		try
		{
			return "no mistake: " + render(parseProperties(text, "f"));
		}
		catch (const ConfigurationException& exc)
		{
			CPPUNIT_ASSERT_EQUAL(int(TaskDaemon::EXIT_CONFIG), exc.exitCode());
			return exc.what();
		}
	}

public:
	void testEntries()
	{
		const struct
		{
			std::string text;
			std::string entries;
		} cases[] = {
			{"", ""},
			{"\n \t\n", ""},
			{"# c\n! c\n  # c", ""},
			{"a=b", "1[a][b]"},
			{"a = b\n", "1[a][b]"},
			{"\ta:\tb \t\n", "1[a][b]"},
			{"a=b # no comment", "1[a][b # no comment]"},
			{"a=b=c:d", "1[a][b=c:d]"},
			{"a: [::1]:9786", "1[a][[::1]:9786]"},
			{"a=", "1[a][]"},
			{"a=b\r\nc=d\r\n", "1[a][b]2[c][d]"},
			{"\xEF\xBB\xBF"
			 "a=b",
				"1[a][b]"},
			{"a=b\na=c", "1[a][b]2[a][c]"},
			{"a=\\t\\n\\r\\f\\\\x\\:\\=\\#\\ ", "1[a][\t\n\r\f\\x:=# ]"},
			{"a=\\u0041\\u00e4\\u20AC\\uD83D\\uDE00", "1[a][A\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80]"},
			{"a=\\${x} $ $x {}", "1[a][${x} $ $x {}]"},
			{"a = b \\ \\  ", "1[a][b   ]"},
			{"\xC3\xA4=\xE2\x82\xAC", "1[\xC3\xA4][\xE2\x82\xAC]"},
		};
		for (const auto& c : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(c.text, c.entries, render(parseProperties(c.text, "f")));
	}

	void testContinuation()
	{
		CPPUNIT_ASSERT_EQUAL("1[a][bc]"s, render(parseProperties("a=b\\\nc", "f")));
		CPPUNIT_ASSERT_EQUAL("1[a][b c]3[d][e]"s, render(parseProperties("a=b \\\r\n \t c\r\nd=e", "f")));
		CPPUNIT_ASSERT_EQUAL("1[a][b\\]2[c][d]"s, render(parseProperties("a=b\\\\\nc=d", "f")));
		CPPUNIT_ASSERT_EQUAL("1[a][b\\c]"s, render(parseProperties("a=b\\\\\\\nc", "f")));
		CPPUNIT_ASSERT_EQUAL("1[a][b# data]"s, render(parseProperties("a=b\\\n# data", "f")));
		CPPUNIT_ASSERT_EQUAL("1[a][b]3[c][d]"s, render(parseProperties("a=b\\\n\nc=d", "f")));
		CPPUNIT_ASSERT_EQUAL("1[a][b]"s, render(parseProperties("a\\\n=b", "f")));
	}

	void testLines()
	{
		CPPUNIT_ASSERT_EQUAL("2[a][b]5[c][de]8[f][g]"s, render(parseProperties("# x\na=b\n\n\nc=d\\\n e\n!\nf=g", "f")));
	}

	void testMistakes()
	{
		const struct
		{
			std::string text;
			std::string message;
		} cases[] = {
			{"a", "f:1: no '=' in this line; write key = value, or begin a comment with #"},
			{"x=y\n\n=b", "f:3: no key before '='"},
			{" : b", "f:1: no key before ':'"},
			{"a=b\xFF", "f:1: is not UTF-8"},
			{"# \xFF\na=\xC3", "f:2: is not UTF-8"},
			{"x=y\na=b\\\n\xFF", "f:3: is not UTF-8"},
			{"a=b\0c"s, "f:1: holds a NUL byte"},
			{"a=${HOME}/x", "f:1: a: references like ${name} are not expanded; write the value itself, or \\${ for these two characters"},
			{"a=\\q", "f:1: a: unknown escape \\q; write \\\\ for a backslash"},
			{"a=\\u12", "f:1: a: \\u needs four hexadecimal digits"},
			{"a=\\u12g4", "f:1: a: \\u needs four hexadecimal digits"},
			{"a=\\u0000", "f:1: a: \\u0000 is a NUL, which no value can hold"},
			{"a=\\uD83Dx", "f:1: a: \\u escape of half a surrogate pair"},
			{"a=\\uD83D\\u0041", "f:1: a: \\u escape of half a surrogate pair"},
			{"a=\\uDE00", "f:1: a: \\u escape of half a surrogate pair"},
			{"x=y\na=b\\", "f:2: the backslash at the end of the file continues nothing"},
			{"a=b\\\n\xFF\\", "f:1: the backslash at the end of the file continues nothing\nf:2: is not UTF-8"},
		};
		for (const auto& c : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(c.text, c.message, mistakeOf(c.text));
	}

	void testAllMistakesAtOnce()
	{
		std::vector<ConfigMistake> mistakes;
		const std::string text = "one\ntwo=2\nthree=\\q\n\xFF=\nfive=5";
		CPPUNIT_ASSERT_EQUAL("2[two][2]5[five][5]"s, render(parseProperties(text, mistakes)));
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), mistakes.size());
		CPPUNIT_ASSERT_EQUAL("f:1: no '=' in this line; write key = value, or begin a comment with #\n"
							 "f:3: three: unknown escape \\q; write \\\\ for a backslash\n"
							 "f:4: is not UTF-8"s,
			mistakeOf(text));
	}

	void testManyMistakes()
	{
		std::string text;
		for (int i = 0; i < 103; ++i) text += "x\n";
		const std::string message = mistakeOf(text);
		CPPUNIT_ASSERT_EQUAL("\nf: 3 more mistakes"s, message.substr(message.rfind('\n')));
		CPPUNIT_ASSERT(message.find("\nf:100: ") != std::string::npos);
		CPPUNIT_ASSERT(message.find("\nf:101: ") == std::string::npos);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(PropertiesFileTest, "Base");
