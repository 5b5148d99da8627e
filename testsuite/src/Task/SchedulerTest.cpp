#include "SchedulerFixture.h"
#include <atomic>
#include <thread>


using namespace TaskDaemon;


class SchedulerTest: public SchedulerFixture
/// What clients see, and what is run when. Ends and failures of the store: SchedulerEndsTest.
{
	CPPUNIT_TEST_SUITE(SchedulerTest);
	CPPUNIT_TEST(testSpawn);
	CPPUNIT_TEST(testNoAnswerBeforeCommit);
	CPPUNIT_TEST(testGroupCommit);
	CPPUNIT_TEST(testParallelism);
	CPPUNIT_TEST(testManySlots);
	CPPUNIT_TEST(testPriorities);
	CPPUNIT_TEST(testNoNeedlessClaim);
	CPPUNIT_TEST(testPause);
	CPPUNIT_TEST(testHold);
	CPPUNIT_TEST(testCancelQueued);
	CPPUNIT_TEST(testCancelRunning);
	CPPUNIT_TEST(testCancelRefused);
	CPPUNIT_TEST(testCancelOfEndingTask);
	CPPUNIT_TEST(testUnknownQueue);
	CPPUNIT_TEST(testTooLarge);
	CPPUNIT_TEST(testDrain);
	CPPUNIT_TEST(testStop);
	CPPUNIT_TEST(testStopFinishesWaitingJobs);
	CPPUNIT_TEST(testProgress);
	CPPUNIT_TEST(testProbe);
	CPPUNIT_TEST_SUITE_END();

public:
	void testSpawn()
	{
		start();
		TaskSpec wanted = spec("single");
		wanted.command = {"echo", "hello"};
		wanted.cwd = "/tmp";
		wanted.environment = {"A=1", "TASKDAEMON_TASK_ID=999", "TASKDAEMON_TASK_IDENTITY=x"};
		wanted.umask = 077;
		wanted.timeout = 5 * SECOND;
		wanted.killAfter = 3 * SECOND;
		const TaskId task = submit(wanted);
		const Spawn spawn = processes->await<Spawn>(1).at(0);
		CPPUNIT_ASSERT(spawn.key == (RunKey{task, 1}));
		CPPUNIT_ASSERT(spawn.command == wanted.command);
		const std::vector<std::string> environment = {
			"A=1", "TASKDAEMON_TASK_IDENTITY=x", "TASKDAEMON_TASK_ID=1", "TASKDAEMON_ATTEMPT=1", "TASKDAEMON_QUEUE=single"};
		CPPUNIT_ASSERT(spawn.environment == environment);
		CPPUNIT_ASSERT_EQUAL(std::string("/tmp"), spawn.cwd);
		CPPUNIT_ASSERT_EQUAL(std::uint32_t(077), spawn.umask);
		CPPUNIT_ASSERT_EQUAL(std::string("/logs/0/1.1.out"), spawn.stdoutFile);
		CPPUNIT_ASSERT_EQUAL(std::string("/logs/0/1.1.err"), spawn.stderrFile);
		CPPUNIT_ASSERT_EQUAL(5 * SECOND, spawn.timeout);
		CPPUNIT_ASSERT_EQUAL(3 * SECOND, spawn.killAfter);
		CPPUNIT_ASSERT(stateOf(task) == TaskState::RUNNING);
	}

	void testNoAnswerBeforeCommit()
	{
		start();
		settle();
		store->holdCommits(true);
		auto answer = std::async(std::launch::async, [&] { return submit(spec()); });
		CPPUNIT_ASSERT(store->awaitHeldCommit());
		CPPUNIT_ASSERT(answer.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout);
		CPPUNIT_ASSERT(processes->all().empty());
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), scheduler->runningCount());
		store->holdCommits(false);
		CPPUNIT_ASSERT_EQUAL(TaskId(1), answer.get());
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), spawned(1).size());
	}

	void testGroupCommit()
	{
		start();
		settle();
		const int before = store->commits();
		store->delayCommits(3 * MILLISECOND);
		std::atomic<int> left{100};
		std::atomic<int> unanswered{0};
		std::vector<std::thread> clients;
		for (int i = 0; i < 16; ++i)
			clients.emplace_back(
				[&]
				{
					while (--left >= 0)
					{
						const TaskId task = submit(spec());
						if (!store->find(task)) ++unanswered;
					}
				});
		for (std::thread& client : clients) client.join();
		const int commits = store->commits() - before;
		CPPUNIT_ASSERT_EQUAL(0, unanswered.load());
		CPPUNIT_ASSERT_EQUAL(std::size_t(100), store->data().tasks.size());
		CPPUNIT_ASSERT_MESSAGE(std::to_string(commits) + " commits", commits <= 50);
	}

	void testParallelism()
	{
		start();
		submit(5);
		const TaskId other = scheduler->submit({spec("single"), spec("single")}).front();
		CPPUNIT_ASSERT(spawned(3) == (std::vector<TaskId>{1, 2, other}));
		settle();
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), scheduler->runningCount());
		end(2);
		CPPUNIT_ASSERT(spawned(4) == (std::vector<TaskId>{1, 2, other, 3}));
		end(other);
		CPPUNIT_ASSERT_EQUAL(other + 1, spawned(5).back());
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), scheduler->runningCount());
	}

	void testManySlots()
	{
		settings->queues["default"].parallelism = 500;
		start();
		submit(300);
		CPPUNIT_ASSERT_EQUAL(std::size_t(300), spawned(300).size());
		settle();
		CPPUNIT_ASSERT_EQUAL(std::size_t(300), scheduler->runningCount());
	}

	void testPriorities()
	{
		start();
		const TaskId first = submit(spec("single"));
		scheduler->submit({spec("single", 0), spec("single", -1), spec("single", 5), spec("single", 5)});
		std::vector<TaskId> order;
		for (std::size_t i = 1; i <= 5; ++i)
		{
			order.push_back(spawned(i).back());
			end(order.back());
		}
		CPPUNIT_ASSERT(order == (std::vector<TaskId>{first, first + 3, first + 4, first + 1, first + 2}));
	}

	void testNoNeedlessClaim()
	{
		start();
		settle();
		const int before = store->claimQueries();
		settle();
		settle();
		CPPUNIT_ASSERT_EQUAL(before, store->claimQueries());
		submit(spec("single")); // takes the only slot, so nothing is known of the rest
		settle();
		CPPUNIT_ASSERT_EQUAL(before + 1, store->claimQueries());
		end(1); // asks once more and finds nothing
		settle();
		CPPUNIT_ASSERT_EQUAL(before + 2, store->claimQueries());
		TaskSpec held = spec("single");
		held.held = true;
		const TaskId task = submit(held);
		settle();
		CPPUNIT_ASSERT_EQUAL(before + 2, store->claimQueries());
		scheduler->release(task);
		CPPUNIT_ASSERT_EQUAL(task, spawned(2).back());
	}

	void testPause()
	{
		start();
		scheduler->pause("default");
		CPPUNIT_ASSERT(store->data().queues.at("default"));
		const TaskId task = submit(spec());
		const TaskId other = submit(spec("single"));
		CPPUNIT_ASSERT(spawned(1) == std::vector<TaskId>{other});
		scheduler->pause("default");
		scheduler->resume("default");
		CPPUNIT_ASSERT(spawned(2) == (std::vector<TaskId>{other, task}));
		CPPUNIT_ASSERT(!store->data().queues.at("default"));
		CPPUNIT_ASSERT_EQUAL(std::string("no queue 'nope'"), messageOf<NotFoundException>([&] { scheduler->pause("nope"); }));
		CPPUNIT_ASSERT_EQUAL(std::string("no queue 'nope'"), messageOf<NotFoundException>([&] { scheduler->resume("nope"); }));
	}

	void testHold()
	{
		start();
		const TaskId running = submit(spec("single"));
		const TaskId held = submit(spec("single"));
		scheduler->hold(held);
		CPPUNIT_ASSERT(store->task(held).held);
		end(running);
		settle();
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), processes->sent<Spawn>().size());
		scheduler->release(held);
		CPPUNIT_ASSERT_EQUAL(held, spawned(2).back());
		CPPUNIT_ASSERT_EQUAL(
			std::string("task 2 is not queued: it is running"), messageOf<ConflictException>([&] { scheduler->hold(held); }));
		CPPUNIT_ASSERT_EQUAL(std::string("task 1 is not queued: it has already succeeded"),
			messageOf<ConflictException>([&] { scheduler->release(running); }));
		CPPUNIT_ASSERT_EQUAL(std::string("no task 99"), messageOf<NotFoundException>([&] { scheduler->hold(99); }));
	}

	void testCancelQueued()
	{
		start();
		std::promise<TaskId> told;
		scheduler->onFinished([&](TaskId task) { told.set_value(task); });
		submit(spec("single"));
		const TaskId task = submit(spec("single"));
		scheduler->cancel(task);
		CPPUNIT_ASSERT(stateOf(task) == TaskState::CANCELED);
		CPPUNIT_ASSERT(processes->sent<Cancel>().empty());
		CPPUNIT_ASSERT_EQUAL(task, told.get_future().get());
	}

	void testCancelRunning()
	{
		start();
		const TaskId task = submit(spec());
		scheduler->cancel(task);
		// Not awaited: it was sent before the answer.
		CPPUNIT_ASSERT(processes->sent<Cancel>().at(0).key == (RunKey{task, 1}));
		CPPUNIT_ASSERT(stateOf(task) == TaskState::RUNNING);
		Ended message = ended(task);
		message.reason = EndReason::REFUSED;
		scheduler->ended(message);
		settle();
		CPPUNIT_ASSERT(stateOf(task) == TaskState::CANCELED);
	}

	void testCancelRefused()
	{
		start();
		submit(spec());
		end(1);
		CPPUNIT_ASSERT_EQUAL(std::string("no task 17"), messageOf<NotFoundException>([&] { scheduler->cancel(17); }));
		CPPUNIT_ASSERT_EQUAL(std::string("task 1 has already succeeded"), messageOf<ConflictException>([&] { scheduler->cancel(1); }));
	}

	void testCancelOfEndingTask()
	/// In one transaction with the end, of which the store's reads do not show anything yet.
	{
		start();
		submit(spec());
		settle();
		store->holdCommits(true);
		auto unrelated = std::async(std::launch::async, [&] { return submit(spec("single")); });
		CPPUNIT_ASSERT(store->awaitHeldCommit());
		scheduler->ended(ended(1, 3));
		auto answer = std::async(std::launch::async, [&] { return messageOf<ConflictException>([&] { scheduler->cancel(1); }); });
		store->holdCommits(false);
		CPPUNIT_ASSERT_EQUAL(std::string("task 1 has already failed"), answer.get());
		unrelated.get();
	}

	void testUnknownQueue()
	{
		start();
		try
		{
			scheduler->submit({spec(), spec("nope")});
			CPPUNIT_FAIL("accepted");
		}
		catch (const ValidationException& e)
		{
			CPPUNIT_ASSERT_EQUAL(std::string("queue"), e.field());
			CPPUNIT_ASSERT_EQUAL(std::string("queue: no queue 'nope' is configured; there is: default, single"), std::string(e.what()));
		}
		CPPUNIT_ASSERT(store->data().tasks.empty());
	}

	void testTooLarge()
	/// More than a packet can carry, and than execve(2) would take.
	{
		start();
		TaskSpec wanted = spec();
		wanted.command = {"frobnicate", std::string(17 * 1024 * 1024, 'x')};
		const TaskId task = submit(wanted);
		settle();
		CPPUNIT_ASSERT(stateOf(task) == TaskState::FAILED);
		CPPUNIT_ASSERT(store->task(task).cause == Cause::SPAWN);
		CPPUNIT_ASSERT_EQUAL(std::string("cannot execute 'frobnicate': Argument list too long"), store->task(task).detail);
		CPPUNIT_ASSERT(processes->all().empty());
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), scheduler->runningCount());
	}

	void testDrain()
	{
		start();
		submit(3);
		settle();
		scheduler->drain();
		CPPUNIT_ASSERT(scheduler->draining());
		CPPUNIT_ASSERT_EQUAL(
			std::string("the daemon is stopping and accepts no more tasks"), messageOf<UnavailableException>([&] { submit(spec()); }));
		end(1);
		settle();
		CPPUNIT_ASSERT(stateOf(1) == TaskState::SUCCEEDED);
		CPPUNIT_ASSERT(stateOf(3) == TaskState::QUEUED);
		scheduler->cancel(3);
		CPPUNIT_ASSERT(stateOf(3) == TaskState::CANCELED);
	}

	void testStop()
	{
		start();
		submit(1);
		scheduler->stop();
		scheduler->stop();
		CPPUNIT_ASSERT(scheduler->draining());
		CPPUNIT_ASSERT_EQUAL(std::string("the daemon is stopping"), messageOf<UnavailableException>([&] { scheduler->cancel(1); }));
		CPPUNIT_ASSERT_THROW(scheduler->probeCommit(PATIENCE), UnavailableException);
		scheduler->ended(ended(1));
		CPPUNIT_ASSERT(processes->sent<Acknowledge>().empty());
		CPPUNIT_ASSERT(stateOf(1) == TaskState::RUNNING);
	}

	void testStopFinishesWaitingJobs()
	{
		start();
		submit(1);
		settle();
		store->holdCommits(true);
		auto answer = std::async(std::launch::async, [&] { return submit(spec("single")); });
		CPPUNIT_ASSERT(store->awaitHeldCommit());
		scheduler->ended(ended(1));
		auto stopping = std::async(std::launch::async, [&] { scheduler->stop(); });
		store->holdCommits(false);
		stopping.get();
		CPPUNIT_ASSERT_EQUAL(TaskId(2), answer.get());
		CPPUNIT_ASSERT(stateOf(1) == TaskState::SUCCEEDED);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), processes->sent<Acknowledge>().size());
	}

	void testProgress()
	{
		start();
		settle();
		CPPUNIT_ASSERT(scheduler->lastCommitDuration() >= 0);
		store->holdCommits(true);
		const Microseconds before = monotonicTime();
		auto answer = std::async(std::launch::async, [&] { return submit(spec()); });
		CPPUNIT_ASSERT(store->awaitHeldCommit());
		CPPUNIT_ASSERT(scheduler->hasWaitingJobs());
		// The time it was idle does not count as a stall.
		CPPUNIT_ASSERT(scheduler->lastProgress() >= before);
		CPPUNIT_ASSERT(scheduler->lastProgress() <= monotonicTime());
		store->holdCommits(false);
		answer.get();
	}

	void testProbe()
	{
		start();
		settle();
		const int before = store->commits();
		CPPUNIT_ASSERT(scheduler->probeCommit(PATIENCE) >= 0);
		CPPUNIT_ASSERT_EQUAL(before + 1, store->commits());
		store->failCommits(2);
		CPPUNIT_ASSERT_EQUAL(std::string("disk full"), messageOf<StoreException>([&] { scheduler->probeCommit(PATIENCE); }));
		store->holdCommits(true);
		CPPUNIT_ASSERT_EQUAL(std::string("nothing was committed within 10ms"),
			messageOf<UnavailableException>([&] { scheduler->probeCommit(10 * MILLISECOND); }));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SchedulerTest, "Task");
