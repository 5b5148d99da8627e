#include "Config/ConfigText.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>


namespace TaskDaemon {


namespace {


constexpr std::size_t SHOWN_BYTES = 80;


} // namespace


std::string shorten(std::string_view text)
{
	if (text.size() <= SHOWN_BYTES) return escapeControls(text);
	std::size_t end = SHOWN_BYTES;
	while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end; // never within a UTF-8 sequence
	return escapeControls(text.substr(0, end)) + "...";
}


std::string quote(std::string_view text)
{
	return "'" + shorten(text) + "'";
}


bool checkText(std::string_view text, std::vector<ConfigMistake>& mistakes)
{
	for (int line = 1; !text.empty(); ++line)
	{
		const std::size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
		const std::string_view current = text.substr(0, length);
		text.remove_prefix(length);
		if (isUtf8(current) && current.find('\0') == std::string_view::npos) continue;
		mistakes.push_back({line, isUtf8(current) ? "holds a NUL byte" : "is not UTF-8"});
		return false;
	}
	return true;
}


} // namespace TaskDaemon
