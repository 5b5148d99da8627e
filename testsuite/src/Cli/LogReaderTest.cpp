#include "Cli/LogReader.h"
#include "ChildProcess.h"
#include "Cli/ControlClient.h"
#include "ClientRun.h"
#include "FakeDaemon.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class LogReaderTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(LogReaderTest);
	CPPUNIT_TEST(testCopiesBytes);
	CPPUNIT_TEST(testResumesAtTheByteReached);
	CPPUNIT_TEST(testGivesUp);
	CPPUNIT_TEST(testErrors);
	CPPUNIT_TEST(testTargetThatCannotBeWritten);
	CPPUNIT_TEST(testCommand);
	CPPUNIT_TEST(testFollowsTheComingRun);
	CPPUNIT_TEST(testNotStarted);
	CPPUNIT_TEST_SUITE_END();

	static constexpr RetryPolicy QUICK{MILLISECOND, 4 * MILLISECOND, 20 * MILLISECOND};

	static FakeDaemon::Answer chunked(const std::string& chunks)
	{
		return {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks};
	}

	static std::string copied(LogReader& reader, const std::string& stream = "stdout")
	{
		auto [readEnd, writeEnd] = makePipe();
		reader.add(stream, writeEnd.get());
		reader.copy();
		writeEnd.reset();
		return readUntilEnd(readEnd.get());
	}

	void testCopiesBytes()
	{
		const std::string bytes("a\0\xff\r\n", 5);
		FakeDaemon daemon({FakeDaemon::json(200, bytes), chunked("5\r\n" + bytes + "\r\n0\r\n\r\n")});
		LogReader once(daemon.path(), QUICK, 7, 2, false);
		CPPUNIT_ASSERT_EQUAL(bytes, copied(once, "stderr"));
		CPPUNIT_ASSERT_EQUAL(std::string("GET /v1/tasks/7/log?stream=stderr&run=2&offset=0 HTTP/1.1"), daemon.firstLine(0));
		LogReader following(daemon.path(), QUICK, 7, 2, true);
		CPPUNIT_ASSERT_EQUAL(bytes, copied(following));
		CPPUNIT_ASSERT_EQUAL(std::string("GET /v1/tasks/7/log?stream=stdout&run=2&offset=0&follow=1 HTTP/1.1"), daemon.firstLine(1));
	}

	void testResumesAtTheByteReached()
	{
		FakeDaemon daemon(
			{chunked("3\r\nabc\r\n"), FakeDaemon::refuse(), chunked("5\r\nde"), FakeDaemon::cut(), chunked("1\r\nf\r\n0\r\n\r\n")});
		LogReader reader(daemon.path(), QUICK, 7, 1, true);
		CPPUNIT_ASSERT_EQUAL(std::string("abcdef"), copied(reader));
		CPPUNIT_ASSERT(daemon.firstLine(1).find("&offset=3&") != std::string::npos);
		CPPUNIT_ASSERT(daemon.firstLine(3).find("&offset=5&") != std::string::npos);
	}

	void testGivesUp()
	{
		FakeDaemon daemon({chunked("3\r\nabc\r\n")});
		LogReader reader(daemon.path(), QUICK, 7, 1, true);
		const std::string message = messageOf<UnavailableException>([&] { copied(reader); });
		CPPUNIT_ASSERT(message.find("was lost") != std::string::npos);
	}

	void testErrors()
	{
		FakeDaemon daemon({FakeDaemon::json(404, R"({"error":{"message":"task 7 has no run 9"}})")});
		LogReader reader(daemon.path(), QUICK, 7, 9, false);
		CPPUNIT_ASSERT_EQUAL(std::string("task 7 has no run 9"), messageOf<ApiException>([&] { copied(reader); }));
	}

	void testTargetThatCannotBeWritten()
	{
		FakeDaemon daemon({FakeDaemon::json(200, "abc")});
		const FileDescriptor full = openFile("/dev/full", O_WRONLY);
		LogReader reader(daemon.path(), QUICK, 7, 1, false);
		reader.add("stdout", full.get());
		CPPUNIT_ASSERT_EQUAL(
			std::string("cannot write stdout: No space left on device"), messageOf<SystemException>([&] { reader.copy(); }));
	}

	void testCommand()
	{
		FakeDaemon daemon({FakeDaemon::json(200, R"({"id":7,"state":"succeeded","runs":[{"run":1},{"run":2}]})"),
			FakeDaemon::json(200, "out\n"), FakeDaemon::json(200, "err\n"), FakeDaemon::json(200, "first\n")});
		const ClientRun run(daemon.home(), {"logs", "7"});
		CPPUNIT_ASSERT_EQUAL(0, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string("out\n"), run.out);
		CPPUNIT_ASSERT_EQUAL(std::string("err\n"), run.err);
		CPPUNIT_ASSERT(daemon.firstLine(1).find("stream=stdout&run=2") != std::string::npos);
		CPPUNIT_ASSERT_EQUAL(std::string("first\n"), ClientRun(daemon.home(), {"logs", "7", "--stdout", "--run", "1"}).out);
	}

	void testFollowsTheComingRun()
	{
		FakeDaemon daemon({FakeDaemon::json(200, R"({"id":7,"state":"queued","runs":[{"run":1}]})"), chunked("2\r\nx\n\r\n0\r\n\r\n")});
		CPPUNIT_ASSERT_EQUAL(std::string("x\n"), ClientRun(daemon.home(), {"logs", "-f", "--stdout", "7"}).out);
		CPPUNIT_ASSERT(daemon.firstLine(1).find("run=2&offset=0&follow=1") != std::string::npos);
	}

	void testNotStarted()
	{
		FakeDaemon daemon({FakeDaemon::json(200, R"({"id":7,"state":"queued","runs":[]})")});
		const ClientRun run(daemon.home(), {"logs", "7"});
		CPPUNIT_ASSERT_EQUAL(0, run.code);
		CPPUNIT_ASSERT_EQUAL(std::string(), run.out);
		CPPUNIT_ASSERT(run.err.find("has not started yet") != std::string::npos);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(LogReaderTest, "Cli");
