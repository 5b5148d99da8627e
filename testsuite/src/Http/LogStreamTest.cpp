#include "Http/LogStream.h"
#include "StreamsFixture.h"
#include <filesystem>
#include <string>
#include <sys/stat.h>
#include <vector>


using namespace TaskDaemon;


class LogStreamTest: public StreamsFixture
{
	CPPUNIT_TEST_SUITE(LogStreamTest);
	CPPUNIT_TEST(testLogAsItIs);
	CPPUNIT_TEST(testLogLargeWithSlowClient);
	CPPUNIT_TEST(testLogCutShort);
	CPPUNIT_TEST(testFollow);
	CPPUNIT_TEST(testFollowEndedRun);
	CPPUNIT_TEST(testFollowQueued);
	CPPUNIT_TEST(testFollowCanceledBeforeStart);
	CPPUNIT_TEST(testFollowEndsWithRun);
	CPPUNIT_TEST(testFollowNoLink);
	CPPUNIT_TEST(testFollowManyWithOneFile);
	CPPUNIT_TEST_SUITE_END();

public:
	void testLogAsItIs()
	{
		const std::string path = _folder.write("log", "0123456789");
		TestClient client = present(path, 4);
		const TestResponse response = client.read();
		CPPUNIT_ASSERT_EQUAL(std::string("456789"), response.body);
		CPPUNIT_ASSERT(response.has("Content-Type: application/octet-stream\r\n"));
		CPPUNIT_ASSERT(client.atEnd());
		CPPUNIT_ASSERT_EQUAL(std::string(), present(path, 100).read().body);
	}

	void testLogLargeWithSlowClient()
	{
		std::string content;
		for (int i = 0; content.size() < 5000000; ++i) content += "line " + std::to_string(i) + "\n";
		TestClient slow = present(_folder.write("log", content), 0);
		// A client that does not read holds nobody up.
		const TaskId task = addRunning();
		finish({task, 1}, false);
		CPPUNIT_ASSERT_EQUAL(200, wait({task}).read().status);
		CPPUNIT_ASSERT(slow.read().body == content);
	}

	void testLogCutShort()
	{
		const std::string path = _folder.write("log", std::string(3000000, 'x'));
		TestClient client = present(path, 0);
		client.readHead();
		std::filesystem::resize_file(path, 1000);
		// What was promised cannot come: the connection must not look complete.
		std::size_t size = 0;
		try
		{
			for (;; size += 1000) client.readBytes(1000);
		}
		catch (const Exception&)
		{}
		CPPUNIT_ASSERT(size < 3000000);
	}

	void testFollow()
	{
		const RunKey run{addRunning(), 1};
		append(run, "one\n");
		TestClient client = follow(run);
		CPPUNIT_ASSERT(client.readHead().has("Transfer-Encoding: chunked\r\n"));
		CPPUNIT_ASSERT_EQUAL(std::string("one\n"), chunksOf(client, 4));
		CPPUNIT_ASSERT(client.silentFor(50 * MILLISECOND));
		append(run, "two\n");
		CPPUNIT_ASSERT_EQUAL(std::string("two\n"), chunksOf(client, 4));
		append(run, "three\n");
		finish(run);
		CPPUNIT_ASSERT_EQUAL(std::string("three\n"), chunksOf(client, 6));
		CPPUNIT_ASSERT_EQUAL(std::string(), client.readChunk());
		CPPUNIT_ASSERT(client.atEnd());
	}

	void testFollowEndedRun()
	{
		const RunKey run{addRunning(), 1};
		append(run, std::string(200000, 'x') + "end");
		finish(run, false);
		CPPUNIT_ASSERT_EQUAL(std::string("end"), follow(run, 200000).read().body);
		CPPUNIT_ASSERT_EQUAL(std::size_t(200003), follow(run).read().body.size());
		CPPUNIT_ASSERT_EQUAL(std::string(), follow(run, 999999).read().body);
		const RunKey silent{addRunning(), 1};
		finish(silent, false);
		CPPUNIT_ASSERT_EQUAL(std::string(), follow(silent).read().body);
	}

	void testFollowQueued()
	/// Neither the file nor its folder exists yet.
	{
		const RunKey run{addQueued(), 1};
		TestClient client = follow(run);
		client.readHead();
		CPPUNIT_ASSERT(client.silentFor(50 * MILLISECOND));
		claim();
		append(run, "begins\n");
		CPPUNIT_ASSERT_EQUAL(std::string("begins\n"), chunksOf(client, 7));
		const RunKey next{addQueued(), 1};
		TestClient second = follow(next);
		second.readHead();
		claim();
		append(next, "too\n");
		CPPUNIT_ASSERT_EQUAL(std::string("too\n"), chunksOf(second, 4));
		finish(run);
		CPPUNIT_ASSERT_EQUAL(std::string(), client.readChunk());
	}

	void testFollowCanceledBeforeStart()
	{
		const TaskId task = addQueued();
		TestClient client = follow({task, 1});
		client.readHead();
		_store->begin();
		_store->cancelQueued(task, 9);
		_store->commit();
		_streams->taskEnded(task);
		CPPUNIT_ASSERT_EQUAL(std::string(), client.readChunk());
		CPPUNIT_ASSERT(client.atEnd());
	}

	void testFollowEndsWithRun()
	/// Not with the task, which is queued again.
	{
		const RunKey run{addRunning(), 1};
		append(run, "first");
		TestClient client = follow(run);
		client.readHead();
		requeue(run);
		CPPUNIT_ASSERT_EQUAL(std::string("first"), client.readChunk());
		CPPUNIT_ASSERT_EQUAL(std::string(), client.readChunk());
	}

	void testFollowNoLink()
	{
		const RunKey run{addRunning(), 1};
		std::filesystem::create_directories(std::filesystem::path(pathOf(run)).parent_path());
		std::filesystem::create_symlink("/etc/hostname", pathOf(run));
		TestClient client = follow(run);
		client.readHead();
		CPPUNIT_ASSERT(client.atEnd());
		CPPUNIT_ASSERT_THROW(openOutput(pathOf(run)), NotFoundException);
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_folder.path("fifo").c_str(), 0600));
		CPPUNIT_ASSERT_THROW(openOutput(_folder.path("fifo")), NotFoundException);
		CPPUNIT_ASSERT_THROW(openOutput(_folder.path()), NotFoundException);
		CPPUNIT_ASSERT(!openOutput(_folder.path("missing")));
	}

	void testFollowManyWithOneFile()
	{
		const RunKey run{addRunning(), 1};
		append(run, "a");
		std::vector<TestClient> clients;
		for (int i = 0; i < 50; ++i) clients.push_back(follow(run));
		for (auto& client : clients)
		{
			client.readHead();
			CPPUNIT_ASSERT_EQUAL(std::string("a"), client.readChunk());
		}
		clients[0].close();
		append(run, "b");
		for (std::size_t i = 1; i < clients.size(); ++i) CPPUNIT_ASSERT_EQUAL(std::string("b"), clients[i].readChunk());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(LogStreamTest, "Http");
