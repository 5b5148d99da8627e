#include "Cli/Table.h"
#include "ChildProcess.h"
#include "TaskDaemon/Base/Exception.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class TableTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(TableTest);
	CPPUNIT_TEST(testAlignment);
	CPPUNIT_TEST(testCutOnlyToATerminal);
	CPPUNIT_TEST(testColour);
	CPPUNIT_TEST(testControlCharacters);
	CPPUNIT_TEST(testFields);
	CPPUNIT_TEST(testWidths);
	CPPUNIT_TEST(testFullDisk);
	CPPUNIT_TEST_SUITE_END();

	template <typename Printable>
	static std::string printed(const Printable& printable, const Terminal& terminal)
	{
		auto [readEnd, writeEnd] = makePipe();
		Output out(writeEnd.get());
		printable.print(out, terminal);
		out.flush();
		writeEnd.reset();
		return readUntilEnd(readEnd.get());
	}

	static Table sample()
	{
		Table table({{"ID", true}, {"STATE"}, {"COMMAND"}});
		table.row({std::string("7"), Cell("failed", Colour::RED), std::string("sleep 100 && echo done")});
		table.row({std::string("123"), std::string("gr\xC3\xBCn"), std::string("true")});
		return table;
	}

	void testAlignment()
	{
		CPPUNIT_ASSERT_EQUAL(std::string(" ID  STATE   COMMAND\n"
										 "  7  failed  sleep 100 && echo done\n"
										 "123  gr\xC3\xBCn    true\n"),
			printed(sample(), Terminal()));
	}

	void testCutOnlyToATerminal()
	{
		Terminal terminal;
		terminal.present = true;
		terminal.width = 20;
		CPPUNIT_ASSERT_EQUAL(std::string(" ID  STATE   COMMAND\n"
										 "  7  failed  sleep \xE2\x80\xA6\n"
										 "123  gr\xC3\xBCn    true\n"),
			printed(sample(), terminal));
	}

	void testColour()
	{
		Terminal terminal;
		terminal.colour = true;
		CPPUNIT_ASSERT(printed(sample(), terminal).find("\x1b[31mfailed\x1b[0m  sleep") != std::string::npos);
		CPPUNIT_ASSERT(printed(sample(), Terminal()).find('\x1b') == std::string::npos);
	}

	void testControlCharacters()
	{
		Table table({{"X"}});
		table.row({std::string("a\x1b[2J\nb\xff")});
		CPPUNIT_ASSERT_EQUAL(std::string("X\na\\x1b[2J\\nb\\xff\n"), printed(table, Terminal()));
	}

	void testFields()
	{
		FieldList fields;
		fields.add("Task", "7");
		fields.add("Nothing", "");
		fields.add("Exit code", "3\t");
		CPPUNIT_ASSERT_EQUAL(std::string("Task:       7\nExit code:  3\\t\n"), printed(fields, Terminal()));
	}

	void testWidths()
	{
		CPPUNIT_ASSERT_EQUAL(std::size_t(4), displayWidth("gr\xC3\xBCn"));
		CPPUNIT_ASSERT_EQUAL(std::string("abc"), cutToWidth("abc", 3));
		CPPUNIT_ASSERT_EQUAL(std::string("ab\xE2\x80\xA6"), cutToWidth("abcd", 3));
		CPPUNIT_ASSERT_EQUAL(std::string("\xC3\xBC\xE2\x80\xA6"), cutToWidth("\xC3\xBC\xC3\xBC\xC3\xBC", 2));
	}

	void testFullDisk()
	/// A result that could not be written is an error, and is not tried twice.
	{
		const FileDescriptor full = openFile("/dev/full", O_WRONLY);
		Output out(full.get());
		out.write("x\n");
		const std::string message = messageOf<SystemException>([&] { out.flush(); });
		CPPUNIT_ASSERT_EQUAL(std::string("cannot write standard output: No space left on device"), message);
		out.flush();
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TableTest, "Cli");
