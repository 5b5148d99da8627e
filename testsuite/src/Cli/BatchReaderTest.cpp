#include "Cli/BatchReader.h"
#include "ChildProcess.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Json.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fstream>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class BatchReaderTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(BatchReaderTest);
	CPPUNIT_TEST(testLines);
	CPPUNIT_TEST(testLineNumbersCountWhatIsSkipped);
	CPPUNIT_TEST(testWindowsFile);
	CPPUNIT_TEST(testBytes);
	CPPUNIT_TEST(testChunksByCount);
	CPPUNIT_TEST(testChunksBySize);
	CPPUNIT_TEST(testLongLine);
	CPPUNIT_TEST(testTooLongLine);
	CPPUNIT_TEST(testMalformed);
	CPPUNIT_TEST(testArrays);
	CPPUNIT_TEST(testPipeDoesNotWaitForMore);
	CPPUNIT_TEST(testPartialLineIsKept);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;
	FileDescriptor _file;

	BatchReader reader(const std::string& content)
	{
		_file = openFile(_folder.write("batch", content), O_RDONLY);
		return BatchReader(_file.get(), "jobs");
	}

	static Json tasks(const BatchChunk& chunk)
	{
		return Json::parse("[" + chunk.tasks + "]");
	}

	void testLines()
	{
		BatchReader batch = reader("echo \"hi\" | cat\n  {\"command\": [\"true\"], \"x\": 1}  \n{ \"command\":\"false\"}");
		const auto chunk = batch.next();
		CPPUNIT_ASSERT(chunk.has_value());
		CPPUNIT_ASSERT_EQUAL(
			std::string(R"([{"command":"echo \"hi\" | cat"},{"command":["true"],"x":1},{"command":"false"}])"), tasks(*chunk).dump());
		CPPUNIT_ASSERT((std::vector<std::uint64_t>{1, 2, 3}) == chunk->lines);
		CPPUNIT_ASSERT(!batch.next());
		CPPUNIT_ASSERT(!reader("").next());
		CPPUNIT_ASSERT(!reader("\n\n  \n# nothing\n").next());
	}

	void testLineNumbersCountWhatIsSkipped()
	{
		const auto chunk = reader("\n# comment\ntrue\n\t \n  # indented\nfalse\n").next();
		CPPUNIT_ASSERT((std::vector<std::uint64_t>{3, 6}) == chunk->lines);
		CPPUNIT_ASSERT_EQUAL(std::string(R"([{"command":"true"},{"command":"false"}])"), tasks(*chunk).dump());
	}

	void testWindowsFile()
	{
		const auto chunk = reader("\xEF\xBB\xBFtrue\r\n\r\n{\"command\":\"x\"}\r\n").next();
		CPPUNIT_ASSERT_EQUAL(std::string(R"([{"command":"true"},{"command":"x"}])"), tasks(*chunk).dump());
		CPPUNIT_ASSERT((std::vector<std::uint64_t>{1, 3}) == chunk->lines);
	}

	void testBytes()
	{
		const auto chunk = reader(std::string("echo \xff\n\0\n", 9)).next();
		CPPUNIT_ASSERT_EQUAL(
			std::string(R"([{"command":["/bin/sh","-c",{"base64":"ZWNobyD/"}]},{"command":"\u0000"}])"), tasks(*chunk).dump());
	}

	void testChunksByCount()
	{
		std::string content;
		for (int i = 0; i < 2500; ++i) content += "true " + std::to_string(i) + "\n";
		BatchReader batch = reader(content);
		std::vector<std::size_t> sizes;
		std::uint64_t line = 0;
		while (const auto chunk = batch.next())
		{
			sizes.push_back(chunk->lines.size());
			for (const std::uint64_t number : chunk->lines) CPPUNIT_ASSERT_EQUAL(++line, number);
		}
		CPPUNIT_ASSERT((std::vector<std::size_t>{1000, 1000, 500}) == sizes);
	}

	void testChunksBySize()
	{
		std::string content;
		for (int i = 0; i < 10; ++i) content += "echo " + std::string(std::size_t(1) << 20U, 'x') + "\n";
		BatchReader batch = reader(content);
		std::vector<std::size_t> sizes;
		while (const auto chunk = batch.next()) sizes.push_back(chunk->lines.size());
		CPPUNIT_ASSERT((std::vector<std::size_t>{4, 4, 2}) == sizes);
	}

	void testLongLine()
	/// Longer than what is read at a time.
	{
		const std::string word(200000, 'w');
		const auto chunk = reader("true\n" + word + "\nfalse").next();
		CPPUNIT_ASSERT_EQUAL(word, tasks(*chunk)[1]["command"].get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), chunk->lines.size());
	}

	void testTooLongLine()
	{
		BatchReader batch = reader("true\n" + std::string(BatchReader::LINE_LIMIT + 100, 'x'));
		CPPUNIT_ASSERT_EQUAL(std::string("jobs:2: the line is longer than 32 MiB"), messageOf<UsageException>([&] { batch.next(); }));
	}

	void testMalformed()
	{
		for (const char* line : {"{", "{\"command\": [\"true\"]", "{} {}", "{\"a\":1,}", "{'a':1}", "{\"a\":\"\xff\"}", "{ echo hi; }"})
		{
			BatchReader batch = reader(std::string("true\n\n") + line + "\ntrue\n");
			const std::string message = messageOf<UsageException>([&] { batch.next(); });
			CPPUNIT_ASSERT_MESSAGE(message, message.find("jobs:3: malformed JSON: column ") == 0);
		}
		const std::string deep = "{\"a\":" + std::string(1000000, '[');
		CPPUNIT_ASSERT_THROW(reader(deep).next(), UsageException);
	}

	void testArrays()
	{
		for (const char* line : {"[\"true\"]", "[]", "[[1]]", "[[[ x"}) CPPUNIT_ASSERT_THROW(reader(line).next(), UsageException);
		for (const char* line : {"[ -f x ] && y", "[[ a = b ]] || true", "[\t1 = 1 ]"})
			CPPUNIT_ASSERT_EQUAL(std::string(line), tasks(*reader(line).next())[0]["command"].get<std::string>());
	}

	void testPipeDoesNotWaitForMore()
	{
		auto [readEnd, writeEnd] = makePipe();
		BatchReader batch(readEnd.get(), "pipe");
		for (int i = 1; i <= 3; ++i)
		{
			writeAll(writeEnd.get(), "one\n# two\nthree\n", 16, "the pipe");
			const auto chunk = batch.next(); // the pipe stays open
			CPPUNIT_ASSERT_EQUAL(std::size_t(2), chunk->lines.size());
			CPPUNIT_ASSERT_EQUAL(std::uint64_t(i * 3), chunk->lines.back());
		}
		writeEnd.reset();
		CPPUNIT_ASSERT(!batch.next());
		CPPUNIT_ASSERT(!batch.next());
	}

	void testPartialLineIsKept()
	{
		auto [readEnd, writeEnd] = makePipe();
		BatchReader batch(readEnd.get(), "pipe");
		writeAll(writeEnd.get(), "one\ntw", 6, "the pipe");
		CPPUNIT_ASSERT_EQUAL(std::string(R"([{"command":"one"}])"), tasks(*batch.next()).dump());
		writeAll(writeEnd.get(), "o\nthree", 7, "the pipe");
		CPPUNIT_ASSERT_EQUAL(std::string(R"([{"command":"two"}])"), tasks(*batch.next()).dump());
		writeEnd.reset();
		const auto last = batch.next();
		CPPUNIT_ASSERT_EQUAL(std::string(R"([{"command":"three"}])"), tasks(*last).dump());
		CPPUNIT_ASSERT_EQUAL(std::uint64_t(3), last->lines.at(0));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(BatchReaderTest, "Cli");
