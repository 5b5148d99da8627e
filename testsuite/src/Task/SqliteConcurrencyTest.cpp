#include "StoreFixture.h"
#include <atomic>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>


using namespace TaskDaemon;


class SqliteConcurrencyTest: public CppUnit::TestFixture
/// Readers beside the writer, a process killed in the midst of it, a disk without space.
{
	CPPUNIT_TEST_SUITE(SqliteConcurrencyTest);
	CPPUNIT_TEST(testReadersSeeWholeCommits);
	CPPUNIT_TEST(testReadsDuringOpenTransaction);
	CPPUNIT_TEST(testKilledInTransaction);
	CPPUNIT_TEST(testKilledAnywhere);
	CPPUNIT_TEST(testNoSpace);
	CPPUNIT_TEST_SUITE_END();

	const TemporaryFolder _folder;
	const std::string _path = _folder.path("tasks.db");

	static void expectConsistent(TaskStore& store, std::string& problem)
	/// Each commit adds ten tasks and turns the last ten to running, so any other sum was seen in the middle of one.
	{
		const auto counts = store.counts();
		const auto found = counts.find("default");
		if (found == counts.end()) return;
		std::int64_t total = 0;
		for (const auto& [state, n] : found->second.tasks) total += n;
		if (total % 10 != 0) problem = "total " + std::to_string(total);
		const auto newest = store.list({{}, "", "", 0, 1});
		if (newest.empty() || newest[0].id % 10 != 0) problem = "newest task " + std::to_string(newest.empty() ? 0 : newest[0].id);
		if (newest.empty()) return;
		const auto task = store.find(newest[0].id);
		if (!task || task->state != TaskState::RUNNING || task->runs.size() != 1) problem = "task without its run";
		if (!store.list({{TaskState::QUEUED}, "", "", 0, 1}).empty()) problem = "queued task seen";
	}

	static void submitAndClaim(TaskStore& store)
	{
		inTransaction(store,
			[&]
			{
				for (int i = 0; i < 10; ++i) store.submit(simpleSpec(), 1);
				store.claim("default", 10, "s", 1);
			});
	}

	static int killAfterReady(pid_t child, int ready)
	/// The last number that the child wrote before it was killed.
	{
		int number = -1;
		CPPUNIT_ASSERT_EQUAL(ssize_t(sizeof number), ::read(ready, &number, sizeof number));
		::kill(child, SIGKILL);
		::waitpid(child, nullptr, 0);
		int later = 0;
		while (::read(ready, &later, sizeof later) == sizeof later) number = later;
		::close(ready);
		return number;
	}

public:
	void testReadersSeeWholeCommits()
	{
		const auto store = openSqliteTaskStore(_path);
		submitAndClaim(*store);
		std::atomic<bool> done{false};
		std::atomic<int> reads{0};
		std::vector<std::string> problems(6); // more threads than the pool has connections
		std::vector<std::thread> readers;
		readers.reserve(problems.size());
		for (std::string& problem : problems)
		{
			readers.emplace_back(
				[&]
				{
					try
					{
						while (!done && problem.empty())
						{
							expectConsistent(*store, problem);
							++reads;
						}
					}
					catch (const std::exception& exception)
					{
						problem = exception.what();
					}
				});
		}
		for (int turn = 0; turn < 150 || reads < 300; ++turn) submitAndClaim(*store);
		done = true;
		for (std::thread& reader : readers) reader.join();
		for (const std::string& problem : problems) CPPUNIT_ASSERT_EQUAL(std::string(), problem);
	}

	void testReadsDuringOpenTransaction()
	{
		const auto store = openSqliteTaskStore(_path);
		submitOne(*store);
		store->begin();
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), store->claim("default", 1, "s", 1).size());
		store->submit(simpleSpec(), 1);
		CPPUNIT_ASSERT(store->find(1)->state == TaskState::QUEUED && !store->find(2));
		CPPUNIT_ASSERT(store->counts()["default"].tasks[TaskState::QUEUED] == 1);
		store->commit();
		CPPUNIT_ASSERT(store->find(1)->state == TaskState::RUNNING && store->find(2));
	}

	void testKilledInTransaction()
	{
		int ready[2];
		CPPUNIT_ASSERT_EQUAL(0, ::pipe(ready));
		constexpr int COMMITS = 7;
		const pid_t child = forkChild(
			[&]
			{
				const auto store = openSqliteTaskStore(_path);
				for (int i = 0; i < COMMITS; ++i) submitOne(*store);
				store->begin();
				for (int i = 0; i < 3000; ++i) store->submit(simpleSpec(), 1); // enough to spill into the log
				store->claim("default", 2, "s", 1);
				if (::write(ready[1], &COMMITS, sizeof COMMITS) < 0) ::_exit(2);
				::pause();
			});
		::close(ready[1]);
		CPPUNIT_ASSERT_EQUAL(COMMITS, killAfterReady(child, ready[0]));
		const auto store = openSqliteTaskStore(_path);
		CPPUNIT_ASSERT_EQUAL(std::size_t(COMMITS), store->list({{}, "", "", 0, 1000}).size());
		CPPUNIT_ASSERT(store->counts()["default"].tasks == (std::map<TaskState, std::int64_t>{{TaskState::QUEUED, COMMITS}}));
		CPPUNIT_ASSERT_EQUAL(TaskId(COMMITS + 1), submitOne(*store));
		CPPUNIT_ASSERT_EQUAL(std::string("ok"), runSql(_path, "PRAGMA integrity_check").at(0));
	}

	void testKilledAnywhere()
	{
		int told = 0;
		for (int round = 0; round < 10; ++round)
		{
			int ready[2];
			CPPUNIT_ASSERT_EQUAL(0, ::pipe(ready));
			const pid_t child = forkChild(
				[&]
				{
					const auto store = openSqliteTaskStore(_path);
					for (;;)
					{
						const int id = static_cast<int>(submitOne(*store));
						if (::write(ready[1], &id, sizeof id) < 0) ::_exit(2);
					}
				});
			::close(ready[1]);
			const int last = killAfterReady(child, ready[0]);
			CPPUNIT_ASSERT(last > told);
			told = last;
			// What was told is there; one more may have been committed and not told.
			const auto store = openSqliteTaskStore(_path);
			const TaskId newest = store->list({{}, "", "", 0, 1}).at(0).id;
			CPPUNIT_ASSERT(newest == told || newest == told + 1);
			CPPUNIT_ASSERT_EQUAL(std::int64_t(newest), store->counts()["default"].tasks[TaskState::QUEUED]);
		}
	}

	void testNoSpace()
	{
		const pid_t child = forkChild(
			[&]
			{
				// EFBIG stands for what a disk may say to write(2) in the midst of a commit.
				::signal(SIGXFSZ, SIG_IGN);
				const auto store = openSqliteTaskStore(_path);
				submitOne(*store);
				const rlimit small{200000, 200000};
				::setrlimit(RLIMIT_FSIZE, &small);
				TaskSpec big = simpleSpec();
				big.command.emplace_back(500000, 'x');
				const std::string message = failureOf([&] { submitOne(*store, big); }, EXIT_SOFTWARE);
				store->rollback();
				const bool told = contains(message, "cannot commit in the task store '") && contains(message, "disk I/O error");
				::_exit(told && store->find(1) && !store->find(2) && submitOne(*store) == 2 ? 0 : 1);
			});
		int status = -1;
		CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
		CPPUNIT_ASSERT_EQUAL(0, status);
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), openSqliteTaskStore(_path)->list({}).size());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SqliteConcurrencyTest, "Task");
