#include "Cli/BatchReader.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Base/Text.h"
#include <cerrno>
#include <poll.h>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t READ_SIZE = 65536;
constexpr std::string_view BYTE_ORDER_MARK = "\xEF\xBB\xBF";


std::string reasonOf(const Json::parse_error& error)
/// "[json.exception.parse_error.101] parse error at line 1, column 9: reason" without what the user's own line number replaces.
{
	const std::string message = error.what();
	const std::size_t column = message.find("column ");
	return column == std::string::npos ? message : message.substr(column);
}


bool isArray(std::string_view line)
/// A line that begins with [ is one, except for the shell's own words [ and [[, which a blank follows.
{
	const std::size_t word = line.find_first_not_of('[');
	return line[0] == '[' && (word > 2 || (line[word] != ' ' && line[word] != '\t'));
}


} // namespace


std::optional<BatchChunk> BatchReader::next()
{
	BatchChunk chunk;
	std::string line;
	while (chunk.lines.size() < CHUNK_TASKS && chunk.tasks.size() < CHUNK_BYTES && readLine(line, chunk.lines.empty()))
	{
		const std::string_view text = trim(line);
		if (text.empty() || text[0] == '#') continue;
		if (!chunk.lines.empty()) chunk.tasks += ',';
		chunk.tasks += taskFromLine(text);
		chunk.lines.push_back(_lineNumber);
	}
	if (chunk.lines.empty()) return std::nullopt;
	return chunk;
}


bool BatchReader::readLine(std::string& line, bool mayWait)
/// False at the end of the input and, unless it may wait, when the next line has not arrived whole; its beginning is kept.
{
	std::size_t end = std::string::npos;
	while (end == std::string::npos)
	{
		if (_position == _buffer.size() && !mayWait && !inputIsReady()) return false;
		if (_position == _buffer.size() && !fill()) break;
		end = _buffer.find('\n', _position);
		const std::size_t stop = end == std::string::npos ? _buffer.size() : end;
		_line.append(_buffer, _position, stop - _position);
		_position = end == std::string::npos ? stop : end + 1;
		if (_line.size() > LINE_LIMIT)
		{
			++_lineNumber;
			refuse("the line is longer than " + std::to_string(LINE_LIMIT >> 20U) + " MiB");
		}
	}
	if (end == std::string::npos && _line.empty()) return false;
	++_lineNumber;
	line.clear();
	line.swap(_line);
	if (_lineNumber == 1 && line.compare(0, BYTE_ORDER_MARK.size(), BYTE_ORDER_MARK) == 0) line.erase(0, BYTE_ORDER_MARK.size());
	if (!line.empty() && line.back() == '\r') line.pop_back(); // a file from Windows: the shell would take it for a part of the last word
	return true;
}


bool BatchReader::inputIsReady() const
{
	pollfd event{_fd, POLLIN, 0};
	return ::poll(&event, 1, 0) != 0;
}


bool BatchReader::fill()
{
	if (_ended) return false; // a terminal would want its end to be typed again
	_buffer.resize(READ_SIZE);
	_position = 0;
	for (;;)
	{
		const ssize_t got = ::read(_fd, _buffer.data(), _buffer.size());
		if (got < 0 && errno == EINTR) continue;
		if (got < 0) throwErrno("cannot read '" + _name + "'");
		_buffer.resize(static_cast<std::size_t>(got));
		_ended = got == 0;
		return !_ended;
	}
}


std::string BatchReader::taskFromLine(std::string_view line) const
{
	if (isArray(line)) refuse("a JSON array is no task; write {\"command\": [...]}");
	if (line[0] != '{')
	{
		if (isUtf8(line)) return dumpJson(Json{{"command", line}});
		// JSON has no form for such a text; as an argument it can be given in base64.
		return dumpJson(Json{{"command", {"/bin/sh", "-c", bytesToJson(line)}}});
	}
	// Passed on as it stands: the daemon reads it, so building it here would be for nothing.
	if (Json::accept(line)) return std::string(line);
	try
	{
		const Json unreachable = Json::parse(line);
	}
	catch (const Json::parse_error& exc)
	{
		refuse("malformed JSON: " + reasonOf(exc) + "; a command line that begins with { is to be written as {\"command\": \"...\"}");
	}
	refuse("malformed JSON");
}


void BatchReader::refuse(const std::string& reason) const
{
	throw UsageException(_name + ":" + std::to_string(_lineNumber) + ": " + reason);
}


} // namespace TaskDaemon::Cli
