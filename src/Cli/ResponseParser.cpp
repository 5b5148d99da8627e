#include "Cli/ResponseParser.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <charconv>
#include <limits>


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t HEAD_LIMIT = 16384;
constexpr std::size_t CHUNK_LINE_LIMIT = 16;
constexpr std::string_view TOKEN_CHARACTERS =
	"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"; // RFC 9110, section 5.6.2


[[noreturn]] void refuse(const std::string& reason)
{
	throw ProtocolException("the daemon's answer is not valid HTTP: " + reason);
}


std::string lowerCase(std::string_view text)
{
	std::string result(text);
	for (char& c : result)
	{
		if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
	}
	return result;
}


bool isDigits(std::string_view text)
{
	return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}


} // namespace


void ResponseParser::feed(std::string_view bytes)
{
	while (!bytes.empty())
	{
		switch (_state)
		{
		case State::DONE: refuse("bytes after its end");
		case State::FIXED_BODY:
		case State::CHUNK_DATA: takeBody(bytes); break;
		default:
			if (takeLine(bytes)) handleLine();
			break;
		}
	}
}


bool ResponseParser::takeLine(std::string_view& bytes)
/// Whether _line now holds a whole line, without its CRLF.
{
	const bool head = _state == State::STATUS_LINE || _state == State::HEADER;
	const std::size_t end = bytes.find('\n');
	const std::size_t count = end == std::string_view::npos ? bytes.size() : end + 1;
	_line += bytes.substr(0, count);
	bytes.remove_prefix(count);
	if (head) _headSize += count;
	if (head ? _headSize > HEAD_LIMIT : _line.size() > CHUNK_LINE_LIMIT) refuse(head ? "its head is too long" : "bad chunk header");
	if (end == std::string_view::npos) return false;
	if (_line.size() < 2 || _line[_line.size() - 2] != '\r') refuse("a line does not end in CRLF");
	_line.resize(_line.size() - 2);
	return true;
}


void ResponseParser::takeBody(std::string_view& bytes)
{
	const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(_remaining, bytes.size()));
	const std::string_view part = bytes.substr(0, count);
	bytes.remove_prefix(count);
	_remaining -= count;
	if (_remaining == 0) _state = _state == State::CHUNK_DATA ? State::CHUNK_END : State::DONE;
	_sink(part);
}


void ResponseParser::handleLine()
{
	switch (_state)
	{
	case State::STATUS_LINE: handleStatusLine(); break;
	case State::HEADER:
		if (_line.empty())
			handleHeadEnd();
		else
			handleHeader();
		break;
	case State::CHUNK_SIZE: handleChunkSize(); break;
	case State::CHUNK_END:
		if (!_line.empty()) refuse("a chunk is longer than its header says");
		_state = State::CHUNK_SIZE;
		break;
	default: // TRAILER: ours never has a field in it
		if (!_line.empty()) refuse("unexpected trailer");
		_state = State::DONE;
		break;
	}
	_line.clear();
}


void ResponseParser::handleStatusLine()
{
	const std::string_view line = _line;
	if (line.substr(0, 9) != "HTTP/1.1 " || !isDigits(line.substr(9, 3)) || line.size() < 12 || (line.size() > 12 && line[12] != ' '))
		refuse("bad status line");
	_status = static_cast<int>(*parseInteger(line.substr(9, 3)));
	if (_status < 100 || _status > 599) refuse("bad status code");
	_state = State::HEADER;
}


void ResponseParser::handleHeader()
{
	const std::size_t colon = _line.find(':');
	const std::string_view line = _line;
	// Also refuses a folded line: it begins with a blank.
	if (colon == 0 || colon == std::string::npos || line.substr(0, colon).find_first_not_of(TOKEN_CHARACTERS) != std::string_view::npos)
		refuse("bad header line");
	const std::string name = lowerCase(line.substr(0, colon));
	const std::string_view value = trim(line.substr(colon + 1));
	if (name == "content-length")
	{
		const auto length = isDigits(value) ? parseInteger(value) : std::nullopt;
		if (!length || _lengthKnown) refuse("bad Content-Length");
		_remaining = static_cast<std::uint64_t>(*length);
		_lengthKnown = true;
	}
	else if (name == "transfer-encoding")
	{
		if (_chunked || lowerCase(value) != "chunked") refuse("unknown Transfer-Encoding");
		_chunked = true;
	}
}


void ResponseParser::handleHeadEnd()
{
	if (_chunked && _lengthKnown) refuse("both Content-Length and Transfer-Encoding"); // smuggling: RFC 9112, section 6.3
	if (_status < 200)
	{
		// An interim response; the final one follows (RFC 9110, section 15.2). _headSize goes on counting, so they are bounded.
		_status = 0;
		_state = State::STATUS_LINE;
		return;
	}
	if (!_chunked && !_lengthKnown) refuse("its length is not given");
	if (_chunked)
		_state = State::CHUNK_SIZE;
	else
		_state = _remaining == 0 ? State::DONE : State::FIXED_BODY;
}


void ResponseParser::handleChunkSize()
{
	std::uint64_t size = 0;
	const char* const end = _line.data() + _line.size();
	const auto [stop, error] = std::from_chars(_line.data(), end, size, 16);
	if (_line.empty() || error != std::errc() || stop != end || size > std::numeric_limits<std::uint32_t>::max())
		refuse("bad chunk header");
	_remaining = size;
	_state = size == 0 ? State::TRAILER : State::CHUNK_DATA;
}


} // namespace TaskDaemon::Cli
