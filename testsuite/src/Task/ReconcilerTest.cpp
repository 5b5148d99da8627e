#include "SchedulerFixture.h"


using namespace TaskDaemon;


class ReconcilerTest: public SchedulerFixture
/// What a starting service makes of tasks that the store believes running; through the scheduler, since that is how it is used.
{
	CPPUNIT_TEST_SUITE(ReconcilerTest);
	CPPUNIT_TEST(testOursUnknown);
	CPPUNIT_TEST(testOursForgotten);
	CPPUNIT_TEST(testOursRuns);
	CPPUNIT_TEST(testOursEnded);
	CPPUNIT_TEST(testAnothersWithPid);
	CPPUNIT_TEST(testAnothersOfEarlierBoot);
	CPPUNIT_TEST(testAnothersWithoutPid);
	CPPUNIT_TEST(testUnknownToStore);
	CPPUNIT_TEST(testSlots);
	CPPUNIT_TEST(testStoreFails);
	CPPUNIT_TEST(testQueues);
	CPPUNIT_TEST_SUITE_END();

	void startDraining(const std::vector<Message>& known = {})
	/// So that what was queued again stays queued.
	{
		scheduler = std::make_unique<Scheduler>(*store, *processes, settings);
		scheduler->drain();
		scheduler->start("me", known);
		settle();
	}

	static Started started(TaskId task, std::int64_t pid)
	{
		return Started{{task, 1}, pid, 4712, 55};
	}

	void checkQueuedAgain(TaskId task, bool held, Cause cause)
	{
		CPPUNIT_ASSERT(stateOf(task) == TaskState::QUEUED);
		CPPUNIT_ASSERT_EQUAL(held, store->task(task).held);
		CPPUNIT_ASSERT_EQUAL(0, store->task(task).attempt);
		CPPUNIT_ASSERT(store->task(task).cause == cause);
	}

public:
	void testOursUnknown()
	{
		const TaskId task = store->addRunning("me", 0, OnCrash::FAIL);
		startDraining();
		checkQueuedAgain(task, false, Cause::NONE);
		CPPUNIT_ASSERT_EQUAL(0u, store->task(task).run);
		CPPUNIT_ASSERT(store->task(task).runs.empty());
		CPPUNIT_ASSERT(processes->all().empty());
	}

	void testOursForgotten()
	{
		const TaskId task = store->addRunning("me", 300, OnCrash::FAIL);
		startDraining();
		CPPUNIT_ASSERT(stateOf(task) == TaskState::LOST);
		CPPUNIT_ASSERT(store->task(task).cause == Cause::LOST);
	}

	void testOursRuns()
	{
		const TaskId fresh = store->addRunning("me", 0, OnCrash::REQUEUE);
		const TaskId recorded = store->addRunning("me", 301, OnCrash::REQUEUE);
		startDraining({started(fresh, 300), started(recorded, 301)});
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), scheduler->runningCount());
		CPPUNIT_ASSERT_EQUAL(std::int64_t(300), store->task(fresh).pid);
		CPPUNIT_ASSERT_EQUAL(Microseconds(55), store->task(fresh).startedAt);
		CPPUNIT_ASSERT_EQUAL(Microseconds(0), store->task(recorded).startedAt);
		scheduler->cancel(recorded);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), processes->sent<Cancel>().size());
	}

	void testOursEnded()
	{
		const TaskId task = store->addRunning("me", 300, OnCrash::REQUEUE);
		startDraining({ended(task, 3)});
		CPPUNIT_ASSERT(stateOf(task) == TaskState::FAILED);
		CPPUNIT_ASSERT_EQUAL(3, store->task(task).exitCode.value());
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), processes->sent<Acknowledge>().size());
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), scheduler->runningCount());
	}

	void testAnothersWithPid()
	{
		const TaskId alive = store->addRunning("before", 300, OnCrash::REQUEUE);
		const TaskId gone = store->addRunning("before", 301, OnCrash::REQUEUE);
		const TaskId goneFails = store->addRunning("before", 302, OnCrash::FAIL);
		startDraining();
		const auto adopted = processes->sent<Adopt>();
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), adopted.size());
		CPPUNIT_ASSERT(adopted[0].key == (RunKey{alive, 1}));
		CPPUNIT_ASSERT_EQUAL(std::int64_t(300), adopted[0].pid);
		CPPUNIT_ASSERT_EQUAL(std::uint64_t(4711), adopted[0].pidStartTime);
		CPPUNIT_ASSERT_EQUAL(7 * SECOND, adopted[0].killAfter);
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), scheduler->runningCount());

		scheduler->started(started(alive, 300));
		for (const TaskId task : {gone, goneFails})
		{
			Ended unseen = ended(task);
			unseen.reason = EndReason::UNSEEN;
			scheduler->ended(unseen);
		}
		settle();
		CPPUNIT_ASSERT(stateOf(alive) == TaskState::RUNNING);
		CPPUNIT_ASSERT_EQUAL(Microseconds(0), store->task(alive).startedAt);
		checkQueuedAgain(gone, false, Cause::LOST);
		CPPUNIT_ASSERT(stateOf(goneFails) == TaskState::LOST);
		CPPUNIT_ASSERT(!store->task(goneFails).exitCode);
	}

	void testAnothersOfEarlierBoot()
	/// PIDs and start times begin anew with each boot: whatever has the number now is not the task.
	{
		const TaskId task = store->addRunning("earlier-boot/0123", 300, OnCrash::FAIL);
		startDraining();
		CPPUNIT_ASSERT(stateOf(task) == TaskState::LOST);
		CPPUNIT_ASSERT(processes->all().empty());
	}

	void testAnothersWithoutPid()
	{
		const TaskId requeued = store->addRunning("before", 0, OnCrash::REQUEUE);
		const TaskId held = store->addRunning("before", 0, OnCrash::HOLD);
		const TaskId failed = store->addRunning("before", 0, OnCrash::FAIL);
		startDraining();
		checkQueuedAgain(requeued, false, Cause::LOST);
		checkQueuedAgain(held, true, Cause::LOST);
		CPPUNIT_ASSERT(stateOf(failed) == TaskState::LOST);
		CPPUNIT_ASSERT(!store->task(failed).detail.empty());
		CPPUNIT_ASSERT(processes->sent<Adopt>().empty());
	}

	void testUnknownToStore()
	{
		const TaskId task = store->addRunning("me", 300, OnCrash::REQUEUE);
		startDraining({started(task, 300), started(77, 400), ended(78), ended(task, 0, 9)});
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), scheduler->runningCount());
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), processes->sent<Acknowledge>().size());
		CPPUNIT_ASSERT(stateOf(task) == TaskState::RUNNING);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), store->data().tasks.size());
	}

	void testSlots()
	{
		const TaskId running = store->addRunning("me", 300, OnCrash::REQUEUE);
		const TaskId adopted = store->addRunning("before", 301, OnCrash::REQUEUE);
		const TaskId lost = store->addRunning("before", 0, OnCrash::REQUEUE);
		start({started(running, 300)});
		settle();
		CPPUNIT_ASSERT(processes->sent<Spawn>().empty());
		end(adopted);
		CPPUNIT_ASSERT_EQUAL(lost, spawned(1).at(0));
		CPPUNIT_ASSERT_EQUAL(2u, processes->sent<Spawn>().at(0).key.run);
	}

	void testStoreFails()
	{
		const TaskId task = store->addRunning("me", 0, OnCrash::REQUEUE);
		store->failCommits(1);
		CPPUNIT_ASSERT_EQUAL(std::string("disk full"), messageOf<StoreException>([&] { start(); }));
		CPPUNIT_ASSERT(stateOf(task) == TaskState::RUNNING);
		CPPUNIT_ASSERT(processes->all().empty());
	}

	void testQueues()
	{
		settings->queues["late"].paused = true;
		const TaskId orphan = store->addRunning("before", 0, OnCrash::REQUEUE, "retired");
		start();
		settle();
		const auto queues = store->data().queues;
		CPPUNIT_ASSERT_EQUAL(std::size_t(4), queues.size());
		CPPUNIT_ASSERT(queues.at("late"));
		CPPUNIT_ASSERT(!queues.at("single"));
		// What is no longer configured keeps its tasks, and gets none.
		CPPUNIT_ASSERT(stateOf(orphan) == TaskState::QUEUED);
		CPPUNIT_ASSERT_EQUAL(std::string("queue: no queue 'retired' is configured; there is: default, late, single"),
			messageOf<ValidationException>([&] { submit(spec("retired")); }));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ReconcilerTest, "Task");
