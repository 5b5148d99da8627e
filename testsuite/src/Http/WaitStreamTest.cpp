#include "Http/WaitStream.h"
#include "StreamsFixture.h"
#include <algorithm>
#include <string>
#include <thread>
#include <vector>


using namespace TaskDaemon;


class WaitStreamTest: public StreamsFixture
{
	CPPUNIT_TEST_SUITE(WaitStreamTest);
	CPPUNIT_TEST(testWaitForFinal);
	CPPUNIT_TEST(testWaitForRunning);
	CPPUNIT_TEST(testWaitKeepsOrder);
	CPPUNIT_TEST(testWaitThroughRequeue);
	CPPUNIT_TEST(testWaitForVanished);
	CPPUNIT_TEST(testWaitLosesNoEnd);
	CPPUNIT_TEST_SUITE_END();

public:
	void testWaitForFinal()
	{
		const TaskId task = addRunning();
		finish({task, 1}, false);
		TestClient client = wait({task, task});
		const TestResponse response = client.read();
		CPPUNIT_ASSERT_EQUAL(200, response.status);
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), response.json().size());
		CPPUNIT_ASSERT_EQUAL(std::string("succeeded"), response.json().at(1).at("state").get<std::string>());
		CPPUNIT_ASSERT(client.atEnd());
	}

	void testWaitForRunning()
	{
		const TaskId task = addRunning();
		TestClient client = wait({task});
		TestClient other = wait({task});
		CPPUNIT_ASSERT(client.silentFor(50 * MILLISECOND));
		_streams->taskEnded(task); // of an earlier run, it may be: not final yet
		CPPUNIT_ASSERT(client.silentFor(50 * MILLISECOND));
		finish({task, 1});
		CPPUNIT_ASSERT_EQUAL(task, client.read().json().at(0).at("id").get<TaskId>());
		CPPUNIT_ASSERT_EQUAL(task, other.read().json().at(0).at("id").get<TaskId>());
	}

	void testWaitKeepsOrder()
	{
		std::vector<TaskId> tasks;
		for (int i = 0; i < 100; ++i) tasks.push_back(addRunning());
		std::reverse(tasks.begin(), tasks.end());
		TestClient client = wait(tasks);
		for (const TaskId task : tasks)
		{
			CPPUNIT_ASSERT(client.silentFor(0));
			finish({task, 1});
		}
		const Json answer = client.read().json();
		CPPUNIT_ASSERT_EQUAL(tasks.size(), answer.size());
		for (std::size_t i = 0; i < tasks.size(); ++i) CPPUNIT_ASSERT_EQUAL(tasks[i], answer.at(i).at("id").get<TaskId>());
	}

	void testWaitThroughRequeue()
	{
		const TaskId task = addRunning();
		TestClient client = wait({task});
		requeue({task, 1});
		CPPUNIT_ASSERT(client.silentFor(50 * MILLISECOND));
		claim();
		finish({task, 2});
		CPPUNIT_ASSERT_EQUAL(200, client.read().status);
	}

	void testWaitForVanished()
	{
		TestClient client = wait({4711});
		const TestResponse response = client.read();
		CPPUNIT_ASSERT_EQUAL(404, response.status);
		CPPUNIT_ASSERT_EQUAL(std::string("not_found"), response.code());
	}

	void testWaitLosesNoEnd()
	/// The end comes while the wait begins.
	{
		for (int i = 0; i < 300; ++i)
		{
			const TaskId task = addRunning();
			std::thread ends([&] { finish({task, 1}); });
			TestClient client = wait({task});
			CPPUNIT_ASSERT_EQUAL(200, client.read().status);
			ends.join();
		}
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(WaitStreamTest, "Http");
