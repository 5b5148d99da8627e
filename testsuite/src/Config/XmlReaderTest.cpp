#include "Config/XmlReader.h"
#include "Config/RenderRead.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using TaskDaemon::readXml;
using namespace std::string_literals;


class XmlReaderTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(XmlReaderTest);
	CPPUNIT_TEST(testEntries);
	CPPUNIT_TEST(testMistakes);
	CPPUNIT_TEST(testDeepNesting);
	CPPUNIT_TEST(testEntityBomb);
	CPPUNIT_TEST_SUITE_END();

	static std::string read(const std::string& text)
	{
		return renderRead(readXml, text);
	}

public:
	void testEntries()
	{
		const std::pair<std::string, std::string> cases[] = {
			{"<c/>", ""},
			{"<c>\n</c>", ""},
			{"<any><log><level>debug</level></log></any>", "1[log.level][debug]"},
			{"<?xml version=\"1.0\"?>\n<c>\n\t<log>\n\t\t<level>\n  debug\n</level>\n\t\t<file>/x</file>\n\t</log>\n\t<a>b</a>\n</c>\n",
				"4[log.level][debug]7[log.file][/x]9[a][b]"},
			{"<c><a/><b></b></c>", "1[a][]1[b][]"},
			{"<c><a>x<!-- y -->z</a><a><![CDATA[<&]]></a><a>&lt;&#228;</a></c>", "1[a][xz]1[a][<&]1[a][<\xC3\xA4]"},
			{"<c><queue><my.queue-1><paused>true</paused></my.queue-1></queue></c>", "1[queue.my.queue-1.paused][true]"},
			{"<c><q><a><x>1</x></a></q><q><b><x>2</x></b></q></c>", "1[q.a.x][1]1[q.b.x][2]"},
			{"\xEF\xBB\xBF<c><a>b</a></c>", "1[a][b]"},
			{"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><c><a>\xE4</a></c>", "1[a][\xC3\xA4]"},
		};
		for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, read(text));
	}

	void testMistakes()
	{
		const std::pair<std::string, std::string> cases[] = {
			{"", "1!not well-formed XML: No element found"},
			{"<c>\n<a>\n</c>", "3!not well-formed XML: Tag mismatch"},
			{"<c>\n<a>\xFF</a></c>", "2!not well-formed XML: Invalid token"},
			{"<c><a>x</a></c><d/>", "1[a][x]1!not well-formed XML: Junk after document element"},
			{"<c>\n<a x='1'>b</a></c>", "2[a][b]2!a: attribute 'x' of <a>; write the value as the element's text"},
			{"<c x='1'/>", "1!attribute 'x' of <c>; write the value as the element's text"},
			{"<c>text</c>", "1!text 'text' beside elements; give it an element of its own"},
			{"<c><a>\ntext<b>x</b>more</a></c>", "2[a.b][x]2!a: text 'text' beside elements; give it an element of its own2!a: text 'more' "
												 "beside elements; give it an element of "
												 "its own"},
			{"<!DOCTYPE c>\n<c><a>b</a></c>", "1!a DOCTYPE is not allowed; remove it"},
			{"<?xml version='1.0'?>\n<!DOCTYPE c SYSTEM 'file:///etc/passwd'>\n<c><a>b</a></c>", "2!a DOCTYPE is not allowed; remove it"},
			{"<!DOCTYPE c [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><c><a>&e;</a></c>", "1!a DOCTYPE is not allowed; remove it"},
		};
		for (const auto& [text, expected] : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(text, expected, read(text));
	}

	void testDeepNesting()
	{
		std::string text = "<c>";
		for (int i = 0; i < 100000; ++i) text += "<a>\n";
		CPPUNIT_ASSERT_EQUAL("17!sections are nested deeper than 16"s, read(text));
	}

	void testEntityBomb()
	{
		std::string text = "<!DOCTYPE c [<!ENTITY e0 'xxxxxxxxxxxxxxxxxxxx'>";
		for (int i = 1; i < 10; ++i)
		{
			text += "<!ENTITY e" + std::to_string(i) + " '";
			for (int j = 0; j < 10; ++j) text += "&e" + std::to_string(i - 1) + ";";
			text += "'>";
		}
		CPPUNIT_ASSERT_EQUAL("1!a DOCTYPE is not allowed; remove it"s, read(text + "]>\n<c><a>&e9;</a></c>"));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(XmlReaderTest, "Config");
