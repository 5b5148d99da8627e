#include "StoreFixture.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class SqliteTaskStoreTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(SqliteTaskStoreTest);
	CPPUNIT_TEST(testSubmitKeepsEverything);
	CPPUNIT_TEST(testUnknownTask);
	CPPUNIT_TEST(testClaimOrder);
	CPPUNIT_TEST(testClaimGivesWholeTask);
	CPPUNIT_TEST(testClaimSeesOwnTransaction);
	CPPUNIT_TEST(testStartAndFinish);
	CPPUNIT_TEST(testFencing);
	CPPUNIT_TEST(testRequeue);
	CPPUNIT_TEST(testUnclaim);
	CPPUNIT_TEST(testCancelAndHold);
	CPPUNIT_TEST(testQueues);
	CPPUNIT_TEST(testUnchangedQueueIsWritten);
	CPPUNIT_TEST(testRunning);
	CPPUNIT_TEST(testRollback);
	CPPUNIT_TEST(testBigTransaction);
	CPPUNIT_TEST(testIdsAreNeverReused);
	CPPUNIT_TEST(testEnvironmentsAreShared);
	CPPUNIT_TEST(testCountersAgree);
	CPPUNIT_TEST_SUITE_END();

	const TemporaryFolder _folder;
	const std::string _path = _folder.path("tasks.db");
	std::unique_ptr<TaskStore> _store;

	std::int64_t count(const std::string& queue, TaskState state)
	{
		return _store->counts()[queue].tasks[state];
	}

	std::size_t environments() const
	{
		return std::stoul(runSql(_path, "SELECT count(*) FROM environments")[0]);
	}

