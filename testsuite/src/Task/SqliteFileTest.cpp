#include "StoreFixture.h"
#include "Task/SqliteHeader.h"
#include "Task/SqliteTaskStore.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>


using namespace TaskDaemon;


class SqliteFileTest: public CppUnit::TestFixture
/// What happens to the file: creation, guard, and everything that must be refused with the file left as it is.
{
	CPPUNIT_TEST_SUITE(SqliteFileTest);
	CPPUNIT_TEST(testCreation);
	CPPUNIT_TEST(testPrivateModes);
	CPPUNIT_TEST(testLeftoverOfKilledCreation);
	CPPUNIT_TEST(testGuard);
	CPPUNIT_TEST(testGuardGoesWithItsProcess);
	CPPUNIT_TEST(testNoDatabase);
	CPPUNIT_TEST(testTruncated);
	CPPUNIT_TEST(testDamagedPages);
	CPPUNIT_TEST(testDamageMetLater);
	CPPUNIT_TEST(testDamageBesideLog);
	CPPUNIT_TEST(testLogWithoutDatabase);
	CPPUNIT_TEST(testForeignDatabase);
	CPPUNIT_TEST(testNewerSchema);
	CPPUNIT_TEST(testMigration);
	CPPUNIT_TEST(testNotAPlainFile);
	CPPUNIT_TEST(testForeignOwner);
	CPPUNIT_TEST(testFolder);
	CPPUNIT_TEST_SUITE_END();

	static constexpr std::size_t PAGE = 4096;

	const TemporaryFolder _folder;
	const std::string _path = _folder.path("tasks.db");

	static mode_t modeOf(const std::string& path)
	{
		struct stat info
		{
		};
		CPPUNIT_ASSERT_EQUAL_MESSAGE(path, 0, ::stat(path.c_str(), &info));
		return info.st_mode & 07777U;
	}

	std::size_t fileCount() const
	{
		const std::filesystem::directory_iterator files(_folder.path());
		return static_cast<std::size_t>(std::distance(begin(files), end(files)));
	}

	std::string intactFile(int tasks = 1)
	{
		{
			const auto store = openSqliteTaskStore(_path);
			inTransaction(*store,
				[&]
				{
					for (int i = 0; i < tasks; ++i) store->submit(simpleSpec(), 1);
				});
		}
		return _folder.read("tasks.db");
	}

	void expectRefused(const std::string& content, const std::string& reason)
	/// Damage: the path, the reason and the remedy are told, nothing in the folder has changed.
	{
		_folder.write("tasks.db", content);
		const std::size_t files = fileCount();
		const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_CONFIG);
		for (const std::string& part : {_path, reason, std::string(DAMAGE_REMEDY)})
			CPPUNIT_ASSERT_MESSAGE(message, contains(message, part));
		CPPUNIT_ASSERT(_folder.read("tasks.db") == content);
		CPPUNIT_ASSERT_EQUAL(files, fileCount());
	}

	std::size_t rootPage(const std::string& name) const
	{
		return std::stoul(runSql(_path, "SELECT rootpage FROM sqlite_master WHERE name = '" + name + "'").at(0));
	}

	static void flip(std::string& content, std::size_t page)
	{
		for (std::size_t i = (page - 1) * PAGE; i < page * PAGE; ++i) content[i] = static_cast<char>(~content[i]);
	}

