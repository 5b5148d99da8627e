#include "Config/YamlReader.h"
#include "Config/RenderRead.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using TaskDaemon::readYaml;
using namespace std::string_literals;


class YamlReaderTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(YamlReaderTest);
	CPPUNIT_TEST(testEntries);
	CPPUNIT_TEST(testMistakes);
	CPPUNIT_TEST(testDeepNesting);
	CPPUNIT_TEST_SUITE_END();

	static std::string read(const std::string& text)
	{
		return renderRead(readYaml, text);
	}

public:
	void testEntries()
	{
		const std::pair<std::string, std::string> cases[] = {
			{"", ""},
			{"# nothing\n---\n", ""},
			{"log:\n  level: debug\n  # c\n  file: /x # c\na: b\n", "2[log.level][debug]4[log.file][/x]5[a][b]"},
			{"a: 022\nb: 1.50\nc: true\nd: \"\"\ne: 'x y'", "1[a][022]2[b][1.50]3[c][true]4[d][]5[e][x y]"},
			{"health:\n  address: \"[::1]:9786\"", "2[health.address][[::1]:9786]"},
			{"{log: {level: debug},\n a: b}", "1[log.level][debug]2[a][b]"},
			{"queue.my.queue.paused: true", "1[queue.my.queue.paused][true]"},
			{"a: 1\na: 2", "1[a][1]2[a][2]"},
			{"a: >\n  x\n  y\n", "1[a][x y\n]"},
			{"\xEF\xBB\xBF"
			 "a: \xC3\xA4",
				"1[a][\xC3\xA4]"},
		};
		for (const auto& [text, expected] : cases)
		{
			CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, read(text));
		}
	}

	void testMistakes()
	{
		const std::string anchors = "not valid YAML: anchors and aliases are not allowed; repeat the value";
		const std::string tags = "not valid YAML: tags are not allowed; write the value alone";
		const std::pair<std::string, std::string> cases[] = {
			{"a:\nb: 1", "2[b][1]1!a: has no value; write \"\" or leave the key out"},
			{"x:\n  a: ~\nb: null",
				"2!x.a: has no value; write \"\" or leave the key out3!b: has no value; write \"\" or leave the key out"},
			{"a:\n  - 1\n  - {b: [2], c: ~}\nd: 1", "4[d][1]1!a: a list; one value is expected"},
			{"a:\n  x: 1\na:\n  y: 2", "2[a.x][1]4[a.y][2]3!a: section given twice; join the two"},
			{"a: &x 1\nb: *x", "1!" + anchors},
			{"b: 1\na: &x {c: 1}", "1[b][1]2!" + anchors},
			{"a: &x [1]", "1!" + anchors},
			{"a: !!int 5", "1!" + tags},
			{"a: !mine {b: c}", "1!" + tags},
			{"- a\n- b", "1!not valid YAML: the whole file must be one mapping of sections and keys"},
			{"\nword", "2!not valid YAML: the whole file must be one mapping of sections and keys"},
			{"a: 1\n---\nb: 2", "1[a][1]2!not valid YAML: a second document; one file holds one"},
			{"? [a, b]\n: c", "1!not valid YAML: a list cannot be a key"},
			{"? {a: b}\n: c", "1!not valid YAML: a mapping cannot be a key"},
			{"? ~\n: c", "1!not valid YAML: a key is missing"},
			{"a: 1\nb: [1", "1[a][1]2!b: a list; one value is expected2!not valid YAML: end of sequence flow not found"},
			{"a: 1\n\tb: 2", "2!not valid YAML: illegal tab when looking for indentation"},
			{"a: 1\nb: \xFF", "2!is not UTF-8"},
			{"a: 1\nb: \0c: 2"s, "2!holds a NUL byte"},
		};
		for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, read(text));
	}

	void testDeepNesting()
	{
		std::string text;
		for (int i = 0; i < 100; ++i) text += std::string(i, ' ') + "a:\n";
		CPPUNIT_ASSERT_EQUAL("17!sections are nested deeper than 16"s, read(text));
		text.clear();
		for (int i = 0; i < 100; ++i) text += "{a: ";
		text += "x" + std::string(100, '}');
		CPPUNIT_ASSERT_EQUAL("1!sections are nested deeper than 16"s, read(text));
		CPPUNIT_ASSERT_EQUAL("1!not valid YAML: a mapping cannot be a key"s, read(std::string(100000, '{')));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(YamlReaderTest, "Config");