public:
	void setUp() override
	{
		_store = openSqliteTaskStore(_path);
	}

	void testSubmitKeepsEverything()
	{
		TaskSpec spec;
		spec.command = {"/bin/echo", "", "two words", "\xff\xfe", std::string(100000, 'x')};
		spec.cwd = "/caf\xe9";
		spec.environment = {};
		spec.umask = 077;
		spec.label = "n\xc3\xa4htlich";
		spec.queue = "q.1";
		spec.priority = -32768;
		spec.timeout = 86400 * SECOND;
		spec.killAfter = 0;
		spec.onCrash = OnCrash::HOLD;
		spec.held = true;
		const Task task = _store->find(submitOne(*_store, spec, 1234567890123456)).value();
		CPPUNIT_ASSERT_EQUAL(TaskId(1), task.id);
		CPPUNIT_ASSERT(task.spec.command == spec.command);
		CPPUNIT_ASSERT_EQUAL(spec.cwd, task.spec.cwd);
		CPPUNIT_ASSERT(task.spec.environment.empty());
		CPPUNIT_ASSERT_EQUAL(077U, task.spec.umask);
		CPPUNIT_ASSERT_EQUAL(spec.label, task.spec.label);
		CPPUNIT_ASSERT_EQUAL(spec.queue, task.spec.queue);
		CPPUNIT_ASSERT_EQUAL(-32768, task.spec.priority);
		CPPUNIT_ASSERT_EQUAL(spec.timeout, task.spec.timeout);
		CPPUNIT_ASSERT_EQUAL(Microseconds(0), task.spec.killAfter);
		CPPUNIT_ASSERT(task.spec.onCrash == OnCrash::HOLD);
		CPPUNIT_ASSERT(task.held && task.spec.held);
		CPPUNIT_ASSERT(task.state == TaskState::QUEUED && task.cause == Cause::NONE);
		CPPUNIT_ASSERT_EQUAL(Microseconds(1234567890123456), task.submittedAt);
		CPPUNIT_ASSERT(task.attempt == 0 && task.run == 0 && task.pid == 0 && task.startedAt == 0 && task.finishedAt == 0);
		CPPUNIT_ASSERT(task.runs.empty() && !task.exitCode && !task.signal && task.detail.empty());
	}

	void testUnknownTask()
	{
		CPPUNIT_ASSERT(!_store->find(1) && !_store->find(-1));
		CPPUNIT_ASSERT(claimSome(*_store, 5).empty());
	}

	void testClaimOrder()
	{
		inTransaction(*_store,
			[&]
			{
				for (const int priority : {0, 5, -5, 5, 0}) _store->submit(simpleSpec("default", priority), 1);
				_store->submit(simpleSpec("other", 100), 1);
				TaskSpec held = simpleSpec("default", 100);
				held.held = true;
				_store->submit(held, 1);
			});
		std::string order;
		for (const Task& task : claimSome(*_store, 3)) order += std::to_string(task.id) + ' ';
		CPPUNIT_ASSERT(claimSome(*_store, 0).empty());
		CPPUNIT_ASSERT(claimSome(*_store, -1).empty());
		for (const Task& task : claimSome(*_store, 100)) order += std::to_string(task.id) + ' ';
		CPPUNIT_ASSERT_EQUAL(std::string("2 4 1 5 3 "), order);
		CPPUNIT_ASSERT(count("default", TaskState::RUNNING) == 5 && count("default", TaskState::QUEUED) == 1);
		CPPUNIT_ASSERT(count("other", TaskState::QUEUED) == 1);
	}

	void testClaimGivesWholeTask()
	{
		const TaskSpec spec = simpleSpec();
		submitOne(*_store, spec);
		const Task task = claimSome(*_store, 1).at(0);
		CPPUNIT_ASSERT(task.spec.command == spec.command && task.spec.environment == spec.environment && task.spec.cwd == spec.cwd);
		CPPUNIT_ASSERT(task.state == TaskState::RUNNING && task.run == 1 && task.attempt == 1 && task.pid == 0);
		CPPUNIT_ASSERT_EQUAL(Microseconds(200), task.startedAt);
		CPPUNIT_ASSERT(task.runs.empty());
		const Task stored = _store->find(task.id).value();
		CPPUNIT_ASSERT(stored.state == TaskState::RUNNING && stored.run == 1 && stored.attempt == 1 && stored.startedAt == 200);
		CPPUNIT_ASSERT(stored.runs.size() == 1 && stored.runs[0].run == 1 && stored.runs[0].attempt == 1 && !stored.runs[0].outcome);
	}

	void testClaimSeesOwnTransaction()
	{
		inTransaction(*_store,
			[&]
			{
				const TaskId first = _store->submit(simpleSpec(), 1);
				const TaskId second = _store->submit(simpleSpec(), 1);
				const TaskId third = _store->submit(simpleSpec(), 1);
				CPPUNIT_ASSERT(_store->cancelQueued(first, 2));
				CPPUNIT_ASSERT(_store->setHeld(second, true));
				CPPUNIT_ASSERT_EQUAL(third, _store->claim("default", 5, "s", 3).at(0).id);
				CPPUNIT_ASSERT_EQUAL(third, _store->running().at(0).key.task);
			});
		CPPUNIT_ASSERT(count("default", TaskState::CANCELED) == 1 && count("default", TaskState::RUNNING) == 1);
	}

	void testStartAndFinish()
	{
		submitOne(*_store);
		const RunKey key{1, claimSome(*_store, 1).at(0).run};
		Outcome outcome;
		outcome.state = TaskState::FAILED;
		outcome.cause = Cause::SIGNAL;
		outcome.signal = 9;
		outcome.detail = "killed by signal 9";
		outcome.finishedAt = 900;
		outcome.userTime = 11;
		outcome.systemTime = 12;
		outcome.maxRss = std::int64_t(5) << 32;
		inTransaction(*_store, [&] { CPPUNIT_ASSERT(_store->recordStart(key, 4711, 99, 300)); });
		Task task = _store->find(1).value();
		CPPUNIT_ASSERT(task.pid == 4711 && task.startedAt == 300 && task.runs.at(0).pid == 4711);
		inTransaction(*_store, [&] { CPPUNIT_ASSERT(_store->finish(key, outcome)); });
		task = _store->find(1).value();
		CPPUNIT_ASSERT(task.state == TaskState::FAILED && task.cause == Cause::SIGNAL && task.signal == 9 && !task.exitCode);
		CPPUNIT_ASSERT_EQUAL(outcome.detail, task.detail);
		CPPUNIT_ASSERT(task.finishedAt == 900 && task.startedAt == 300 && task.pid == 0 && task.attempt == 1);
		const Outcome stored = task.runs.at(0).outcome.value();
		CPPUNIT_ASSERT(stored.state == TaskState::FAILED && stored.cause == Cause::SIGNAL && stored.signal == 9 && !stored.exitCode);
		CPPUNIT_ASSERT(
			stored.userTime == 11 && stored.systemTime == 12 && stored.maxRss == std::int64_t(5) << 32 && stored.finishedAt == 900);
		CPPUNIT_ASSERT(count("default", TaskState::FAILED) == 1 && count("default", TaskState::RUNNING) == 0);
	}

	void testFencing()
	{
		submitOne(*_store);
		const RunKey first{1, claimSome(*_store, 1).at(0).run};
		inTransaction(*_store, [&] { CPPUNIT_ASSERT(_store->requeue(first, success(), false)); });
		const RunKey second{1, claimSome(*_store, 1).at(0).run};
		CPPUNIT_ASSERT_EQUAL(2U, second.run);
		const auto refused = [&](const RunKey& key)
		{
			inTransaction(*_store,
				[&]
				{
					CPPUNIT_ASSERT(!_store->recordStart(key, 1, 1, 1));
					CPPUNIT_ASSERT(!_store->finish(key, success()));
					CPPUNIT_ASSERT(!_store->requeue(key, success(), true));
					CPPUNIT_ASSERT(!_store->unclaim(key));
				});
		};
		refused(first);
		refused({1, 3});
		refused({2, 1});
		const Task task = _store->find(1).value();
		CPPUNIT_ASSERT(task.state == TaskState::RUNNING && task.run == 2 && task.pid == 0 && !task.held && task.runs.size() == 2);
		CPPUNIT_ASSERT(task.runs[0].pid == 0 && task.runs[0].outcome && !task.runs[1].outcome);
		inTransaction(*_store, [&] { CPPUNIT_ASSERT(_store->finish(second, success())); });
		refused(second);
		CPPUNIT_ASSERT(count("default", TaskState::SUCCEEDED) == 1 && count("default", TaskState::QUEUED) == 0);
	}

	void testRequeue()
	{
		submitOne(*_store);
		const RunKey key{1, claimSome(*_store, 1).at(0).run};
		Outcome outcome;
		outcome.state = TaskState::FAILED;
		outcome.cause = Cause::INTERRUPTED;
		outcome.signal = 15;
		outcome.finishedAt = 800;
		inTransaction(*_store, [&] { CPPUNIT_ASSERT(_store->requeue(key, outcome, true)); });
		Task task = _store->find(1).value();
		CPPUNIT_ASSERT(task.state == TaskState::QUEUED && task.held && task.attempt == 0 && task.run == 1 && task.cause == Cause::NONE);
		CPPUNIT_ASSERT(!task.signal && task.finishedAt == 0 && task.pid == 0);
		CPPUNIT_ASSERT(task.runs.at(0).outcome->cause == Cause::INTERRUPTED && task.runs.at(0).attempt == 1);
		CPPUNIT_ASSERT(claimSome(*_store, 1).empty());
		inTransaction(*_store, [&] { CPPUNIT_ASSERT(_store->setHeld(1, false)); });
		task = claimSome(*_store, 1).at(0);
		CPPUNIT_ASSERT(task.run == 2 && task.attempt == 1);
	}

	void testUnclaim()
	{
		submitOne(*_store);
		const RunKey key{1, claimSome(*_store, 1).at(0).run};
		inTransaction(*_store, [&] { CPPUNIT_ASSERT(_store->unclaim(key)); });
		const Task task = _store->find(1).value();
		CPPUNIT_ASSERT(task.state == TaskState::QUEUED && task.run == 0 && task.attempt == 0 && task.runs.empty() && task.startedAt == 0);
		CPPUNIT_ASSERT(count("default", TaskState::QUEUED) == 1 && count("default", TaskState::RUNNING) == 0);
		CPPUNIT_ASSERT_EQUAL(1U, claimSome(*_store, 1).at(0).run);
	}

	void testCancelAndHold()
	{
		submitOne(*_store);
		submitOne(*_store);
		inTransaction(*_store,
			[&]
			{
				CPPUNIT_ASSERT(_store->cancelQueued(1, 500));
				CPPUNIT_ASSERT(!_store->cancelQueued(1, 501));
				CPPUNIT_ASSERT(!_store->cancelQueued(99, 501));
				CPPUNIT_ASSERT(!_store->setHeld(1, true));
				CPPUNIT_ASSERT(!_store->setHeld(99, true));
			});
		const Task task = _store->find(1).value();
		CPPUNIT_ASSERT(task.state == TaskState::CANCELED && task.cause == Cause::CANCELED && task.finishedAt == 500);
		CPPUNIT_ASSERT_EQUAL(TaskId(2), claimSome(*_store, 5).at(0).id);
		inTransaction(*_store,
			[&]
			{
				CPPUNIT_ASSERT(!_store->cancelQueued(2, 600));
				CPPUNIT_ASSERT(!_store->setHeld(2, true));
			});
	}

	void testQueues()
	{
		inTransaction(*_store,
			[&]
			{
				_store->addQueue("default", false);
				_store->addQueue("slow", true);
			});
		CPPUNIT_ASSERT(_store->counts().size() == 2 && _store->counts()["slow"].paused && !_store->counts()["default"].paused);
		inTransaction(*_store,
			[&]
			{
				_store->setPaused("slow", false);
				_store->setPaused("default", true);
				_store->addQueue("slow", true);
			});
		_store.reset();
		_store = openSqliteTaskStore(_path);
		CPPUNIT_ASSERT(!_store->counts()["slow"].paused && _store->counts()["default"].paused);
	}

	void testUnchangedQueueIsWritten()
	{
		// The health check proves the disk writable by this.
		inTransaction(*_store, [&] { _store->setPaused("default", false); });
		const auto before = std::filesystem::file_size(_path + "-wal");
		inTransaction(*_store, [&] { _store->setPaused("default", false); });
		CPPUNIT_ASSERT(std::filesystem::file_size(_path + "-wal") > before);
	}

	void testRunning()
	{
		CPPUNIT_ASSERT(_store->running().empty());
		TaskSpec spec = simpleSpec("a");
		spec.onCrash = OnCrash::FAIL;
		submitOne(*_store, spec);
		submitOne(*_store, simpleSpec("b"));
		submitOne(*_store, simpleSpec("a"));
		claimSome(*_store, 1, "a");
		claimSome(*_store, 1, "b");
		inTransaction(*_store, [&] { _store->recordStart({1, 1}, 77, 18446744073709551615U, 300); });
		_store.reset();
		_store = openSqliteTaskStore(_path);
		const auto running = _store->running();
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), running.size());
		CPPUNIT_ASSERT(running[0].key == (RunKey{1, 1}) && running[0].queue == "a" && running[0].onCrash == OnCrash::FAIL);
		CPPUNIT_ASSERT(running[0].supervisor == "supervisor-1" && running[0].pid == 77 && running[0].pidStartTime == 18446744073709551615U);
		CPPUNIT_ASSERT(running[1].key == (RunKey{2, 1}) && running[1].pid == 0 && running[1].pidStartTime == 0);
	}

	void testRollback()
	{
		const TaskId kept = submitOne(*_store);
		TaskSpec spec = simpleSpec("rolled.back");
		spec.environment = {"ONLY=here"};
		_store->begin();
		_store->submit(spec, 1);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _store->claim("default", 1, "s", 1).size());
		_store->addQueue("rolled.back", true);
		_store->rollback();
		CPPUNIT_ASSERT(_store->find(kept)->state == TaskState::QUEUED && _store->find(kept)->runs.empty() && !_store->find(kept + 1));
		CPPUNIT_ASSERT(count("default", TaskState::QUEUED) == 1 && _store->counts().count("rolled.back") == 0);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), environments());
		// The environment that went with the rollback must be stored again, not remembered.
		const Task again = _store->find(submitOne(*_store, spec)).value();
		CPPUNIT_ASSERT(again.id == kept + 1 && again.spec.environment == spec.environment);
		_store->rollback();
		CPPUNIT_ASSERT(_store->find(again.id));
	}

	void testBigTransaction()
	{
		constexpr int COUNT = 2345;
		inTransaction(*_store,
			[&]
			{
				for (int i = 1; i <= COUNT; ++i) CPPUNIT_ASSERT_EQUAL(TaskId(i), _store->submit(simpleSpec(), i));
			});
		CPPUNIT_ASSERT_EQUAL(std::int64_t(COUNT), count("default", TaskState::QUEUED));
		for (const TaskId id : {1, 500, 501, 1000, COUNT}) CPPUNIT_ASSERT_EQUAL(Microseconds(id), _store->find(id)->submittedAt);
		CPPUNIT_ASSERT_EQUAL(std::size_t(COUNT), claimSome(*_store, COUNT).size());
	}

	void testIdsAreNeverReused()
	{
		for (int i = 0; i < 3; ++i) submitOne(*_store);
		_store.reset();
		runSql(_path, "PRAGMA foreign_keys = ON; DELETE FROM tasks WHERE id > 1; UPDATE counters SET n = 1");
		_store = openSqliteTaskStore(_path);
		CPPUNIT_ASSERT_EQUAL(TaskId(4), submitOne(*_store));
	}

	void testEnvironmentsAreShared()
	{
		TaskSpec other = simpleSpec();
		other.environment = {"PATH=/bin", "HOME=/home/x"};
		for (int i = 0; i < 10; ++i)
		{
			submitOne(*_store, simpleSpec());
			submitOne(*_store, other);
		}
		_store.reset();
		_store = openSqliteTaskStore(_path);
		submitOne(*_store, other);
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), environments());
		// The same hash with another block: only the block itself decides.
		runSql(_path, "UPDATE environments SET hash = (SELECT hash FROM environments WHERE id = 2) WHERE id = 1");
		submitOne(*_store, simpleSpec());
		CPPUNIT_ASSERT(_store->find(submitOne(*_store, other))->spec.environment == other.environment);
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), environments());
	}

	void testCountersAgree()
	{
		std::uint32_t random = 1;
		const auto next = [&](std::uint32_t below) { return (random = random * 1664525 + 1013904223) / 65536 % below; };
		std::vector<RunKey> keys;
		for (int turn = 0; turn < 200; ++turn)
		{
			_store->begin();
			for (std::uint32_t i = next(5); i > 0; --i) _store->submit(simpleSpec(next(2) != 0 ? "a" : "b", int(next(3))), 1);
			for (const Task& task : _store->claim(next(2) != 0 ? "a" : "b", int(next(4)), "s", 1)) keys.push_back({task.id, task.run});
			if (!keys.empty())
			{
				const RunKey key = keys[next(std::uint32_t(keys.size()))];
				switch (next(4))
				{
				case 0: _store->finish(key, success()); break;
				case 1: _store->requeue(key, success(), next(2) != 0); break;
				case 2: _store->unclaim(key); break;
				default: _store->cancelQueued(key.task, 1); break;
				}
			}
			if (next(4) == 0)
				_store->rollback();
			else
				_store->commit();
		}
		const auto counted = runSql(_path, "SELECT queue, state, count(*) FROM tasks GROUP BY 1, 2 ORDER BY 1, 2");
		const auto kept = runSql(_path, "SELECT queue, state, n FROM counters WHERE n <> 0 ORDER BY 1, 2");
		CPPUNIT_ASSERT(counted == kept);
		CPPUNIT_ASSERT(counted.size() > 9);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SqliteTaskStoreTest, "Task");
