#include "Daemon/ServiceProcessFixture.h"


using namespace TaskDaemon;
using namespace std::string_literals;


class ServiceProcessTest: public ServiceProcessFixture
{
	CPPUNIT_TEST_SUITE(ServiceProcessTest);
	CPPUNIT_TEST(testGreetingOrder);
	CPPUNIT_TEST(testGreetingToSlowReader);
	CPPUNIT_TEST(testSend);
	CPPUNIT_TEST(testLastWordsBeforeExit);
	CPPUNIT_TEST(testLastWordsWithoutReading);
	CPPUNIT_TEST(testExitStatus);
	CPPUNIT_TEST(testKill);
	CPPUNIT_TEST(testInheritsNothing);
	CPPUNIT_TEST(testDiesWithSupervisor);
	CPPUNIT_TEST(testDestructorReaps);
	CPPUNIT_TEST_SUITE_END();

public:
	void testGreetingOrder()
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		addNews(1, 3);
		start(reader(writing.get()));
		writing.reset();
		const pid_t pid = _service->pid();
		CPPUNIT_ASSERT(pid > 0 && _service->startedAt() <= monotonicTime());
		_service->greet(Hello{PROTOCOL_VERSION, "id", 5});
		_service->send(Shutdown{});
		expectExit(0);
		CPPUNIT_ASSERT_EQUAL("Hello HelloEnd after 3 Shutdown after 3"s, readUntilEnd(reading.get()));
	}

	void testGreetingToSlowReader()
	/// The socket is full in the middle of the greeting; what happens meanwhile, and what is sent meanwhile, comes after HelloEnd.
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		FileDescriptor waitReading, waitWriting;
		std::tie(waitReading, waitWriting) = makePipe();
		addNews(1, 50000);
		start(
			[&, tell = writing.get(), wait = waitReading.get()](FileDescriptor fd)
			{
				waitWriting.reset();
				return reader(tell, wait)(std::move(fd));
			});
		writing.reset();
		_service->greet(Hello{});
		addNews(50001, 50007);
		_service->flush();
		CPPUNIT_ASSERT_EQUAL_MESSAGE("held back", std::size_t(1), _news.size());
		_service->send(Drain{});
		_service->flush();
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _news.size());
		waitWriting.reset();
		// No call of ours from here on: the rest goes out by itself as room comes.
		runLoopUntil(*_loop, [this] { return _news.empty(); });
		_service->send(Shutdown{});
		expectExit(0);
		CPPUNIT_ASSERT_EQUAL("Hello HelloEnd after 50000 Drain Shutdown after 50007"s, readUntilEnd(reading.get()));
	}

	void testSend()
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		start(reader(writing.get()));
		writing.reset();
		_service->greet(Hello{});
		for (const Message& message : std::vector<Message>{ReopenLogs{}, DumpStatus{}, Drain{}, Shutdown{}}) _service->send(message);
		expectExit(0);
		CPPUNIT_ASSERT_EQUAL("Hello HelloEnd after 0 ReopenLogs DumpStatus Drain Shutdown after 0"s, readUntilEnd(reading.get()));
	}

	void testLastWordsBeforeExit()
	/// A Spawn among them was claimed on disk: none may be lost with its sender, and the exit is told last.
	{
		start(
			[](FileDescriptor fd)
			{
				PacketSocket link(std::move(fd));
				for (TaskId id = 1; id <= 60; ++id) say(link, Cancel{{id, 1}});
				say(link, Failed{1, std::string(100 * 1000, 'x')}); // travels as an attachment
				for (TaskId id = 61; id <= 120; ++id) say(link, Cancel{{id, 1}});
				return 3;
			});
		bool exitedTooEarly = false;
		_onMessage = [&](const Message&) { exitedTooEarly = exitedTooEarly || _status.has_value(); };
		// Let it end before we look: everything is in the socket then.
		const FileDescriptor pidfd = openPidfd(_service->pid());
		CPPUNIT_ASSERT(becomesReadable(pidfd.get()));
		expectExit(3);
		CPPUNIT_ASSERT(!exitedTooEarly);
		CPPUNIT_ASSERT_EQUAL(std::size_t(121), _received.size());
		CPPUNIT_ASSERT_EQUAL(TaskId(120), std::get<Cancel>(_received.back()).key.task);
	}

	void testLastWordsWithoutReading()
	/// One that fails at once has not even read its greeting; why it failed must be told all the same.
	{
		start(
			[](FileDescriptor fd)
			{
				PacketSocket link(std::move(fd));
				CPPUNIT_ASSERT(becomesReadable(link.fd()));
				say(link, Failed{77, "no permission"});
				return 77;
			});
		_service->greet(Hello{});
		const FileDescriptor pidfd = openPidfd(_service->pid());
		CPPUNIT_ASSERT(becomesReadable(pidfd.get()));
		expectExit(77);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _received.size());
		CPPUNIT_ASSERT_EQUAL("no permission"s, std::get<Failed>(_received[0]).message);
	}

	void testExitStatus()
	{
		start([](FileDescriptor) { return ::raise(SIGALRM); });
		expectKilled(SIGALRM);
		_status.reset();
		start([](FileDescriptor) { return 78; });
		expectExit(78);
	}

	void testKill()
	{
		start([](FileDescriptor) { return ::pause(); });
		_service->kill();
		expectKilled();
	}

	void testInheritsNothing()
	/// The link, and nothing of the loop nor of the supervisor's own end.
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		_loop->watch(reading.get(), 0, [](std::uint32_t) {});
		const std::size_t before = _descriptors;
		start(
			[before](FileDescriptor fd)
			{
				for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
				{
					std::error_code gone;
					if (std::filesystem::read_symlink(entry.path(), gone).string().rfind("anon_inode:", 0) == 0) return 100;
				}
				// The pipe's writing end and the link have come.
				return fd.get() >= 0 ? static_cast<int>(openDescriptors() - before) : 101;
			});
		expectExit(2);
		_loop->forget(reading.get());
	}

	void testDiesWithSupervisor()
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		ChildProcess supervisor(
			[&, out = writing.get()]
			{
				EventLoop loop;
				const auto main = [](FileDescriptor)
				{
					sigset_t all;
					::sigfillset(&all);
					::sigprocmask(SIG_SETMASK, &all, nullptr);
					for (;;) ::pause();
					return 0;
				};
				ServiceProcess service(loop, main, {});
				writeAll(out, "\n", 1, "a pipe");
				return ::pause();
			});
		writing.reset();
		readLine(reading.get());
		::kill(supervisor.pid(), SIGKILL);
		supervisor.wait();
		CPPUNIT_ASSERT_EQUAL_MESSAGE("the service held the pipe as well", ""s, readUntilEnd(reading.get()));
	}

	void testDestructorReaps()
	{
		start([](FileDescriptor) { return ::pause(); });
		const FileDescriptor pidfd = openPidfd(_service->pid());
		_service.reset();
		CPPUNIT_ASSERT(becomesReadable(pidfd.get(), 0));
		CPPUNIT_ASSERT_MESSAGE("its end is not told", !_status);
		CPPUNIT_ASSERT_EQUAL(pid_t(-1), ::waitpid(-1, nullptr, WNOHANG));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ServiceProcessTest, "Daemon");
