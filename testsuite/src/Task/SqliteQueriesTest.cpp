#include "Task/SqliteQueries.h"
#include "StoreFixture.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;


class SqliteQueriesTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(SqliteQueriesTest);
	CPPUNIT_TEST(testPages);
	CPPUNIT_TEST(testFilters);
	CPPUNIT_TEST(testCompoundFilters);
	CPPUNIT_TEST(testNoRunsNoEnvironment);
	CPPUNIT_TEST(testHostileNames);
	CPPUNIT_TEST(testClaimUsesIndex);
	CPPUNIT_TEST(testWorkDoesNotGrow);
	CPPUNIT_TEST_SUITE_END();

	const TemporaryFolder _folder;
	const std::string _path = _folder.path("tasks.db");
	std::unique_ptr<TaskStore> _store;

	std::string listed(const TaskFilter& filter)
	{
		std::string ids;
		for (const Task& task : _store->list(filter)) (ids += ids.empty() ? "" : " ") += std::to_string(task.id);
		return ids;
	}

	void fill()
	/// 1 to 12: queues a and b by turns, every third labelled; 1, 2 and 3 end, 4 runs, 5 is canceled.
	{
		inTransaction(*_store,
			[&]
			{
				for (int i = 1; i <= 12; ++i)
				{
					TaskSpec spec = simpleSpec(i % 2 != 0 ? "a" : "b", i <= 4 ? 10 : 0);
					if (i % 3 == 0) spec.label = "third";
					_store->submit(spec, i);
				}
				Outcome failure;
				failure.state = TaskState::FAILED;
				failure.cause = Cause::EXIT_CODE;
				failure.exitCode = 3;
				_store->claim("a", 2, "s", 1);
				_store->claim("b", 2, "s", 1);
				_store->finish({1, 1}, success());
				_store->finish({2, 1}, failure);
				_store->finish({3, 1}, success());
				_store->cancelQueued(5, 1);
			});
	}

	static std::int64_t pagesAsked(const SqliteConnection& connection)
	{
		int hits = 0;
		int misses = 0;
		int unused = 0;
		sqlite3_db_status(connection.handle(), SQLITE_DBSTATUS_CACHE_HIT, &hits, &unused, 0);
		sqlite3_db_status(connection.handle(), SQLITE_DBSTATUS_CACHE_MISS, &misses, &unused, 0);
		return std::int64_t(hits) + misses;
	}

	std::int64_t pagesTouched(const std::function<void(SqliteConnection&)>& query)
	/// What a query costs, independent of the machine: pages asked of the cache.
	{
		SqliteConnection connection(_path, SqliteConnection::Use::READ);
		connection.execute("SELECT count(*) FROM sqlite_master");
		const auto before = pagesAsked(connection);
		query(connection);
		return pagesAsked(connection) - before;
	}

