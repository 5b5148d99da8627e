#include "SqliteEnvironments.h"
#include "SqliteRows.h"


namespace TaskDaemon {


namespace {


using Poco::Data::Keywords::into;
using Poco::Data::Keywords::use;


std::int64_t hashOf(const Poco::Data::CLOB& block)
/// FNV-1a. It ends up on disk, so it must be the same in every build, which std::hash does not promise.
{
	std::uint64_t hash = 0xcbf29ce484222325U;
	for (const char c : block.content()) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
	return static_cast<std::int64_t>(hash);
}


} // namespace


std::int64_t SqliteEnvironments::idOf(SqliteConnection& connection, const std::vector<std::string>& environment)
{
	Poco::Data::CLOB block = blockOf(environment);
	if (_id != 0 && block == _block) return _id;

	// ifnull: POCO binds an empty CLOB as NULL.
	std::int64_t hash = hashOf(block);
	std::int64_t id = 0;
	connection.execute("SELECT id FROM environments WHERE hash = ? AND block = ifnull(?, x'')", into(id), use(hash), use(block));
	if (id == 0)
		connection.execute(
			"INSERT INTO environments (hash, block) VALUES (?, ifnull(?, x'')) RETURNING id", into(id), use(hash), use(block));
	_block = block;
	_id = id;
	return id;
}


void SqliteEnvironments::clear() noexcept
{
	_id = 0;
}


} // namespace TaskDaemon
