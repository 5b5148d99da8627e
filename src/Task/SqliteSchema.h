#ifndef TaskDaemon_Task_SqliteSchema_INCLUDED
#define TaskDaemon_Task_SqliteSchema_INCLUDED


#include "SqliteConnection.h"
#include <string>
#include <vector>


namespace TaskDaemon {


class SqliteSchema
/// The tables and how they came to be: a list of migrations, each a text of SQL statements, the n-th of which makes schema n
/// (PRAGMA user_version) of schema n-1. A migration that has been released never changes; a new schema is a new entry.
/// Immutable, hence thread-safe. Errors: StoreException.
{
public:
	explicit SqliteSchema(std::vector<std::string> migrations): _migrations(std::move(migrations)) {}

	static SqliteSchema current();
	/// That of this program.

	const std::vector<std::string>& migrations() const
	{
		return _migrations;
	}

	void build(const std::string& path) const;
	/// Makes the whole schema in an empty file, in WAL mode, and closes it with nothing left in a log.

	void check(SqliteConnection& connection) const;
	/// Refuses a schema newer than ours, and a file whose schema or trees cannot be read. Touches one page or two of each tree, so its
	/// time does not grow with the file; what is damaged elsewhere shows when it is read. Writes nothing.

	void migrate(SqliteConnection& connection) const;
	/// Brings an older schema up to ours, one transaction a step: a killed migration goes on where it was.

private:
	std::int64_t version(SqliteConnection& connection) const;

	std::vector<std::string> _migrations;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteSchema_INCLUDED
