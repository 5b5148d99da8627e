#include "Daemon/ServiceProcessFixture.h"


using namespace TaskDaemon;
using namespace std::string_literals;


class ServiceProcessFailureTest: public ServiceProcessFixture
{
	CPPUNIT_TEST_SUITE(ServiceProcessFailureTest);
	CPPUNIT_TEST(testGarbageIsKilled);
	CPPUNIT_TEST(testRefusedMessageIsKilled);
	CPPUNIT_TEST(testHostileAttachmentIsKilled);
	CPPUNIT_TEST(testHangUpIsKilled);
	CPPUNIT_TEST(testHangUpAndExit);
	CPPUNIT_TEST(testLostNewsIsKilled);
	CPPUNIT_TEST(testThrowNeverReturns);
	CPPUNIT_TEST(testFailedConstructorReaps);
	CPPUNIT_TEST_SUITE_END();

public:
	void testGarbageIsKilled()
	{
		for (const std::string& garbage :
			{"\xFF\0\0\0\0"s, "\x01"s, "\0\0\0\0\0"s, packetOf(Ready{}) + "x", std::string(PacketSocket::MAX_INLINE + 1, 'x')})
		{
			_status.reset();
			_received.clear();
			start(
				[&](FileDescriptor fd)
				{
					const std::string ready = packetOf(Ready{});
					::send(fd.get(), ready.data(), ready.size(), 0);
					::send(fd.get(), garbage.data(), garbage.size(), 0);
					return ::pause();
				});
			expectKilled();
			CPPUNIT_ASSERT_EQUAL_MESSAGE("what came before counts", std::size_t(1), _received.size());
		}
	}

	void testRefusedMessageIsKilled()
	{
		start(
			[](FileDescriptor fd)
			{
				PacketSocket link(std::move(fd));
				say(link, Drain{});
				return ::pause();
			});
		_onMessage = [](const Message&) { throw ProtocolException("not for the supervisor"); };
		expectKilled();
	}

	void testHostileAttachmentIsKilled()
	/// Of no kind may it be more than the service's own end.
	{
		for (const char* const path : {"/proc/self/exe", "/dev/zero", "/proc/self/mem"})
		{
			_status.reset();
			start(
				[path](FileDescriptor fd)
				{
					const FileDescriptor file = openFile(path, O_RDONLY);
					char byte = 0;
					iovec part{&byte, 1};
					alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
					msghdr message{};
					message.msg_iov = &part;
					message.msg_iovlen = 1;
					message.msg_control = control;
					message.msg_controllen = sizeof control;
					cmsghdr* const head = CMSG_FIRSTHDR(&message);
					head->cmsg_level = SOL_SOCKET;
					head->cmsg_type = SCM_RIGHTS;
					head->cmsg_len = CMSG_LEN(sizeof(int));
					*reinterpret_cast<int*>(CMSG_DATA(head)) = file.get();
					return ::sendmsg(fd.get(), &message, 0) == 1 ? ::pause() : 1;
				});
			expectKilled();
		}
	}

	void testHangUpIsKilled()
	/// Without its link it can do nothing any more but keep a successor from being started.
	{
		start(
			[](FileDescriptor fd)
			{
				fd.reset();
				return ::pause();
			});
		expectKilled();
	}

	void testHangUpAndExit()
	/// One that is only slow to leave keeps its own status, and its end stops the clock.
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		start(
			[&, in = reading.get()](FileDescriptor fd)
			{
				writing.reset();
				fd.reset();
				readUntilEnd(in);
				return 5;
			});
		_loop->schedule(100 * MILLISECOND, [&writing] { writing.reset(); });
		expectExit(5);
		// Longer than a service may take to leave: what the clock then found would be freed memory.
		bool over = false;
		_loop->schedule(2500 * MILLISECOND, [&] { over = true; });
		runLoopUntil(*_loop, [&] { return over; });
	}

	void testLostNewsIsKilled()
	/// What cannot be sent for want of descriptors is lost to this service: only a new one, which is told everything, makes it good.
	{
		inChild(
			[this]
			{
				start([](FileDescriptor) { return ::pause(); });
				rlimit before{};
				CPPUNIT_ASSERT_EQUAL(0, ::getrlimit(RLIMIT_NOFILE, &before));
				const rlimit none{0, before.rlim_max};
				CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NOFILE, &none));
				_news.emplace_back(PacketSocket::MAX_INLINE + 1, 'x');
				_service->flush();
				CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NOFILE, &before));
				expectKilled();
			});
	}

	void testThrowNeverReturns()
	/// The child must not go on as a second supervisor, whatever leaves its main.
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		const pid_t self = ::getpid();
		try
		{
			start(
				[](FileDescriptor) -> int
				{
					const FileDescriptor null = openFile("/dev/null", O_WRONLY);
					::dup2(null.get(), 2); // std::terminate's words
					const rlimit noCore{0, 0};
					::setrlimit(RLIMIT_CORE, &noCore);
					throw SystemException("cannot send a packet", EPIPE);
				});
		}
		catch (const SystemException&)
		{
			if (::getpid() != self) writeAll(writing.get(), "escaped", 7, "a pipe");
			if (::getpid() != self) ::_exit(0);
			throw;
		}
		writing.reset();
		expectKilled(SIGABRT);
		CPPUNIT_ASSERT_EQUAL(""s, readUntilEnd(reading.get()));
	}

	void testFailedConstructorReaps()
	/// Descriptors run out at every possible place: no child stays behind, and none of what was opened.
	{
		inChild(
			[this]
			{
				bool succeeded = false;
				int failures = 0;
				rlimit enough{};
				CPPUNIT_ASSERT_EQUAL(0, ::getrlimit(RLIMIT_NOFILE, &enough));
				for (rlim_t limit = 3; !succeeded; ++limit)
				{
					const std::size_t before = openDescriptors();
					const rlimit few{limit, enough.rlim_max};
					CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NOFILE, &few));
					try
					{
						start([](FileDescriptor) { return ::pause(); });
						succeeded = true;
					}
					catch (const SystemException& exception)
					{
						CPPUNIT_ASSERT_EQUAL(EMFILE, exception.error());
						++failures;
					}
					CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_NOFILE, &enough));
					_service.reset();
					CPPUNIT_ASSERT_EQUAL(pid_t(-1), ::waitpid(-1, nullptr, WNOHANG));
					CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
				}
				CPPUNIT_ASSERT(failures > 2);
			});
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ServiceProcessFailureTest, "Daemon");
