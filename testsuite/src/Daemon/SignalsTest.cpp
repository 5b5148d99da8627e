#include "Daemon/Signals.h"
#include "ChildProcess.h"


using namespace TaskDaemon;


class SignalsTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(SignalsTest);
	CPPUNIT_TEST(testBlock);
	CPPUNIT_TEST(testRestore);
	CPPUNIT_TEST(testTable);
	CPPUNIT_TEST(testSender);
	CPPUNIT_TEST(testOthersStillEnd);
	CPPUNIT_TEST_SUITE_END();

	static bool isBlocked(int signal)
	{
		sigset_t mask;
		::sigprocmask(SIG_BLOCK, nullptr, &mask);
		return ::sigismember(&mask, signal) == 1;
	}

	static constexpr int TABLE[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGUSR1, SIGUSR2};

public:
	void testBlock()
	/// Whatever the caller left behind: nohup(1)'s ignored HUP, a mask, a handler of a library.
	{
		inChild(
			[]
			{
				::signal(SIGHUP, SIG_IGN);
				::signal(SIGCHLD, SIG_IGN);
				::signal(SIGSEGV, [](int) {});
				sigset_t all;
				::sigfillset(&all);
				::sigprocmask(SIG_SETMASK, &all, nullptr);
				Signals::block();
				for (const int signal : TABLE) CPPUNIT_ASSERT(isBlocked(signal));
				for (const int signal : {SIGCHLD, SIGALRM, SIGPIPE, SIGTSTP, SIGRTMIN}) CPPUNIT_ASSERT(!isBlocked(signal));
				for (int signal = 1; signal < NSIG; ++signal)
				{
					struct sigaction current = {};
					if (::sigaction(signal, nullptr, &current) != 0) continue;
					CPPUNIT_ASSERT_EQUAL_MESSAGE(std::to_string(signal), signal == SIGPIPE, current.sa_handler == SIG_IGN);
					CPPUNIT_ASSERT(signal == SIGPIPE || current.sa_handler == SIG_DFL);
				}
			});
	}

	void testRestore()
	{
		ChildProcess child(
			[]
			{
				Signals::block();
				::raise(SIGTERM);
				Signals::restore();
				return 0;
			});
		CPPUNIT_ASSERT_EQUAL(128 + SIGTERM, child.exitCode());
	}

	void testTable()
	{
		inChild(
			[]
			{
				Signals::block();
				Signals signals;
				CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(signals.fd(), F_GETFD));
				CPPUNIT_ASSERT_MESSAGE("does not wait", signals.read().empty());
				const SignalAction actions[] = {SignalAction::STOP, SignalAction::STOP, SignalAction::STOP_NOW, SignalAction::RELOAD,
					SignalAction::DUMP_STATUS, SignalAction::UPGRADE};
				for (std::size_t i = 0; i < 6; ++i)
				{
					::raise(TABLE[i]);
					CPPUNIT_ASSERT(becomesReadable(signals.fd()));
					const auto received = signals.read();
					CPPUNIT_ASSERT_EQUAL(std::size_t(1), received.size());
					CPPUNIT_ASSERT_EQUAL(TABLE[i], received[0].number);
					CPPUNIT_ASSERT(received[0].action == actions[i]);
				}
				for (const int signal : TABLE) ::raise(signal);
				CPPUNIT_ASSERT_EQUAL_MESSAGE("all that is pending", std::size_t(6), signals.read().size());
				CPPUNIT_ASSERT(signals.read().empty());
			});
	}

	void testSender()
	{
		inChild(
			[]
			{
				Signals::block();
				Signals signals;
				const pid_t self = ::getpid();
				ChildProcess sender([self] { return ::kill(self, SIGUSR1); });
				CPPUNIT_ASSERT(becomesReadable(signals.fd()));
				const auto received = signals.read();
				CPPUNIT_ASSERT_EQUAL(std::size_t(1), received.size());
				CPPUNIT_ASSERT_EQUAL(sender.pid(), received[0].senderPid);
				CPPUNIT_ASSERT_EQUAL(::getuid(), received[0].senderUid);
			});
	}

	void testOthersStillEnd()
	{
		ChildProcess child(
			[]
			{
				Signals::block();
				::raise(SIGALRM);
				return 0;
			});
		CPPUNIT_ASSERT_EQUAL(128 + SIGALRM, child.exitCode());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SignalsTest, "Daemon");
