#include "SchedulerFixture.h"


using namespace TaskDaemon;


class SchedulerEndsTest: public SchedulerFixture
/// Ends of runs, and a store that fails.
{
	CPPUNIT_TEST_SUITE(SchedulerEndsTest);
	CPPUNIT_TEST(testStarted);
	CPPUNIT_TEST(testEndReasons);
	CPPUNIT_TEST(testInterruptedRunsAgain);
	CPPUNIT_TEST(testRefusedIsNotTriedAtOnce);
	CPPUNIT_TEST(testAcknowledgeBeforeNextSpawn);
	CPPUNIT_TEST(testFencing);
	CPPUNIT_TEST(testStoreDisagrees);
	CPPUNIT_TEST(testFinishedHandler);
	CPPUNIT_TEST(testCommitFails);
	CPPUNIT_TEST(testBadJobFailsAlone);
	CPPUNIT_TEST(testBatchIsAllOrNone);
	CPPUNIT_TEST(testEndsAreKept);
	CPPUNIT_TEST(testStopWithUnstoredEnds);
	CPPUNIT_TEST(testClaimsFail);
	CPPUNIT_TEST_SUITE_END();

	TaskId run(OnCrash policy, EndReason reason, int status)
	/// A task through its end, with nothing claimed afterwards.
	{
		TaskSpec wanted = spec();
		wanted.onCrash = policy;
		const std::size_t before = processes->sent<Spawn>().size();
		const TaskId task = submit(wanted);
		CPPUNIT_ASSERT_EQUAL(task, spawned(before + 1).back());
		scheduler->drain();
		Ended message = ended(task);
		message.reason = reason;
		message.status = status;
		scheduler->ended(message);
		settle();
		return task;
	}

public:
	void testStarted()
	{
		start();
		const TaskId task = submit(spec());
		settle();
		scheduler->started(Started{{task, 1}, 4242, 7, 8});
		scheduler->started(Started{{task, 2}, 4243, 7, 9});
		settle();
		CPPUNIT_ASSERT_EQUAL(std::int64_t(4242), store->task(task).pid);
		CPPUNIT_ASSERT_EQUAL(Microseconds(8), store->task(task).startedAt);
	}

	void testEndReasons()
	/// VerdictTest has the whole matrix; this shows that each verdict reaches the store.
	{
		const struct
		{
			OnCrash policy;
			EndReason reason;
			int status;
			TaskState state;
			Cause cause;
			bool held;
			int attempt;
		} cases[] = {
			{OnCrash::REQUEUE, EndReason::EXITED, 0, TaskState::SUCCEEDED, Cause::NONE, false, 1},
			{OnCrash::REQUEUE, EndReason::EXITED, 2 << 8, TaskState::FAILED, Cause::EXIT_CODE, false, 1},
			{OnCrash::REQUEUE, EndReason::EXITED, 9, TaskState::FAILED, Cause::SIGNAL, false, 1},
			{OnCrash::REQUEUE, EndReason::TIMED_OUT, 9, TaskState::TIMED_OUT, Cause::TIMEOUT, false, 1},
			{OnCrash::REQUEUE, EndReason::CANCELED, 15, TaskState::CANCELED, Cause::CANCELED, false, 1},
			{OnCrash::REQUEUE, EndReason::NOT_SPAWNED, 2, TaskState::FAILED, Cause::SPAWN, false, 1},
			{OnCrash::REQUEUE, EndReason::REFUSED, 0, TaskState::QUEUED, Cause::NONE, false, 0},
			{OnCrash::REQUEUE, EndReason::INTERRUPTED, 0, TaskState::SUCCEEDED, Cause::NONE, false, 1},
			{OnCrash::REQUEUE, EndReason::INTERRUPTED, 15, TaskState::QUEUED, Cause::INTERRUPTED, false, 0},
			{OnCrash::HOLD, EndReason::INTERRUPTED, 15, TaskState::QUEUED, Cause::INTERRUPTED, true, 0},
			{OnCrash::FAIL, EndReason::INTERRUPTED, 15, TaskState::FAILED, Cause::INTERRUPTED, false, 1},
			{OnCrash::REQUEUE, EndReason::UNSEEN, 0, TaskState::QUEUED, Cause::LOST, false, 0},
			{OnCrash::HOLD, EndReason::UNSEEN, 0, TaskState::QUEUED, Cause::LOST, true, 0},
			{OnCrash::FAIL, EndReason::UNSEEN, 0, TaskState::LOST, Cause::LOST, false, 1},
		};
		for (const auto& c : cases)
		{
			tearDown();
			setUp();
			start();
			const Task task = store->task(run(c.policy, c.reason, c.status));
			CPPUNIT_ASSERT_EQUAL(std::string(toString(c.state)), std::string(toString(task.state)));
			CPPUNIT_ASSERT_EQUAL(std::string(toString(c.cause)), std::string(toString(task.cause)));
			CPPUNIT_ASSERT_EQUAL(c.held, task.held);
			CPPUNIT_ASSERT_EQUAL(c.attempt, task.attempt);
			CPPUNIT_ASSERT_EQUAL(std::size_t(1), processes->sent<Acknowledge>().size());
			CPPUNIT_ASSERT_EQUAL(std::size_t(0), scheduler->runningCount());
		}
	}

	void testInterruptedRunsAgain()
	{
		start();
		const TaskId task = submit(spec());
		settle();
		Ended message = ended(task);
		message.reason = EndReason::INTERRUPTED;
		message.status = 15;
		scheduler->ended(message);
		const Spawn again = processes->await<Spawn>(2).at(1);
		CPPUNIT_ASSERT(again.key == (RunKey{task, 2}));
		CPPUNIT_ASSERT_EQUAL(std::string("TASKDAEMON_ATTEMPT=1"), again.environment.at(1));
	}

	void testRefusedIsNotTriedAtOnce()
	{
		start();
		const TaskId task = submit(spec());
		settle();
		Ended message = ended(task);
		message.reason = EndReason::REFUSED;
		scheduler->ended(message);
		const Microseconds refused = monotonicTime();
		settle();
		CPPUNIT_ASSERT(stateOf(task) == TaskState::QUEUED);
		const auto spawns = processes->await<Spawn>(2);
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), spawns.size());
		CPPUNIT_ASSERT(monotonicTime() - refused >= SECOND);
		CPPUNIT_ASSERT(spawns[1].key == (RunKey{task, 1}));
	}

	void testAcknowledgeBeforeNextSpawn()
	/// A run that was taken back is claimed under the same key: the supervisor must have forgotten it by then.
	{
		start();
		submit(spec("single"));
		const TaskId next = submit(spec("single"));
		settle();
		end(1);
		CPPUNIT_ASSERT_EQUAL(next, spawned(2).back());
		const std::vector<Message> all = processes->all();
		CPPUNIT_ASSERT(std::holds_alternative<Acknowledge>(all.at(1)));
		CPPUNIT_ASSERT(std::holds_alternative<Spawn>(all.at(2)));
		CPPUNIT_ASSERT_EQUAL(2, processes->flushes());
	}

	void testFencing()
	{
		start();
		const TaskId task = submit(spec());
		settle();
		for (const Ended& late : {ended(task, 0, 2), ended(task, 0, 0), ended(4711)})
		{
			scheduler->ended(late);
			settle();
		}
		CPPUNIT_ASSERT(stateOf(task) == TaskState::RUNNING);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), scheduler->runningCount());
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), processes->sent<Acknowledge>().size());
		end(task);
		scheduler->ended(ended(task, 5));
		settle();
		CPPUNIT_ASSERT(stateOf(task) == TaskState::SUCCEEDED);
		CPPUNIT_ASSERT_EQUAL(std::size_t(5), processes->sent<Acknowledge>().size());
	}

	void testStoreDisagrees()
	/// The store says that no such run is running: the slot is free all the same.
	{
		start();
		const TaskId task = submit(spec());
		settle();
		store->begin();
		store->finish({task, 1}, Outcome());
		store->commit();
		end(task);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), scheduler->runningCount());
		CPPUNIT_ASSERT(!store->task(task).exitCode);
	}

	void testFinishedHandler()
	{
		start();
		std::mutex mutex;
		std::vector<std::pair<TaskId, TaskState>> told;
		scheduler->onFinished(
			[&](TaskId task)
			{
				const std::lock_guard<std::mutex> lock(mutex);
				told.emplace_back(task, stateOf(task));
			});
		const std::vector<TaskId> tasks = submit(2);
		settle();
		scheduler->drain();
		Ended interrupted = ended(tasks[1]);
		interrupted.reason = EndReason::INTERRUPTED;
		interrupted.status = 15;
		scheduler->ended(ended(tasks[0], 1));
		scheduler->ended(interrupted);
		settle();
		scheduler->onFinished({});
		scheduler->cancel(tasks[1]);
		settle();
		// What the handler saw in the store shows that it was called after the commit.
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), told.size());
		CPPUNIT_ASSERT(told[0] == std::make_pair(tasks[0], TaskState::FAILED));
		CPPUNIT_ASSERT(told[1] == std::make_pair(tasks[1], TaskState::QUEUED));
	}

	void testCommitFails()
	{
		start();
		settle();
		store->failCommits(2); // of the shared transaction and of its own
		CPPUNIT_ASSERT_EQUAL(std::string("disk full"), messageOf<StoreException>([&] { submit(spec()); }));
		CPPUNIT_ASSERT(store->data().tasks.empty());
		CPPUNIT_ASSERT(processes->all().empty());
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), scheduler->runningCount());
		store->failCommits(1);
		const TaskId task = submit(spec());
		CPPUNIT_ASSERT_EQUAL(task, spawned(1).at(0));
		CPPUNIT_ASSERT_EQUAL(3, store->failedCommits());
	}

	void testBadJobFailsAlone()
	{
		start();
		settle();
		store->failSubmitOf("bad");
		store->holdCommits(true);
		auto first = std::async(std::launch::async, [&] { return submit(spec()); });
		CPPUNIT_ASSERT(store->awaitHeldCommit());
		scheduler->ended(ended(1));
		auto bad = std::async(std::launch::async,
			[&]
			{
				TaskSpec wanted = spec();
				wanted.label = "bad";
				return messageOf<StoreException>([&] { submit(wanted); });
			});
		auto good = std::async(std::launch::async, [&] { return submit(spec()); });
		store->holdCommits(false);
		CPPUNIT_ASSERT_EQUAL(std::string("label refused"), bad.get());
		CPPUNIT_ASSERT_EQUAL(TaskId(1), first.get());
		CPPUNIT_ASSERT_EQUAL(TaskId(2), good.get());
		CPPUNIT_ASSERT(spawned(2) == (std::vector<TaskId>{1, 2}));
		settle();
		CPPUNIT_ASSERT(stateOf(1) == TaskState::SUCCEEDED);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), processes->sent<Acknowledge>().size());
	}

	void testBatchIsAllOrNone()
	{
		start();
		store->failSubmitOf("bad");
		TaskSpec bad = spec();
		bad.label = "bad";
		CPPUNIT_ASSERT_THROW(scheduler->submit({spec(), spec(), bad}), StoreException);
		CPPUNIT_ASSERT(store->data().tasks.empty());
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), submit(std::size_t(3)).size());
		CPPUNIT_ASSERT(scheduler->submit({}).empty());
	}

	void testEndsAreKept()
	{
		start();
		submit(2);
		settle();
		store->failCommits(1000000);
		scheduler->started(Started{{1, 1}, 300, 1, 2});
		scheduler->ended(ended(1, 4));
		CPPUNIT_ASSERT_THROW(settle(), StoreException);
		CPPUNIT_ASSERT_THROW(settle(), StoreException);
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), scheduler->unstoredCount());
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), scheduler->runningCount());
		CPPUNIT_ASSERT(processes->sent<Acknowledge>().empty());
		store->failCommits(0);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), processes->await<Acknowledge>(1).size());
		settle();
		CPPUNIT_ASSERT(stateOf(1) == TaskState::FAILED);
		CPPUNIT_ASSERT_EQUAL(Microseconds(2), store->task(1).startedAt);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), scheduler->unstoredCount());
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), scheduler->runningCount());
	}

	void testStopWithUnstoredEnds()
	{
		start();
		submit(1);
		settle();
		store->failCommits(1000000);
		scheduler->ended(ended(1));
		scheduler->stop();
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), scheduler->unstoredCount());
		CPPUNIT_ASSERT(processes->sent<Acknowledge>().empty());
	}

	void testClaimsFail()
	{
		start();
		settle();
		store->failClaims(true);
		const TaskId task = submit(spec()); // is stored all the same
		settle();
		CPPUNIT_ASSERT(stateOf(task) == TaskState::QUEUED);
		CPPUNIT_ASSERT(processes->all().empty());
		store->failClaims(false);
		CPPUNIT_ASSERT_EQUAL(task, spawned(1).at(0));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SchedulerEndsTest, "Task");
