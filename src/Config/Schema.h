#ifndef TaskDaemon_Config_Schema_INCLUDED
#define TaskDaemon_Config_Schema_INCLUDED


#include "TaskDaemon/Base/Paths.h"
#include "TaskDaemon/Config/Settings.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon {


enum class ValueType
{
	PATH,
	OPTIONAL_PATH,
	SOCKET_PATH,
	DURATION,
	INTEGER,
	PARALLELISM,
	BOOLEAN,
	MODE,
	CHOICE,
	OPTIONAL_ADDRESS,
	OPTIONAL_GROUP
};


struct Value
/// A value that was checked and typed.
{
	std::string text; /// paths, the group, the host of an address
	std::int64_t number = 0; /// microseconds, numbers, modes, the port of an address, 0 or 1, the index of a choice
};


enum class Reload
{
	APPLIES,
	NEEDS_RESTART
};


struct SchemaKey
/// Everything there is to know about one key.
{
	using Apply = void (*)(Settings& settings, const std::string& queue, const Value& value);

	std::string name; /// NAME in queue.NAME.* stands for the name of any queue
	ValueType type;
	std::string defaultValue; /// as a file would give it
	std::int64_t least; /// range, for DURATION in microseconds
	std::int64_t most;
	std::vector<std::string> choices;
	Reload reload;
	std::string text; /// one sentence
	Apply apply;

	std::string nameFor(const std::string& queue) const;
	/// The name with NAME replaced; that of any other key stays.

	std::string allowed() const;
	/// What a value may be: "a duration from 1ms to 1h".
};


struct SchemaMatch
{
	const SchemaKey* key = nullptr; /// none: no such key
	std::string queue; /// for queue.NAME.*
};


class Schema
/// The one table of all configuration keys. Immutable, so safe in every thread; the loader makes one a load. Queue names are not
/// checked here (isQueueName).
{
public:
	explicit Schema(const Paths& paths);
	/// The defaults of paths differ with the user and with --home.

	const std::vector<SchemaKey>& keys() const
	{
		return _keys;
	}

	SchemaMatch find(const std::string& name) const;
	/// queue.NAME.SETTING: everything between the first and the last dot is NAME, which may hold dots.

	bool isSection(const std::string& name) const;
	/// Whether keys begin with name and a dot: "log", "queue", "queue.default"; not for queues with a dot in the name, in which
	/// misspelt settings would hide.

	std::string suggest(const std::string& unknown) const;
	/// What to do about an unknown key: "did you mean log.level?", or the sections there are.

private:
	std::vector<SchemaKey> _keys;
};


bool isQueueName(std::string_view name);
/// Letters, digits, '_', '.' and '-', 1 to 64 of them.


} // namespace TaskDaemon


#endif // TaskDaemon_Config_Schema_INCLUDED
