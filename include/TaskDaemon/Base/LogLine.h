#ifndef TaskDaemon_Base_LogLine_INCLUDED
#define TaskDaemon_Base_LogLine_INCLUDED


#include <cstdint>
#include <string>
#include <string_view>


namespace TaskDaemon {


class LogLine
/// One log message with its fields: LogLine("task ended").field("task", 17).field("cause", "signal") gives
/// `task ended task=17 cause=signal`. Values are escaped, and quoted where they hold blanks, quotes or '='. Passes to
/// Poco::Logger's functions as a string. Not thread-safe; a temporary.
{
public:
	explicit LogLine(std::string_view message): _text(message) {}

	LogLine& field(std::string_view key, std::string_view value);
	LogLine& field(std::string_view key, std::int64_t value);

	operator const std::string&() const
	{
		return _text;
	}

private:
	std::string _text;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Base_LogLine_INCLUDED
