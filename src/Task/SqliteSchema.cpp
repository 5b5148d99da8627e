#include "SqliteSchema.h"
#include "SqliteHeader.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Logger.h>


namespace TaskDaemon {


namespace {


using Poco::Data::Keywords::into;


// States, causes and policies are stored as their names (Task.h), so that the file explains itself. Times are microseconds.
// command and environments.block hold NUL-terminated strings, as /proc/PID/cmdline does. What belongs to a run and not to
// the task as a whole (pid, start) is in runs only. queues.changes grows with every setPaused(), because SQLite leaves out the
// write of a row that stays as it was, and the health check pauses anew what is paused to see whether a write reaches the disk.
const char* const VERSION_1 = R"sql(
CREATE TABLE environments (
	id INTEGER PRIMARY KEY,
	hash INTEGER NOT NULL,
	block BLOB NOT NULL
);
CREATE INDEX environments_by_hash ON environments (hash);
CREATE TABLE queues (
	name TEXT NOT NULL PRIMARY KEY,
	paused INTEGER NOT NULL,
	changes INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE TABLE counters (
	queue TEXT NOT NULL,
	state TEXT NOT NULL,
	n INTEGER NOT NULL,
	PRIMARY KEY (queue, state)
) WITHOUT ROWID;
CREATE TABLE tasks (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	state TEXT NOT NULL,
	cause TEXT NOT NULL DEFAULT '',
	queue TEXT NOT NULL,
	priority INTEGER NOT NULL,
	held INTEGER NOT NULL,
	attempt INTEGER NOT NULL DEFAULT 0,
	run INTEGER NOT NULL DEFAULT 0,
	exit_code INTEGER,
	signal INTEGER,
	detail TEXT NOT NULL DEFAULT '',
	submitted_at INTEGER NOT NULL,
	finished_at INTEGER NOT NULL DEFAULT 0,
	label TEXT NOT NULL,
	umask INTEGER NOT NULL,
	timeout INTEGER NOT NULL,
	kill_after INTEGER NOT NULL,
	on_crash TEXT NOT NULL,
	environment INTEGER NOT NULL REFERENCES environments (id),
	cwd TEXT NOT NULL,
	command BLOB NOT NULL
);
CREATE INDEX tasks_to_claim ON tasks (queue, priority DESC) WHERE state = 'queued' AND held = 0;
CREATE INDEX tasks_by_queue_state ON tasks (queue, state);
CREATE INDEX tasks_by_label ON tasks (label) WHERE label <> '';
CREATE TABLE runs (
	task INTEGER NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
	run INTEGER NOT NULL,
	attempt INTEGER NOT NULL,
	supervisor TEXT NOT NULL,
	pid INTEGER NOT NULL DEFAULT 0,
	pid_start_time INTEGER NOT NULL DEFAULT 0,
	started_at INTEGER NOT NULL,
	state TEXT,
	cause TEXT,
	exit_code INTEGER,
	signal INTEGER,
	detail TEXT,
	finished_at INTEGER,
	user_time INTEGER,
	system_time INTEGER,
	max_rss INTEGER,
	PRIMARY KEY (task, run)
) WITHOUT ROWID
)sql";


// One way down each tree. Schema 1 is the least that every store has.
const char* const PROBES[] = {
	"SELECT max(id) FROM environments",
	"SELECT max(hash) FROM environments INDEXED BY environments_by_hash",
	"SELECT count(*) FROM queues",
	"SELECT count(*) FROM counters",
	"SELECT count(*) FROM sqlite_sequence",
	"SELECT max(id) FROM tasks",
	"SELECT max(queue) FROM tasks INDEXED BY tasks_to_claim WHERE state = 'queued' AND held = 0",
	"SELECT max(queue) FROM tasks INDEXED BY tasks_by_queue_state",
	"SELECT max(label) FROM tasks INDEXED BY tasks_by_label WHERE label <> ''",
	"SELECT max(task) FROM runs",
};


} // namespace


SqliteSchema SqliteSchema::current()
{
	return SqliteSchema({VERSION_1});
}


std::int64_t SqliteSchema::version(SqliteConnection& connection) const
{
	std::int64_t version = 0;
	connection.execute("PRAGMA user_version", into(version));
	return version;
}


void SqliteSchema::build(const std::string& path) const
{
	SqliteConnection connection(path, SqliteConnection::Use::WRITE);
	connection.attempt("create the tables",
		[&]
		{
			connection.execute("PRAGMA application_id = " + std::to_string(SQLITE_APPLICATION_ID));
			connection.execute("PRAGMA journal_mode = WAL");
		});
	migrate(connection);
}


void SqliteSchema::check(SqliteConnection& connection) const
{
	std::int64_t found = 0;
	connection.attempt("read the schema",
		[&]
		{
			found = version(connection);
			if (found < 1) throw Poco::Data::SQLite::CorruptImageException("it has no schema");
		});
	if (found > static_cast<std::int64_t>(_migrations.size()))
	{
		throw StoreException("cannot open the task store '" + connection.path() + "': its schema " + std::to_string(found) +
								 " comes from a newer TaskDaemon, this one knows schemas up to " + std::to_string(_migrations.size()) +
								 "; install the newer program again, or restore a backup that is older",
			EXIT_CONFIG);
	}
	connection.attempt("read the tables",
		[&]
		{
			try
			{
				for (const char* probe : PROBES) connection.execute(probe);
			}
			catch (const Poco::Data::SQLite::InvalidSQLStatementException& exception)
			{
				// A table or an index of ours is not there.
				throw Poco::Data::SQLite::CorruptImageException(exception.message());
			}
		});
}


void SqliteSchema::migrate(SqliteConnection& connection) const
{
	connection.attempt("migrate the schema",
		[&]
		{
			for (auto next = version(connection) + 1; next <= static_cast<std::int64_t>(_migrations.size()); ++next)
			{
				connection.execute("BEGIN IMMEDIATE");
				connection.execute(_migrations[static_cast<std::size_t>(next - 1)]);
				connection.execute("PRAGMA user_version = " + std::to_string(next));
				connection.execute("COMMIT");
				Poco::Logger::get("store").information(LogLine("schema migrated").field("version", next));
			}
		});
}


} // namespace TaskDaemon
