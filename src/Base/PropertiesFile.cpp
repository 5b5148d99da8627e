#include "TaskDaemon/Base/PropertiesFile.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <cstdint>


namespace TaskDaemon {


namespace {


constexpr std::string_view BYTE_ORDER_MARK = "\xEF\xBB\xBF";


struct LogicalLine
/// A line with its continuations.
{
	std::string text;
	int line = 0;
};


bool isComment(std::string_view line)
{
	return line.empty() || line.front() == '#' || line.front() == '!';
}


bool endsInContinuation(std::string_view line)
/// An even number of backslashes at the end is that many halves of escaped backslashes.
{
	const std::size_t last = line.find_last_not_of('\\');
	const std::size_t backslashes = line.size() - (last == std::string_view::npos ? 0 : last + 1);
	return backslashes % 2 != 0;
}


std::string_view takeLine(std::string_view& text)
{
	const std::size_t end = text.find('\n');
	std::string_view line = text.substr(0, end);
	text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
	if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
	return line;
}


std::string_view withoutLeadingBlanks(std::string_view text)
{
	text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
	return text;
}


std::vector<LogicalLine> joinLines(std::string_view text, std::vector<ConfigMistake>& mistakes)
{
	std::vector<LogicalLine> result;
	bool continued = false;
	bool sound = true;
	for (int number = 1; !text.empty(); ++number)
	{
		std::string_view line = withoutLeadingBlanks(takeLine(text));
		if (!continued)
		{
			if (isComment(line)) continue;
			result.push_back({std::string(), number});
			sound = true;
		}
		if (line.find('\0') != std::string_view::npos || !isUtf8(line))
		{
			mistakes.push_back({number, isUtf8(line) ? "holds a NUL byte" : "is not UTF-8"});
			sound = false;
		}
		continued = endsInContinuation(line);
		if (continued) line.remove_suffix(1);
		result.back().text += line;
		if (!continued && !sound) result.pop_back();
	}
	if (continued)
	{
		mistakes.push_back({result.back().line, "the backslash at the end of the file continues nothing"});
		result.pop_back();
	}
	return result;
}


void appendUtf8(std::string& text, std::uint32_t code)
{
	const auto tail = [&text, code](int shift) { text += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
	if (code < 0x80)
	{
		text += static_cast<char>(code);
		return;
	}
	if (code < 0x800)
	{
		text += static_cast<char>(0xC0 | (code >> 6));
	}
	else
	{
		if (code < 0x10000)
		{
			text += static_cast<char>(0xE0 | (code >> 12));
		}
		else
		{
			text += static_cast<char>(0xF0 | (code >> 18));
			tail(12);
		}
		tail(6);
	}
	tail(0);
}


class ValueReader
/// Takes the escapes out of one value. Not thread-safe; throws Exception with the reason.
{
public:
	explicit ValueReader(std::string_view raw): _rest(withoutLeadingBlanks(raw)) {}

	std::string read()
	{
		std::string value;
		std::size_t kept = 0; // trailing blanks are dropped, but not escaped ones
		while (!_rest.empty())
		{
			if (_rest.substr(0, 2) == "${")
			{
				throw Exception("references like ${name} are not expanded; write the value itself, or \\${ for these two characters");
			}
			const char c = take();
			if (c == '\\')
			{
				readEscape(value);
				kept = value.size();
			}
			else
			{
				value += c;
				if (c != ' ' && c != '\t') kept = value.size();
			}
		}
		value.resize(kept);
		return value;
	}

private:
	char take()
	{
		const char c = _rest.front();
		_rest.remove_prefix(1);
		return c;
	}

	void readEscape(std::string& value)
	{
		const char c = take(); // there is one: a backslash at the end of a line was taken as a continuation
		switch (c)
		{
		case 't': value += '\t'; return;
		case 'n': value += '\n'; return;
		case 'r': value += '\r'; return;
		case 'f': value += '\f'; return;
		case 'u': appendUtf8(value, readCodePoint()); return;
		default: break;
		}
		const bool letterOrDigit = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (letterOrDigit) throw Exception(std::string("unknown escape \\") + c + "; write \\\\ for a backslash");
		value += c;
	}

	std::uint32_t readCodePoint()
	/// Characters beyond U+FFFF come as two escapes, the halves of a UTF-16 surrogate pair, as in Java.
	{
		const std::uint32_t first = readUnit();
		if (first == 0) throw Exception("\\u0000 is a NUL, which no value can hold");
		if (first < 0xD800 || first > 0xDFFF) return first;
		if (first < 0xDC00 && _rest.substr(0, 2) == "\\u")
		{
			_rest.remove_prefix(2);
			const std::uint32_t second = readUnit();
			if (second >= 0xDC00 && second <= 0xDFFF) return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
		}
		throw Exception("\\u escape of half a surrogate pair");
	}

	std::uint32_t readUnit()
	{
		const std::string_view digits = _rest.substr(0, 4);
		if (digits.size() < 4 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
		{
			throw Exception("\\u needs four hexadecimal digits");
		}
		_rest.remove_prefix(4);
		return static_cast<std::uint32_t>(std::stoul(std::string(digits), nullptr, 16));
	}

	std::string_view _rest;
};


ConfigEntry parseLine(const LogicalLine& line)
{
	const std::string_view text = line.text;
	const std::size_t separator = text.find_first_of("=:");
	if (separator == std::string_view::npos) throw Exception("no '=' in this line; write key = value, or begin a comment with #");
	const std::string_view key = trim(text.substr(0, separator));
	if (key.empty()) throw Exception("no key before '" + std::string(1, text[separator]) + "'");
	try
	{
		return {std::string(key), ValueReader(text.substr(separator + 1)).read(), line.line};
	}
	catch (const Exception& exc)
	{
		throw Exception(escapeControls(key.substr(0, 100)) + ": " + exc.what());
	}
}


} // namespace


std::vector<ConfigEntry> parseProperties(std::string_view text, std::vector<ConfigMistake>& mistakes)
{
	if (text.substr(0, BYTE_ORDER_MARK.size()) == BYTE_ORDER_MARK) text.remove_prefix(BYTE_ORDER_MARK.size());
	std::vector<ConfigEntry> entries;
	for (const LogicalLine& line : joinLines(text, mistakes))
	{
		try
		{
			entries.push_back(parseLine(line));
		}
		catch (const Exception& exc)
		{
			mistakes.push_back({line.line, exc.what()});
		}
	}
	return entries;
}


std::vector<ConfigEntry> parseProperties(std::string_view text, const std::string& file)
{
	std::vector<ConfigMistake> mistakes;
	std::vector<ConfigEntry> entries = parseProperties(text, mistakes);
	throwMistakes(file, std::move(mistakes));
	return entries;
}


void throwMistakes(const std::string& file, std::vector<ConfigMistake> mistakes)
{
	if (mistakes.empty()) return;
	std::stable_sort(mistakes.begin(), mistakes.end(), [](const ConfigMistake& a, const ConfigMistake& b) { return a.line < b.line; });
	std::string message;
	for (std::size_t i = 0; i < std::min(mistakes.size(), SHOWN_MISTAKES); ++i)
	{
		if (i > 0) message += '\n';
		message += file;
		if (mistakes[i].line > 0) message += ":" + std::to_string(mistakes[i].line);
		message += ": " + mistakes[i].reason;
	}
	if (mistakes.size() > SHOWN_MISTAKES)
		message += "\n" + file + ": " + std::to_string(mistakes.size() - SHOWN_MISTAKES) + " more mistakes";
	throw ConfigurationException(message);
}


} // namespace TaskDaemon
