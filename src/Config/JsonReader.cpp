#include "Config/JsonReader.h"
#include "Config/ConfigText.h"
#include "Config/EntryBuilder.h"
#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <cstddef>
#include <iterator>


namespace TaskDaemon {


namespace {


class LineCountingIterator
/// Reads a text and counts its lines: the SAX interface of nlohmann::json tells no position, but it tells a key
/// right after its last character was read.
{
public:
	using iterator_category = std::input_iterator_tag;
	using value_type = char;
	using difference_type = std::ptrdiff_t;
	using pointer = const char*;
	using reference = const char&;

	LineCountingIterator(const char* position, int& line): _position(position), _line(&line) {}

	reference operator*() const
	{
		return *_position;
	}

	LineCountingIterator& operator++()
	{
		if (*_position++ == '\n') ++*_line;
		return *this;
	}

	bool operator==(const LineCountingIterator& other) const
	{
		return _position == other._position;
	}

	bool operator!=(const LineCountingIterator& other) const
	{
		return _position != other._position;
	}

private:
	const char* _position;
	int* _line;
};


class JsonHandler: public nlohmann::json_sax<Json>
/// Collects the entries; returns false to end the reading. Not thread-safe.
{
public:
	JsonHandler(std::string_view text, const int& line, std::vector<ConfigMistake>& mistakes):
		_text(text), _line(line), _mistakes(mistakes), _builder(mistakes)
	{}

	std::vector<ConfigEntry> takeEntries()
	{
		return _builder.takeEntries();
	}

	bool null() override
	{
		if (_depth == 0) return add({});
		if (_skipped == 0) _builder.addMistake(_keyLine, _name, "null is no value; write \"\" or leave the key out");
		return true;
	}

	bool boolean(bool value) override
	{
		return add(value ? "true" : "false");
	}

	bool number_integer(number_integer_t value) override
	{
		return add(std::to_string(value));
	}

	bool number_unsigned(number_unsigned_t value) override
	{
		return add(std::to_string(value));
	}

	bool number_float(number_float_t, const string_t& literal) override
	{
		return add(literal);
	}

	bool string(string_t& value) override
	{
		return add(value);
	}

	bool binary(binary_t&) override
	{
		return false; // exists in CBOR and its like only
	}

	bool key(string_t& name) override
	{
		_name = name;
		_keyLine = _line;
		return true;
	}

	bool start_object(std::size_t) override
	{
		if (_skipped > 0)
		{
			++_skipped;
			return true;
		}
		return _depth++ == 0 || _builder.enterUniqueSection(_name, _keyLine);
	}

	bool end_object() override
	{
		if (_skipped > 0)
			--_skipped;
		else if (--_depth > 0)
			_builder.leaveSection();
		return true;
	}

	bool start_array(std::size_t) override
	{
		if (_depth == 0) return add({});
		if (_skipped++ == 0) _builder.addMistake(_keyLine, _name, "a list; one value is expected");
		return true;
	}

	bool end_array() override
	{
		--_skipped;
		return true;
	}

	bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception& error) override
	{
		// The library's own text names itself, line and column first: "[json.exception...] parse error at line 1, column 2: reason".
		const std::string whole = error.what();
		const std::size_t column = whole.find("column ");
		const std::size_t colon = column == std::string::npos ? std::string::npos : whole.find(": ", column);
		const std::string reason = colon == std::string::npos ? whole : whole.substr(colon + 2);
		const std::string_view before = _text.substr(0, position > 0 ? position - 1 : 0);
		const auto line = 1 + std::count(before.begin(), before.end(), '\n');
		_mistakes.push_back({static_cast<int>(line), "not valid JSON: " + escapeControls(reason)});
		return false;
	}

private:
	bool add(const std::string& value)
	{
		if (_skipped > 0) return true;
		if (_depth == 0)
		{
			_builder.addMistake(_line, {}, "the whole file must be one object: { \"section\": { \"key\": \"value\" } }");
			return false;
		}
		_builder.addEntry(_name, value, _keyLine);
		return true;
	}

	std::string_view _text;
	const int& _line;
	std::vector<ConfigMistake>& _mistakes;
	EntryBuilder _builder;
	std::string _name;
	int _keyLine = 1;
	int _depth = 0;
	int _skipped = 0; // lists and objects open within a list
};


} // namespace


std::vector<ConfigEntry> readJson(std::string_view text, std::vector<ConfigMistake>& mistakes)
{
	if (!checkText(text, mistakes)) return {};
	int line = 1;
	JsonHandler handler(text, line, mistakes);
	const LineCountingIterator begin(text.data(), line);
	const LineCountingIterator end(text.data() + text.size(), line);
	Json::sax_parse(begin, end, &handler);
	return handler.takeEntries();
}


} // namespace TaskDaemon