public:
	void setUp() override
	{
		_store = openSqliteTaskStore(_path);
	}

	void testPages()
	{
		CPPUNIT_ASSERT_EQUAL(std::string(), listed({}));
		fill();
		CPPUNIT_ASSERT_EQUAL(std::string("12 11 10 9 8 7 6 5 4 3 2 1"), listed({}));
		CPPUNIT_ASSERT_EQUAL(std::string("12 11 10"), listed({{}, "", "", 0, 3}));
		CPPUNIT_ASSERT_EQUAL(std::string("9 8 7"), listed({{}, "", "", 10, 3}));
		CPPUNIT_ASSERT_EQUAL(std::string("2 1"), listed({{}, "", "", 3, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string(), listed({{}, "", "", 1, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string(), listed({{}, "", "", 0, 0}));
		CPPUNIT_ASSERT_EQUAL(std::string(), listed({{}, "", "", 0, -5}));
	}

	void testFilters()
	{
		fill();
		CPPUNIT_ASSERT_EQUAL(std::string("11 9 7 5 3 1"), listed({{}, "a", "", 0, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string("12 10"), listed({{}, "b", "", 0, 2}));
		CPPUNIT_ASSERT_EQUAL(std::string(), listed({{}, "none", "", 0, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string("3 1"), listed({{TaskState::SUCCEEDED}, "", "", 0, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string("5 4 2"), listed({{TaskState::FAILED, TaskState::RUNNING, TaskState::CANCELED}, "", "", 0, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string("12 11 10"), listed({{TaskState::QUEUED}, "", "", 0, 3}));
		CPPUNIT_ASSERT_EQUAL(std::string("12 9 6 3"), listed({{}, "", "third", 0, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string(), listed({{}, "", "fourth", 0, 50}));
	}

	void testCompoundFilters()
	{
		fill();
		CPPUNIT_ASSERT_EQUAL(std::string("9 7 3 1"), listed({{TaskState::QUEUED, TaskState::SUCCEEDED}, "a", "", 11, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string("12 6"), listed({{}, "b", "third", 0, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string("9 6"), listed({{TaskState::QUEUED, TaskState::FAILED}, "", "third", 10, 2}));
		CPPUNIT_ASSERT_EQUAL(std::string("3"), listed({{TaskState::SUCCEEDED}, "a", "third", 0, 50}));
		CPPUNIT_ASSERT_EQUAL(std::string(), listed({{TaskState::SUCCEEDED}, "b", "third", 0, 50}));
	}

	void testNoRunsNoEnvironment()
	{
		fill();
		const Task task = _store->list({{TaskState::FAILED}, "", "", 0, 1}).at(0);
		CPPUNIT_ASSERT(task.runs.empty() && task.spec.environment.empty());
		CPPUNIT_ASSERT(task.exitCode == 3 && task.startedAt == 1 && task.spec.command == simpleSpec().command && task.attempt == 1);
	}

	void testHostileNames()
	{
		fill();
		for (const char* name : {"'", "' OR 1=1 --", "a\" OR \"\"=\"", "%s%n", "?"})
		{
			CPPUNIT_ASSERT_EQUAL(std::string(), listed({{}, name, "", 0, 50}));
			CPPUNIT_ASSERT_EQUAL(std::string(), listed({{}, "", name, 0, 50}));
			TaskSpec spec = simpleSpec(name);
			spec.label = name;
			const TaskId id = submitOne(*_store, spec);
			CPPUNIT_ASSERT_EQUAL(std::to_string(id), listed({{TaskState::QUEUED}, name, name, 0, 50}));
		}
	}

	void testClaimUsesIndex()
	{
		std::string sql = SELECT_NEXT;
		for (const char* parameter : {"'default'", "5"}) sql.replace(sql.find('?'), 1, parameter);
		std::string plan;
		for (const std::string& part : runSql(_path, "EXPLAIN QUERY PLAN " + sql)) plan += part + '\n';
		CPPUNIT_ASSERT_MESSAGE(plan, contains(plan, "SEARCH tasks USING INDEX tasks_to_claim (queue=?)"));
		CPPUNIT_ASSERT_MESSAGE(plan, !contains(plan, "TEMP B-TREE") && !contains(plan, "SCAN"));
	}

	void testWorkDoesNotGrow()
	{
		const auto cost = [&]
		{
			std::vector<std::int64_t> pages;
			pages.push_back(pagesTouched([](SqliteConnection& connection) { nextTasks(connection, "default", 5); }));
			pages.push_back(pagesTouched([](SqliteConnection& connection) { countTasks(connection); }));
			pages.push_back(pagesTouched([](SqliteConnection& connection) { runningTasks(connection); }));
			for (const TaskFilter& filter : {TaskFilter{{}, "", "", 0, 5}, TaskFilter{{TaskState::QUEUED}, "", "", 0, 5},
					 TaskFilter{{TaskState::SUCCEEDED}, "", "", 0, 5}, TaskFilter{{}, "default", "", 0, 5}, TaskFilter{{}, "", "l", 0, 5}})
				pages.push_back(pagesTouched([&](SqliteConnection& connection) { listTasks(connection, filter); }));
			return pages;
		};
		TaskSpec labelled = simpleSpec();
		labelled.label = "l";
		for (int i = 0; i < 10; ++i) submitOne(*_store, labelled);
		claimSome(*_store, 5);
		for (TaskId id = 1; id <= 3; ++id) inTransaction(*_store, [&] { _store->finish({id, 1}, success()); });
		const auto small = cost();
		inTransaction(*_store,
			[&]
			{
				for (int i = 0; i < 20000; ++i) _store->submit(simpleSpec("default", i % 7), 1);
			});
		const auto large = cost();
		// The trees are a level or two deeper; the rows of a page lie scattered. 20,000 rows fill some 900 pages.
		for (std::size_t i = 0; i < small.size(); ++i)
			CPPUNIT_ASSERT_MESSAGE(
				"query " + std::to_string(i) + ": " + std::to_string(small[i]) + ", " + std::to_string(large[i]), large[i] < small[i] + 30);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SqliteQueriesTest, "Task");
