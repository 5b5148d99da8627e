#include "TaskDaemon/Base/Text.h"
#include <array>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <cstdio>
#include <memory>


using namespace TaskDaemon;
using namespace std::string_literals;


class TextTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(TextTest);
	CPPUNIT_TEST(testUtf8);
	CPPUNIT_TEST(testSanitize);
	CPPUNIT_TEST(testEscapeControls);
	CPPUNIT_TEST(testShellQuote);
	CPPUNIT_TEST(testParseInteger);
	CPPUNIT_TEST(testParseOctalMode);
	CPPUNIT_TEST(testParseSize);
	CPPUNIT_TEST(testTrim);
	CPPUNIT_TEST_SUITE_END();

	static std::string shellOutput(const std::string& command)
	{
		const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
		std::string output;
		std::array<char, 256> buffer{};
		while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) output.append(buffer.data(), got);
		return output;
	}

public:
	void testUtf8()
	{
		for (const std::string text : {"", "abc", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
				 "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "gr\xC3\xBC\xC3\x9F"})
			CPPUNIT_ASSERT_MESSAGE(text, isUtf8(text) && sanitizeUtf8(text) == text);
		// A lone tail, leads without or with too few tails, overlong forms, a surrogate, above U+10FFFF, bytes never used.
		for (const std::string text :
			{"\x80", "\xBF", "\xC2", "\xC2x", "\xE0\xA0", "\xE0\xA0x", "\xF0\x90\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF",
				"\xF0\x8F\xBF\xBF", "\xED\xA0\x80", "\xED\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFE", "\xFF"})
			CPPUNIT_ASSERT_MESSAGE(escapeControls(text), !isUtf8(text) && !isUtf8("a" + text) && isUtf8(sanitizeUtf8(text)));
		CPPUNIT_ASSERT(isUtf8("a\0b"s));
	}

	void testSanitize()
	{
		CPPUNIT_ASSERT_EQUAL("a\xEF\xBF\xBD\xEF\xBF\xBD"s, sanitizeUtf8("a\xC0\x80"));
		CPPUNIT_ASSERT_EQUAL("\xEF\xBF\xBD\xC3\xBC"s, sanitizeUtf8("\xC3\xC3\xBC"));
	}

	void testEscapeControls()
	{
		const struct
		{
			std::string text;
			std::string escaped;
		} cases[] = {
			{"", ""},
			{"plain \xC3\xBC \"quoted\"", "plain \xC3\xBC \"quoted\""},
			{"a\nb\tc\rd", "a\\nb\\tc\\rd"},
			{"\x1B[31m", "\\x1b[31m"},
			{"\0"s, "\\x00"},
			{"\x7F", "\\x7f"},
			{"\xC2\x9B"
			 "31m",
				"\\x9b"
				"31m"},
			{"\xC2\xA0", "\xC2\xA0"},
			{"a\xFF", "a\\xff"},
			{"\xC3", "\\xc3"},
		};
		for (const auto& c : cases) CPPUNIT_ASSERT_EQUAL(c.escaped, escapeControls(c.text));
	}

	void testShellQuote()
	{
		CPPUNIT_ASSERT_EQUAL(""s, shellQuote({}));
		CPPUNIT_ASSERT_EQUAL("''"s, shellQuote({""}));
		CPPUNIT_ASSERT_EQUAL("/bin/echo -n a=b"s, shellQuote({"/bin/echo", "-n", "a=b"}));
		CPPUNIT_ASSERT_EQUAL("echo 'it'\\''s' '$HOME'"s, shellQuote({"echo", "it's", "$HOME"}));
		// The proof is the shell itself.
		const std::vector<std::string> words{
			"printf", "%s|", "", " ", "'", "\"", "\\", "$HOME", "`id`", "a\nb", "*", "~", "#", "!", ";", "-"};
		std::string expected;
		for (std::size_t i = 2; i < words.size(); ++i) expected += words[i] + "|";
		CPPUNIT_ASSERT_EQUAL(expected, shellOutput(shellQuote(words)));
	}

	void testParseInteger()
	{
		CPPUNIT_ASSERT_EQUAL(std::int64_t(0), parseInteger("0").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(-17), parseInteger("-17").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(INT64_MAX, parseInteger("9223372036854775807").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(INT64_MIN, parseInteger("-9223372036854775808").value_or(-1));
		for (const std::string text : {"", "-", "+1", " 1", "1 ", "1x", "0x1", "1.0", "1e3", "9223372036854775808", "-9223372036854775809"})
			CPPUNIT_ASSERT_MESSAGE("'" + text + "'", !parseInteger(text));
		CPPUNIT_ASSERT(!parseInteger(std::string_view()));
		CPPUNIT_ASSERT(!parseInteger("1\0"s));
	}

	void testParseOctalMode()
	{
		CPPUNIT_ASSERT_EQUAL(022U, parseOctalMode("022").value_or(1));
		CPPUNIT_ASSERT_EQUAL(0660U, parseOctalMode("660").value_or(1));
		CPPUNIT_ASSERT_EQUAL(0U, parseOctalMode("0").value_or(1));
		CPPUNIT_ASSERT_EQUAL(07777U, parseOctalMode("7777").value_or(1));
		for (const std::string text : {"", "8", "0o22", "-1", "+1", "10000", "022 ", "u=rw", "777777777777777777777"})
			CPPUNIT_ASSERT_MESSAGE("'" + text + "'", !parseOctalMode(text));
	}

	void testParseSize()
	{
		CPPUNIT_ASSERT_EQUAL(std::int64_t(0), parseSize("0").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(4096), parseSize("4096").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(64) << 10, parseSize("64K").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(512) << 20, parseSize("512M").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(2) << 30, parseSize("2G").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(1) << 40, parseSize("1T").value_or(-1));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(8388607) << 40, parseSize("8388607T").value_or(-1));
		for (const std::string text : {"", "K", "-1", "-1K", "1k", "1KB", "1 K", "1.5G", "8388608T", "9223372036854775807K", "KK"})
			CPPUNIT_ASSERT_MESSAGE("'" + text + "'", !parseSize(text));
	}

	void testTrim()
	{
		CPPUNIT_ASSERT_EQUAL("a b"s, std::string(trim(" \ta b\t ")));
		CPPUNIT_ASSERT_EQUAL(""s, std::string(trim(" \t ")));
		CPPUNIT_ASSERT_EQUAL(""s, std::string(trim("")));
		CPPUNIT_ASSERT_EQUAL("\n"s, std::string(trim("\n")));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TextTest, "Base");
