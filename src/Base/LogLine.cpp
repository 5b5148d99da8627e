#include "TaskDaemon/Base/LogLine.h"
#include "TaskDaemon/Base/Text.h"


namespace TaskDaemon {


LogLine& LogLine::field(std::string_view key, std::string_view value)
{
	_text += ' ';
	_text += key;
	_text += '=';
	if (!value.empty() && value.find_first_of(" \"=\\") == std::string_view::npos)
	{
		_text += escapeControls(value);
		return *this;
	}
	// The value's own backslashes first, or the ones that escapeControls adds would be doubled; undoubled ones would take the quote's meaning.
	std::string quoted;
	for (const char c : value)
	{
		if (c == '"' || c == '\\') quoted += '\\';
		quoted += c;
	}
	_text += '"' + escapeControls(quoted) + '"';
	return *this;
}


LogLine& LogLine::field(std::string_view key, std::int64_t value)
{
	return field(key, std::string_view(std::to_string(value)));
}


} // namespace TaskDaemon
