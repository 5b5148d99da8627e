#include "TaskDaemon/Base/Text.h"
#include <charconv>


namespace TaskDaemon {


namespace {


std::size_t sequenceLength(std::string_view text)
/// The bytes of the well-formed UTF-8 sequence at the start of text, 0 when there is none (RFC 3629, section 4).
{
	const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
	const auto tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
	const unsigned lead = byte(0);
	if (lead < 0x80) return 1;
	if (lead >= 0xC2 && lead <= 0xDF) return tail(1) ? 2 : 0;
	if (lead >= 0xE0 && lead <= 0xEF)
	{
		if (lead == 0xE0 && byte(1) < 0xA0) return 0; // overlong
		if (lead == 0xED && byte(1) > 0x9F) return 0; // surrogates
		return tail(1) && tail(2) ? 3 : 0;
	}
	if (lead >= 0xF0 && lead <= 0xF4)
	{
		if (lead == 0xF0 && byte(1) < 0x90) return 0; // overlong
		if (lead == 0xF4 && byte(1) > 0x8F) return 0; // above U+10FFFF
		return tail(1) && tail(2) && tail(3) ? 4 : 0;
	}
	return 0;
}


void appendHex(std::string& out, unsigned char byte)
{
	static constexpr char DIGITS[] = "0123456789abcdef";
	out += "\\x";
	out += DIGITS[byte >> 4U];
	out += DIGITS[byte & 15U];
}


bool isSafeWord(std::string_view word)
{
	constexpr std::string_view SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_@%+=:,./-";
	return !word.empty() && word.find_first_not_of(SAFE) == std::string_view::npos;
}


} // namespace


bool isUtf8(std::string_view text)
{
	while (!text.empty())
	{
		const std::size_t length = sequenceLength(text);
		if (length == 0) return false;
		text.remove_prefix(length);
	}
	return true;
}


std::string sanitizeUtf8(std::string_view text)
{
	std::string out;
	out.reserve(text.size());
	while (!text.empty())
	{
		const std::size_t length = sequenceLength(text);
		out += length > 0 ? text.substr(0, length) : "\xEF\xBF\xBD";
		text.remove_prefix(length > 0 ? length : 1);
	}
	return out;
}


std::string escapeControls(std::string_view text)
{
	std::string out;
	out.reserve(text.size());
	while (!text.empty())
	{
		const std::size_t length = sequenceLength(text);
		const auto first = static_cast<unsigned char>(text[0]);
		const bool c1 = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
		if (text[0] == '\n')
			out += "\\n";
		else if (text[0] == '\t')
			out += "\\t";
		else if (text[0] == '\r')
			out += "\\r";
		else if (length == 0 || first < 0x20 || first == 0x7F)
			appendHex(out, first);
		else if (c1)
			appendHex(out, static_cast<unsigned char>(text[1]));
		else
			out += text.substr(0, length);
		text.remove_prefix(length > 0 ? length : 1);
	}
	return out;
}


std::string shellQuote(const std::vector<std::string>& words)
{
	std::string out;
	for (const std::string& word : words)
	{
		if (!out.empty()) out += ' ';
		if (isSafeWord(word))
		{
			out += word;
			continue;
		}
		out += '\'';
		for (const char c : word)
		{
			if (c == '\'')
				out += "'\\''";
			else
				out += c;
		}
		out += '\'';
	}
	return out;
}


std::optional<std::int64_t> parseInteger(std::string_view text)
{
	std::int64_t value = 0;
	const char* const end = text.data() + text.size();
	const auto [stop, error] = std::from_chars(text.data(), end, value);
	if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
	return value;
}


std::optional<unsigned> parseOctalMode(std::string_view text)
{
	unsigned value = 0;
	const char* const end = text.data() + text.size();
	const auto [stop, error] = std::from_chars(text.data(), end, value, 8);
	if (error != std::errc() || stop != end || text.empty() || value > 07777) return std::nullopt;
	return value;
}


std::optional<std::int64_t> parseSize(std::string_view text)
{
	if (text.empty() || text[0] == '-') return std::nullopt;
	std::int64_t unit = 1;
	switch (text.back())
	{
	case 'K': unit = std::int64_t(1) << 10; break;
	case 'M': unit = std::int64_t(1) << 20; break;
	case 'G': unit = std::int64_t(1) << 30; break;
	case 'T': unit = std::int64_t(1) << 40; break;
	default: break;
	}
	if (unit != 1) text.remove_suffix(1);
	const auto number = parseInteger(text);
	std::int64_t result = 0;
	if (!number || __builtin_mul_overflow(*number, unit, &result)) return std::nullopt;
	return result;
}


std::string_view trim(std::string_view text)
{
	constexpr std::string_view BLANKS = " \t";
	const std::size_t first = text.find_first_not_of(BLANKS);
	if (first == std::string_view::npos) return {};
	return text.substr(first, text.find_last_not_of(BLANKS) - first + 1);
}


} // namespace TaskDaemon