public:
	void testCreation()
	{
		{
			const auto store = openSqliteTaskStore(_path);
			submitOne(*store);
		}
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), fileCount());
		CPPUNIT_ASSERT_EQUAL(std::string("wal"), runSql(_path, "PRAGMA journal_mode").at(0));
		const auto store = openSqliteTaskStore(_path);
		CPPUNIT_ASSERT(store->find(1));
	}

	void testPrivateModes()
	{
		const mode_t before = ::umask(0);
		auto store = openSqliteTaskStore(_path);
		submitOne(*store);
		store->counts();
		::umask(before);
		for (const char* suffix : {"", "-wal", "-shm"}) CPPUNIT_ASSERT_EQUAL(mode_t(0600), modeOf(_path + suffix));
		store.reset();
		CPPUNIT_ASSERT_EQUAL(0, ::chmod(_path.c_str(), 0664));
		store = openSqliteTaskStore(_path);
		CPPUNIT_ASSERT_EQUAL(mode_t(0600), modeOf(_path));
	}

	void testLeftoverOfKilledCreation()
	{
		_folder.write("tasks.db.new", "half a database");
		_folder.write("tasks.db.new-journal", "its journal");
		{
			const auto store = openSqliteTaskStore(_path);
			submitOne(*store);
		}
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), fileCount());
	}

	void testGuard()
	{
		auto store = openSqliteTaskStore(_path);
		const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_TEMPFAIL);
		CPPUNIT_ASSERT_MESSAGE(message, contains(message, _path) && contains(message, "another TaskDaemon service"));
		submitOne(*store);
		// An administrator may look on.
		CPPUNIT_ASSERT_EQUAL(std::string("1"), runSql(_path, "SELECT count(*) FROM tasks").at(0));
		store.reset();
		openSqliteTaskStore(_path);
	}

	void testGuardGoesWithItsProcess()
	{
		int ready[2];
		CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ready, O_CLOEXEC));
		const pid_t child = forkChild(
			[&]
			{
				const auto store = openSqliteTaskStore(_path);
				submitOne(*store);
				if (::write(ready[1], "x", 1) < 0) ::_exit(2);
				::pause();
			});
		::close(ready[1]);
		char byte = 0;
		CPPUNIT_ASSERT_EQUAL(ssize_t(1), ::read(ready[0], &byte, 1));
		CPPUNIT_ASSERT(contains(failureOf([&] { openSqliteTaskStore(_path); }, EXIT_TEMPFAIL), "another TaskDaemon service"));
		::kill(child, SIGKILL);
		::waitpid(child, nullptr, 0);
		::close(ready[0]);
		CPPUNIT_ASSERT(openSqliteTaskStore(_path)->find(1));
	}

	void testNoDatabase()
	{
		expectRefused("this is not a database, and longer than the header of a database would be, to be sure of it: 100 bytes at least",
			"no SQLite database");
		expectRefused("short", "no SQLite database");
		expectRefused("", "it is empty");
		expectRefused(std::string(8 * PAGE, '\0'), "no SQLite database");
		::unlink(_path.c_str());
		std::string content = intactFile();
		expectRefused(std::string(100, '\0') + content.substr(100), "no SQLite database");
		content[16] = 3;
		expectRefused(content, "impossible page size");
	}

	void testTruncated()
	{
		const std::string content = intactFile(2000);
		expectRefused(content.substr(0, content.size() / 2), "bytes are left of");
		expectRefused(content.substr(0, content.size() - 1), "bytes are left of");
		expectRefused(content.substr(0, PAGE), "bytes are left of");
		expectRefused(content.substr(0, 50), "no SQLite database");
	}

	void testDamagedPages()
	{
		const std::string content = intactFile(2000);
		for (const char* name :
			{"tasks", "runs", "queues", "counters", "environments", "tasks_to_claim", "tasks_by_queue_state", "tasks_by_label"})
		{
			_folder.write("tasks.db", content);
			std::string damaged = content;
			flip(damaged, rootPage(name));
			expectRefused(damaged, "damaged");
		}
		std::string damaged = content;
		std::fill(damaged.begin() + 100, damaged.begin() + PAGE, '\xff'); // the schema
		expectRefused(damaged, "damaged");
	}

	void testDamageMetLater()
	{
		std::string content = intactFile(5000);
		// A page of rows in the middle of the table, which no start reads.
		const std::string marker("/bin/true\0", 10);
		flip(content, content.find(marker, content.size() / 2) / PAGE + 1);
		_folder.write("tasks.db", content);
		const auto store = openSqliteTaskStore(_path);
		std::string message;
		for (TaskId id = 1; id <= 5000 && message.empty(); ++id)
		{
			try
			{
				store->find(id);
			}
			catch (const StoreException& exception)
			{
				CPPUNIT_ASSERT_EQUAL(int(EXIT_CONFIG), exception.exitCode());
				message = exception.what();
			}
		}
		CPPUNIT_ASSERT_MESSAGE(message, contains(message, "cannot find a task in the task store '" + _path + "': the file is damaged"));
		CPPUNIT_ASSERT(contains(message, DAMAGE_REMEDY));
		// Whoever asks for what is intact is served.
		CPPUNIT_ASSERT(store->find(1) && store->find(5000));
	}

	void testDamageBesideLog()
	{
		// As after a kill: commits in the log, which must survive the refusal.
		std::string database;
		std::string log;
		std::size_t page = 0;
		{
			const auto store = openSqliteTaskStore(_path);
			submitOne(*store);
			database = _folder.read("tasks.db"); // now, for the close writes the log back
			log = _folder.read("tasks.db-wal");
			page = rootPage("queues");
		}
		CPPUNIT_ASSERT(!log.empty());
		_folder.write("tasks.db-wal", log);
		flip(database, page);
		_folder.write("tasks.db", database);
		const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_CONFIG);
		CPPUNIT_ASSERT_MESSAGE(message, contains(message, "damaged"));
		CPPUNIT_ASSERT(_folder.read("tasks.db") == database && _folder.read("tasks.db-wal") == log);
	}

	void testLogWithoutDatabase()
	{
		_folder.write("tasks.db-wal", "the last commits");
		const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_CONFIG);
		CPPUNIT_ASSERT_MESSAGE(message, contains(message, _path) && contains(message, "last commits"));
		CPPUNIT_ASSERT_EQUAL(std::string("the last commits"), _folder.read("tasks.db-wal"));
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), fileCount());
	}

	void testForeignDatabase()
	{
		runSql(_path, "CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
		const std::string content = _folder.read("tasks.db");
		const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_CONFIG);
		CPPUNIT_ASSERT_MESSAGE(message, contains(message, _path) && contains(message, "another program"));
		CPPUNIT_ASSERT(_folder.read("tasks.db") == content);
	}

	void testNewerSchema()
	{
		intactFile();
		runSql(_path, "PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
		const std::string content = _folder.read("tasks.db");
		const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_CONFIG);
		CPPUNIT_ASSERT_MESSAGE(
			message, contains(message, _path) && contains(message, "schema 99") && contains(message, "newer TaskDaemon"));
		CPPUNIT_ASSERT(_folder.read("tasks.db") == content);
	}

	void testMigration()
	{
		intactFile();
		auto migrations = SqliteSchema::current().migrations();
		migrations.emplace_back("CREATE TABLE extra (x INTEGER); INSERT INTO extra VALUES (7)");
		const std::string broken = "CREATE TABLE half (x); this is no SQL";
		{
			auto failing = migrations;
			failing.push_back(broken);
			CPPUNIT_ASSERT(
				contains(failureOf([&] { SqliteTaskStore(_path, SqliteSchema(failing)); }, EXIT_SOFTWARE), "cannot migrate the schema"));
		}
		// The step that succeeded is kept, of the other one nothing.
		CPPUNIT_ASSERT_EQUAL(std::to_string(migrations.size()), runSql(_path, "PRAGMA user_version").at(0));
		CPPUNIT_ASSERT_EQUAL(std::string("0"), runSql(_path, "SELECT count(*) FROM sqlite_master WHERE name = 'half'").at(0));
		SqliteTaskStore store(_path, SqliteSchema(migrations));
		CPPUNIT_ASSERT_EQUAL(std::string("7"), runSql(_path, "SELECT x FROM extra").at(0));
		CPPUNIT_ASSERT(store.find(1));
	}

	void testNotAPlainFile()
	{
		const auto refused = [&](const std::string& reason)
		{
			const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_CONFIG);
			CPPUNIT_ASSERT_MESSAGE(message, contains(message, _path) && contains(message, reason));
		};
		const std::string target = _folder.write("target", "precious");
		CPPUNIT_ASSERT_EQUAL(0, ::symlink(target.c_str(), _path.c_str()));
		refused("symbolic link");
		::unlink(_path.c_str());
		CPPUNIT_ASSERT_EQUAL(0, ::symlink("/nowhere/at/all", _path.c_str()));
		refused("symbolic link");
		::unlink(_path.c_str());
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_path.c_str(), 0600));
		refused("not a regular file");
		::unlink(_path.c_str());
		CPPUNIT_ASSERT_EQUAL(0, ::mkdir(_path.c_str(), 0700));
		refused("not a regular file");
		::rmdir(_path.c_str());
		CPPUNIT_ASSERT_EQUAL(0, ::symlink(target.c_str(), (_path + ".new").c_str()));
		CPPUNIT_ASSERT(failureOf([&] { openSqliteTaskStore(_path); }, EXIT_SOFTWARE) != "no exception");
		CPPUNIT_ASSERT_EQUAL(std::string("precious"), _folder.read("target"));
	}

	void testForeignOwner()
	{
		if (::geteuid() != 0) return; // only root can give files away
		intactFile();
		CPPUNIT_ASSERT_EQUAL(0, ::chown(_path.c_str(), 12345, 12345));
		const std::string message = failureOf([&] { openSqliteTaskStore(_path); }, EXIT_NOPERM);
		CPPUNIT_ASSERT_MESSAGE(message, contains(message, "user id 12345") && contains(message, "chown"));
	}

	void testFolder()
	{
		const std::string missing = _folder.path("no/such/tasks.db");
		const std::string message = failureOf([&] { openSqliteTaskStore(missing); }, EXIT_SOFTWARE);
		CPPUNIT_ASSERT_MESSAGE(message, contains(message, missing) && contains(message, "No such file"));
		CPPUNIT_ASSERT(contains(failureOf([] { openSqliteTaskStore("tasks.db"); }, EXIT_CONFIG), "not an absolute path"));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SqliteFileTest, "Task");
