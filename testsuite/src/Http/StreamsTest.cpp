#include "Http/Streams.h"
#include "StreamsFixture.h"
#include <algorithm>
#include <string>
#include <vector>


using namespace TaskDaemon;


class StreamsTest: public StreamsFixture
{
	CPPUNIT_TEST_SUITE(StreamsTest);
	CPPUNIT_TEST(testHangUp);
	CPPUNIT_TEST(testTooMany);
	CPPUNIT_TEST(testStop);
	CPPUNIT_TEST_SUITE_END();

public:
	void testHangUp()
	{
		const std::size_t before = openSockets();
		const RunKey run{addRunning(), 1};
		append(run, "x");
		TestClient waiting = wait({run.task});
		TestClient following = follow(run);
		following.readHead();
		waiting.close();
		following.close();
		awaitSockets(before);
		finish(run);
		CPPUNIT_ASSERT_EQUAL(200, wait({run.task}).read().status);
	}

	void testTooMany()
	{
		allowManyDescriptors();
		const TaskId task = addRunning();
		std::vector<TestClient> clients;
		std::string refusal;
		try
		{
			for (int i = 0; i < 1001; ++i) clients.push_back(wait({task}));
		}
		catch (const HttpException& e)
		{
			CPPUNIT_ASSERT_EQUAL(503, e.status());
			refusal = e.code();
		}
		CPPUNIT_ASSERT_EQUAL(std::string("unavailable"), refusal);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1000), clients.size());
		finish({task, 1});
		for (auto& client : clients) CPPUNIT_ASSERT_EQUAL(200, client.read().status);
	}

	void testStop()
	{
		const TaskId task = addRunning();
		TestClient client = wait({task});
		_streams->stop();
		CPPUNIT_ASSERT(client.atEnd());
		CPPUNIT_ASSERT_THROW(wait({task}), UnavailableException);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(StreamsTest, "Http");
