#include "Http/ConnectionWorkers.h"
#include "GatedHttpServerFixture.h"
#include <Poco/Thread.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/resource.h>
#include <vector>


using namespace TaskDaemon;


class ConnectionWorkersTest: public GatedHttpServerFixture
/// Load, shortage, idleness and stop.
{
	CPPUNIT_TEST_SUITE(ConnectionWorkersTest);
	CPPUNIT_TEST(testManyAtOnce);
	CPPUNIT_TEST(testQueueFull);
	CPPUNIT_TEST(testStop);
	CPPUNIT_TEST(testStopFinishesRequests);
#ifndef __SANITIZE_ADDRESS__ // its checks open pipes, and cannot without a descriptor
	CPPUNIT_TEST(testOutOfDescriptors);
	CPPUNIT_TEST(testNoRoomAtAll);
#endif
#ifndef __SANITIZE_THREAD__ // its own thread wakes all the time
	CPPUNIT_TEST(testIdleMakesNoSystemCall);
#endif
	CPPUNIT_TEST_SUITE_END();

	class DescriptorShortage
	/// This process has not one descriptor left while this exists.
	{
	public:
		DescriptorShortage()
		{
			if (::getrlimit(RLIMIT_NOFILE, &_before) != 0) throwErrno("cannot read the limit");
			const rlimit low{256, _before.rlim_max};
			if (::setrlimit(RLIMIT_NOFILE, &low) != 0) throwErrno("cannot set the limit");
			for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) _ballast.emplace_back(fd);
		}

		~DescriptorShortage()
		{
			::setrlimit(RLIMIT_NOFILE, &_before);
		}

		DescriptorShortage(const DescriptorShortage&) = delete;
		DescriptorShortage& operator=(const DescriptorShortage&) = delete;

	private:
		rlimit _before{};
		std::vector<FileDescriptor> _ballast;
	};

	TestClient connectWith(FileDescriptor socket) const
	{
		sockaddr_in address{};
		address.sin_family = AF_INET;
		address.sin_port = htons(_port);
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		CPPUNIT_ASSERT_EQUAL(0, ::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
		return TestClient(std::move(socket));
	}

	static Microseconds processorTime()
	{
		rusage usage{};
		::getrusage(RUSAGE_SELF, &usage);
		return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * SECOND + usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
	}

	static long contextSwitches()
	/// Of all threads of this process: a thread that sleeps through has none.
	{
		long total = 0;
		for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
		{
			std::ifstream status(task.path() / "status");
			for (std::string line; std::getline(status, line);)
				if (line.rfind("voluntary_ctxt_switches:", 0) == 0) total += std::stol(line.substr(24));
		}
		return total;
	}

	void awaitQuiet()
	/// Until what the last request started has come to rest.
	{
		const Microseconds deadline = monotonicTime() + 10 * SECOND;
		for (long last = -1, now = contextSwitches(); now - last > 1; now = contextSwitches())
		{
			CPPUNIT_ASSERT(monotonicTime() < deadline);
			last = now;
			Poco::Thread::sleep(100);
		}
	}

public:
	void testOutOfDescriptors()
	{
		start();
		TestClient slow(_port);
		slow.send("GET /");
		TestClient first(_port);
		ping(first);
		first.send("GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n");
		first.read();
		CPPUNIT_ASSERT(first.atEnd());
		// Their sockets exist before the descriptors run out; connecting needs no further one on this side.
		std::vector<FileDescriptor> sockets;
		for (int i = 0; i < 3; ++i) sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		const DescriptorShortage shortage;
		TestClient second = connectWith(std::move(sockets[0]));
		CPPUNIT_ASSERT_MESSAGE("a client that waits for nothing makes room", slow.atEnd());
		ping(second);
	}

	void testNoRoomAtAll()
	{
		start();
		_blocked = true;
		TestClient busy(_port);
		busy.send("GET /block HTTP/1.1\r\n\r\n");
		awaitBlocked(1);
		FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		auto shortage = std::make_unique<DescriptorShortage>();
		TestClient waiting = connectWith(std::move(socket));
		waiting.send("GET /ping HTTP/1.1\r\n\r\n");
		const Microseconds before = processorTime();
		CPPUNIT_ASSERT(waiting.silentFor(500 * MILLISECOND));
		CPPUNIT_ASSERT_MESSAGE("the gate spins", processorTime() - before < 100 * MILLISECOND);
		shortage.reset();
		CPPUNIT_ASSERT_EQUAL(200, waiting.read().status);
	}

	void testManyAtOnce()
	{
		start(GateLimits(), 4);
		std::vector<std::future<int>> threads;
		for (int i = 0; i < 32; ++i)
			threads.push_back(std::async(std::launch::async,
				[this]
				{
					int good = 0;
					for (int j = 0; j < 10; ++j)
					{
						TestClient client(_port);
						for (int k = 0; k < 10; ++k) good += client.post("/echo", "x" + std::to_string(k)).body == "x" + std::to_string(k);
					}
					return good;
				}));
		for (auto& thread : threads) CPPUNIT_ASSERT_EQUAL(100, thread.get());
	}

	void testQueueFull()
	{
		allowManyDescriptors();
		start(GateLimits(), 1);
		_blocked = true;
		std::vector<std::unique_ptr<TestClient>> clients;
		for (int i = 0; i < 1002; ++i)
		{
			clients.push_back(std::make_unique<TestClient>(_port));
			clients.back()->send("GET /block HTTP/1.1\r\n\r\n");
			if (i == 0) awaitBlocked(1);
		}
		const TestResponse refused = clients.back()->read();
		CPPUNIT_ASSERT_EQUAL(503, refused.status);
		CPPUNIT_ASSERT_EQUAL(std::string("unavailable"), refused.code());
		clients.pop_back();
		unblock();
		for (const auto& client : clients) CPPUNIT_ASSERT_EQUAL(200, client->read().status);
	}

	void testStop()
	{
		start();
		TestClient idle(_port);
		ping(idle);
		TestClient slow(_port);
		slow.send("GET /");
		const Microseconds begin = monotonicTime();
		_server.reset();
		CPPUNIT_ASSERT(monotonicTime() - begin < 200 * MILLISECOND);
		CPPUNIT_ASSERT(idle.atEnd());
		CPPUNIT_ASSERT(slow.atEnd());
		CPPUNIT_ASSERT_THROW(TestClient{_port}, SystemException);
	}

	void testStopFinishesRequests()
	{
		start(GateLimits(), 2);
		_blocked = true;
		std::vector<std::unique_ptr<TestClient>> clients;
		for (int i = 0; i < 4; ++i)
		{
			clients.push_back(std::make_unique<TestClient>(_port));
			clients.back()->send("GET /block HTTP/1.1\r\n\r\n");
		}
		awaitBlocked(2);
		auto stopped = std::async(std::launch::async, [this] { _server.reset(); });
		CPPUNIT_ASSERT(stopped.wait_for(std::chrono::milliseconds(50)) == std::future_status::timeout);
		unblock();
		CPPUNIT_ASSERT(stopped.wait_for(std::chrono::seconds(2)) == std::future_status::ready);
		for (const auto& client : clients) CPPUNIT_ASSERT_EQUAL(200, client->read().status);
	}

	void testIdleMakesNoSystemCall()
	{
		start();
		{
			TestClient client(_port);
			ping(client);
			client.send("GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n");
			client.read();
			CPPUNIT_ASSERT(client.atEnd());
		}
		awaitQuiet();
		const long before = contextSwitches();
		Poco::Thread::sleep(1000); // what is tested is that nothing happens meanwhile
		// One switch is this thread's own sleep; the stock server would make four, its dispatcher more.
		CPPUNIT_ASSERT(contextSwitches() - before <= 2);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ConnectionWorkersTest, "Http");
