#include "Daemon/ProcessTableFixture.h"


using namespace TaskDaemon;
using namespace std::string_literals;


class ProcessTableTest: public ProcessTableFixture
{
	CPPUNIT_TEST_SUITE(ProcessTableTest);
	CPPUNIT_TEST(testStartAndEnd);
	CPPUNIT_TEST(testStatus);
	CPPUNIT_TEST(testUsageIsTheTasksOwn);
	CPPUNIT_TEST(testNotSpawned);
	CPPUNIT_TEST(testDuplicateIgnored);
	CPPUNIT_TEST(testAcknowledge);
	CPPUNIT_TEST(testTellAll);
	CPPUNIT_TEST(testTakeNewsLimit);
	CPPUNIT_TEST(testAdoptLive);
	CPPUNIT_TEST(testAdoptedEndsByCancel);
	CPPUNIT_TEST(testAdoptAbsent);
	CPPUNIT_TEST(testAdoptWrongProcess);
	CPPUNIT_TEST(testManyLeakNothing);
	CPPUNIT_TEST_SUITE_END();

public:
	void testStartAndEnd()
	{
		const Microseconds before = realTime();
		start(_scripts->task(1, "echo ready >tell; read go <go"));
		const Started started = await<Started>(1);
		CPPUNIT_ASSERT_EQUAL(processStartTime(static_cast<pid_t>(started.pid)), started.pidStartTime);
		CPPUNIT_ASSERT(started.startedAt >= before && started.startedAt <= realTime());
		CPPUNIT_ASSERT(find<Ended>(1) == nullptr);
		CPPUNIT_ASSERT(!_table->empty());

		_scripts->letGo();
		const Ended ended = await<Ended>(1);
		CPPUNIT_ASSERT(ended.reason == EndReason::EXITED);
		CPPUNIT_ASSERT_EQUAL(0, ended.status);
		CPPUNIT_ASSERT(ended.finishedAt >= started.startedAt && ended.finishedAt <= realTime());
		CPPUNIT_ASSERT(ended.maxRss > 100 * 1024 && ended.maxRss < (std::int64_t(1) << 30));
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), _table->runningCount());
		CPPUNIT_ASSERT_EQUAL(1, _allEnded);
		CPPUNIT_ASSERT_EQUAL_MESSAGE("reaped", std::uint64_t(0), processStartTime(static_cast<pid_t>(started.pid)));
	}

	void testStatus()
	{
		_table->spawn(_scripts->task(1, "exit 7"));
		_table->spawn(_scripts->task(2, "kill -SEGV $$"));
		_table->spawn(_scripts->task(3, "kill -TERM $$"));
		CPPUNIT_ASSERT_EQUAL(7, WEXITSTATUS(await<Ended>(1).status));
		CPPUNIT_ASSERT(WIFEXITED(await<Ended>(1).status));
		expectSignal(SIGSEGV, await<Ended>(2));
		expectSignal(SIGTERM, await<Ended>(3));
		CPPUNIT_ASSERT_MESSAGE("a TERM that is not ours", await<Ended>(3).reason == EndReason::EXITED);
	}

	void testUsageIsTheTasksOwn()
	{
		_table->spawn(_scripts->task(1, "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"));
		const Ended busy = await<Ended>(1);
		_table->spawn(_scripts->task(2, "true"));
		const Ended idle = await<Ended>(2);
		CPPUNIT_ASSERT(busy.userTime > 10 * MILLISECOND);
		CPPUNIT_ASSERT_MESSAGE("not the sum of all children", idle.userTime + idle.systemTime < busy.userTime);
	}

	void testNotSpawned()
	{
		Spawn spawn = _scripts->task(1, "");
		spawn.command = {"/nope"};
		_table->spawn(spawn);
		const Ended missing = await<Ended>(1);
		CPPUNIT_ASSERT(missing.reason == EndReason::NOT_SPAWNED);
		CPPUNIT_ASSERT_EQUAL(ENOENT, missing.status);
		CPPUNIT_ASSERT_EQUAL("cannot execute '/nope': No such file or directory"s, missing.detail);
		CPPUNIT_ASSERT(missing.finishedAt > 0);
		CPPUNIT_ASSERT(find<Started>(1) == nullptr);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), _table->runningCount());
		CPPUNIT_ASSERT_EQUAL(0, _allEnded);

		spawn.key = {2, 1};
		spawn.command.clear();
		_table->spawn(spawn);
		CPPUNIT_ASSERT_EQUAL(EINVAL, await<Ended>(2).status);
		CPPUNIT_ASSERT_EQUAL("no command"s, await<Ended>(2).detail);
	}

	void testDuplicateIgnored()
	{
		const Spawn spawn = _scripts->task(1, "echo once; echo ready >tell; sleep 0.05");
		start(spawn);
		_table->spawn(spawn);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _table->runningCount());
		await<Ended>(1);
		_table->spawn(spawn);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), _table->runningCount());
		CPPUNIT_ASSERT_EQUAL("once\n"s, _scripts->folder().read("1.out"));
		// Another run of the task is another matter.
		Spawn next = spawn;
		next.key.run = 2;
		start(next);
	}

	void testAcknowledge()
	{
		_table->acknowledge({9, 1});
		start(_scripts->sleeper(1));
		_table->acknowledge({1, 1});
		CPPUNIT_ASSERT_EQUAL_MESSAGE("what runs is not forgotten", std::size_t(1), _table->runningCount());
		_table->cancel({1, 1});
		await<Ended>(1);
		CPPUNIT_ASSERT(!_table->empty());
		_table->acknowledge({1, 2});
		CPPUNIT_ASSERT(!_table->empty());
		_table->acknowledge({1, 1});
		CPPUNIT_ASSERT(_table->empty());
		_table->acknowledge({1, 1});
		_table->tellAll();
		CPPUNIT_ASSERT_EQUAL(""s, lastNews());
	}

	void testTellAll()
	{
		_table->spawn(_scripts->sleeper(3));
		_table->spawn(_scripts->task(1, "true"));
		Spawn missing = _scripts->task(2, "");
		missing.command = {"/nope"};
		_table->spawn(missing);
		await<Ended>(1);
		await<Started>(3);
		CPPUNIT_ASSERT_EQUAL_MESSAGE("each is told once", ""s, lastNews());
		for (int service = 0; service < 3; ++service)
		{
			_table->tellAll();
			CPPUNIT_ASSERT_EQUAL("started 1, ended 1, ended 2, started 3"s, lastNews());
			CPPUNIT_ASSERT_EQUAL(""s, lastNews());
		}
		_table->acknowledge({1, 1});
		_table->tellAll();
		CPPUNIT_ASSERT_EQUAL("ended 2, started 3"s, lastNews());
		// An end that comes while everything is told anew is told once, after its start.
		_table->cancel({3, 1});
		_table->tellAll();
		runLoopUntil(*_loop, [this] { return _table->runningCount() == 0; });
		CPPUNIT_ASSERT_EQUAL("ended 2, started 3, ended 3"s, lastNews());
	}

	void testTakeNewsLimit()
	{
		Spawn missing = _scripts->task(0, "");
		missing.command = {"/nope"};
		for (TaskId id = 1; id <= 1000; ++id)
		{
			missing.key = {id, 1};
			_table->spawn(missing);
		}
		std::size_t told = 0;
		std::string packet = "x";
		CPPUNIT_ASSERT_MESSAGE("no room", !_table->takeNews(packet, 1));
		for (packet.clear(); _table->takeNews(packet, 4096); packet.clear())
		{
			CPPUNIT_ASSERT(packet.size() < 4096 + 200);
			told += decode(packet).size();
		}
		CPPUNIT_ASSERT_EQUAL(std::size_t(1000), told);
	}

	void testAdoptLive()
	{
		const ForeignProcess process;
		const Microseconds born = realTime();
		// Long enough after its start that the time of the adoption cannot pass for it: start times count in hundredths of a second.
		runLoopUntil(
			*_loop, [&] { return realTime() - born >= 300 * MILLISECOND; }, [this] { _loop->schedule(50 * MILLISECOND, [] {}); });
		const Adopt request = adopt(1, process);
		_table->adopt(request);
		const Started started = await<Started>(1);
		CPPUNIT_ASSERT_EQUAL(std::int64_t(process.pid()), started.pid);
		CPPUNIT_ASSERT_EQUAL(request.pidStartTime, started.pidStartTime);
		CPPUNIT_ASSERT_MESSAGE("when it began, not when it was adopted",
			started.startedAt > born - 10 * SECOND && started.startedAt < born + 100 * MILLISECOND);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _table->runningCount());
		_table->adopt(request);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _table->runningCount());

		process.signal(SIGKILL);
		const Ended ended = await<Ended>(1);
		CPPUNIT_ASSERT(ended.reason == EndReason::UNSEEN);
		CPPUNIT_ASSERT_EQUAL(0, ended.status);
		CPPUNIT_ASSERT_EQUAL(1, _allEnded);
	}

	void testAdoptedEndsByCancel()
	{
		const ForeignProcess process;
		_table->adopt(adopt(1, process));
		_table->cancel({1, 1});
		CPPUNIT_ASSERT(await<Ended>(1).reason == EndReason::UNSEEN);
		const ForeignProcess stubborn(true);
		Adopt request = adopt(2, stubborn);
		request.killAfter = 100 * MILLISECOND;
		_table->adopt(request);
		_table->interruptAll(std::nullopt);
		CPPUNIT_ASSERT(await<Ended>(2).reason == EndReason::UNSEEN);
	}

	void testAdoptAbsent()
	{
		Adopt request;
		request.key = {1, 1};
		request.pidStartTime = 1;
		for (const std::int64_t pid : {std::int64_t(0), std::int64_t(-1), INT64_MIN, INT64_MAX, std::int64_t(1) << 22})
		{
			request.pid = pid;
			expectUnseen(request);
			++request.key.task;
		}
		const ForeignProcess process;
		Adopt ended = adopt(request.key.task, process);
		process.signal(SIGKILL);
		CPPUNIT_ASSERT(process.hasEnded(DEADLINE_MS));
		_table->adopt(ended);
		CPPUNIT_ASSERT(await<Ended>(ended.key.task).reason == EndReason::UNSEEN);
	}

	void testAdoptWrongProcess()
	/// None of them may be watched, let alone signalled.
	{
		const ForeignProcess process;
		Adopt recycled = adopt(1, process);
		++recycled.pidStartTime;
		expectUnseen(recycled);
		Adopt unknown = adopt(2, process);
		unknown.pidStartTime = 0;
		expectUnseen(unknown);
		Adopt wrapped = adopt(3, process);
		wrapped.pid += std::int64_t(1) << 32;
		expectUnseen(wrapped);
		// kill(2) takes the group -1 for everybody. In a table that signals nobody, lest a failure here end the machine.
		ProcessTable table(*_loop, [] {});
		Adopt init = adopt(4, process);
		init.pid = 1;
		init.pidStartTime = processStartTime(1);
		table.adopt(init);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), table.runningCount());
		// Of no group of its own, so no task: its group would be that of its parent.
		ChildProcess member([] { return ::pause(); });
		Adopt notLeader = adopt(5, process);
		notLeader.pid = member.pid();
		notLeader.pidStartTime = processStartTime(member.pid());
		expectUnseen(notLeader);
		_table->interruptAll(0);
		CPPUNIT_ASSERT(!process.hasEnded() && !member.hasEnded());
	}

	void testManyLeakNothing()
	{
		for (TaskId id = 1; id <= 300; ++id) _table->spawn(_scripts->task(id, "exit " + std::to_string(id % 256)));
		for (TaskId id = 1; id <= 300; ++id)
		{
			CPPUNIT_ASSERT_EQUAL(static_cast<int>(id % 256), WEXITSTATUS(await<Ended>(id).status));
			_table->acknowledge({id, 1});
		}
		CPPUNIT_ASSERT(_table->empty());
		// Three ends of FIFOs, epoll, timerfd and the runner's /dev/null.
		CPPUNIT_ASSERT_EQUAL(_descriptors + 6, openDescriptors());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ProcessTableTest, "Daemon");
