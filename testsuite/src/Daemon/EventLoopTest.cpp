#include "Daemon/EventLoop.h"
#include "ChildProcess.h"
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <vector>


using namespace TaskDaemon;
using namespace std::string_literals;


class EventLoopTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(EventLoopTest);
	CPPUNIT_TEST(testWatch);
	CPPUNIT_TEST(testWatchFails);
	CPPUNIT_TEST(testChange);
	CPPUNIT_TEST(testForgetOwn);
	CPPUNIT_TEST(testForgetOther);
	CPPUNIT_TEST(testTimerOrder);
	CPPUNIT_TEST(testTimerNotEarly);
	CPPUNIT_TEST(testCancel);
	CPPUNIT_TEST(testTimersFromTimers);
	CPPUNIT_TEST(testExtremeDelays);
	CPPUNIT_TEST(testAfterEachTurn);
	CPPUNIT_TEST(testHandlerThrows);
	CPPUNIT_TEST(testCloseInChild);
	CPPUNIT_TEST(testNoDescriptorLeaks);
	CPPUNIT_TEST_SUITE_END();

	static FileDescriptor event(unsigned value)
	{
		return FileDescriptor(::eventfd(value, EFD_CLOEXEC | EFD_NONBLOCK));
	}

public:
	void testWatch()
	{
		EventLoop loop;
		const FileDescriptor silent = event(0);
		const FileDescriptor ready = event(1);
		std::uint32_t seen = 0;
		loop.watch(silent.get(), EPOLLIN, [](std::uint32_t) { CPPUNIT_FAIL("no event"); });
		loop.watch(ready.get(), EPOLLIN,
			[&](std::uint32_t events)
			{
				seen = events;
				loop.stop();
			});
		loop.run();
		CPPUNIT_ASSERT_EQUAL(std::uint32_t(EPOLLIN), seen);
	}

	void testWatchFails()
	{
		EventLoop loop;
		const FileDescriptor fd = event(0);
		loop.watch(fd.get(), EPOLLIN, [](std::uint32_t) {});
		CPPUNIT_ASSERT_EQUAL("cannot watch a descriptor: File exists"s,
			messageOf<SystemException>([&] { loop.watch(fd.get(), EPOLLIN, [](std::uint32_t) {}); }));
		loop.forget(fd.get());
		loop.forget(fd.get());
		CPPUNIT_ASSERT_EQUAL("cannot change what a descriptor is watched for: No such file or directory"s,
			messageOf<SystemException>([&] { loop.change(fd.get(), EPOLLIN); }));
	}

	void testChange()
	{
		EventLoop loop;
		const FileDescriptor fd = event(0);
		std::vector<std::uint32_t> seen;
		loop.watch(fd.get(), EPOLLIN,
			[&](std::uint32_t events)
			{
				seen.push_back(events);
				loop.stop();
			});
		loop.change(fd.get(), EPOLLIN | EPOLLOUT);
		loop.run();
		CPPUNIT_ASSERT(seen == std::vector<std::uint32_t>{EPOLLOUT});
	}

	void testForgetOwn()
	/// The handler's captures must outlive its own end.
	{
		EventLoop loop;
		const FileDescriptor fd = event(1);
		const std::string text(1000, 'x');
		std::size_t size = 0;
		loop.watch(fd.get(), EPOLLIN,
			[&loop, &fd, &size, text](std::uint32_t)
			{
				loop.forget(fd.get());
				size = text.size();
				loop.schedule(0, [&loop] { loop.stop(); });
			});
		loop.run();
		CPPUNIT_ASSERT_EQUAL(text.size(), size);
	}

	void testForgetOther()
	/// Both are ready in one turn; whichever comes first silences the other.
	{
		EventLoop loop;
		const FileDescriptor a = event(1);
		const FileDescriptor b = event(1);
		int calls = 0;
		const auto handler = [&](const FileDescriptor& own, const FileDescriptor& other)
		{
			return [&](std::uint32_t)
			{
				++calls;
				loop.forget(own.get());
				loop.forget(other.get());
				loop.stop();
			};
		};
		loop.watch(a.get(), EPOLLIN, handler(a, b));
		loop.watch(b.get(), EPOLLIN, handler(b, a));
		loop.run();
		CPPUNIT_ASSERT_EQUAL(1, calls);
	}

	void testTimerOrder()
	{
		EventLoop loop;
		std::string order;
		loop.schedule(30 * MILLISECOND, [&] { loop.stop(); });
		loop.schedule(20 * MILLISECOND, [&] { order += 'c'; });
		loop.schedule(0, [&] { order += 'a'; });
		loop.schedule(10 * MILLISECOND, [&] { order += 'b'; });
		loop.run();
		CPPUNIT_ASSERT_EQUAL("abc"s, order);
	}

	void testTimerNotEarly()
	{
		EventLoop loop;
		const Microseconds start = monotonicTime();
		Microseconds end = 0;
		loop.schedule(20 * MILLISECOND,
			[&]
			{
				end = monotonicTime();
				loop.stop();
			});
		loop.run();
		CPPUNIT_ASSERT(end - start >= 20 * MILLISECOND);
	}

	void testCancel()
	{
		EventLoop loop;
		EventLoop::Timer none;
		loop.cancel(none);
		EventLoop::Timer first = loop.schedule(MILLISECOND, [] { CPPUNIT_FAIL("was canceled"); });
		EventLoop::Timer ran = loop.schedule(0, [] {});
		loop.cancel(first);
		CPPUNIT_ASSERT(first == EventLoop::Timer());
		loop.cancel(first);
		// The timerfd fires for the canceled one; the later one must still come.
		loop.schedule(20 * MILLISECOND,
			[&]
			{
				loop.cancel(ran);
				loop.stop();
			});
		loop.run();
		CPPUNIT_ASSERT(ran == EventLoop::Timer());
	}

	void testTimersFromTimers()
	{
		EventLoop loop;
		int runs = 0;
		EventLoop::Timer victim;
		std::function<void()> again = [&]
		{
			if (++runs == 100) return loop.stop();
			loop.schedule(0, again);
		};
		// Due in the same turn as its canceler.
		loop.schedule(0, [&] { loop.cancel(victim); });
		victim = loop.schedule(0, [] { CPPUNIT_FAIL("was canceled"); });
		loop.schedule(0, again);
		loop.run();
		CPPUNIT_ASSERT_EQUAL(100, runs);
	}

	void testExtremeDelays()
	/// Delays reach the supervisor from requests: none may overflow, nor be refused by the kernel.
	{
		EventLoop loop;
		loop.schedule(INT64_MAX, [] { CPPUNIT_FAIL("not in our days"); });
		bool ran = false;
		loop.schedule(INT64_MIN, [&] { ran = true; });
		loop.schedule(-1, [&] { loop.schedule(MILLISECOND, [&] { loop.stop(); }); });
		loop.run();
		CPPUNIT_ASSERT(ran);
	}

	void testAfterEachTurn()
	{
		EventLoop loop;
		const FileDescriptor a = event(1);
		const FileDescriptor b = event(1);
		std::string order;
		for (const FileDescriptor* fd : {&a, &b})
		{
			loop.watch(fd->get(), EPOLLIN,
				[&, fd](std::uint32_t)
				{
					order += 'h';
					loop.forget(fd->get());
				});
		}
		loop.afterEachTurn(
			[&]
			{
				order += '.';
				loop.stop();
			});
		loop.run();
		CPPUNIT_ASSERT_EQUAL("hh."s, order);
	}

	void testHandlerThrows()
	{
		EventLoop loop;
		const FileDescriptor fd = event(1);
		loop.watch(fd.get(), EPOLLIN, [](std::uint32_t) { throw ProtocolException("x"); });
		CPPUNIT_ASSERT_THROW(loop.run(), ProtocolException);
		loop.forget(fd.get());
		loop.schedule(0, [&] { loop.stop(); });
		loop.run();
	}

	void testCloseInChild()
	{
		EventLoop loop;
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		loop.watch(reading.get(), EPOLLIN, [&](std::uint32_t) { loop.stop(); });
		const std::size_t open = openDescriptors();
		ChildProcess child(
			[&]
			{
				loop.closeInChild();
				// epoll, timerfd and the pipe's end; ChildProcess opens its pidfd in the parent only.
				return static_cast<int>(open - openDescriptors());
			});
		CPPUNIT_ASSERT_EQUAL(3, child.exitCode());
		// The parent's own set is as it was.
		CPPUNIT_ASSERT_EQUAL(ssize_t(1), ::write(writing.get(), "x", 1));
		loop.run();
	}

	void testNoDescriptorLeaks()
	{
		const std::size_t before = openDescriptors();
		{
			EventLoop loop;
			const FileDescriptor fd = event(0);
			loop.watch(fd.get(), EPOLLIN, [](std::uint32_t) {});
			CPPUNIT_ASSERT_EQUAL(before + 3, openDescriptors());
		}
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(EventLoopTest, "Daemon");
