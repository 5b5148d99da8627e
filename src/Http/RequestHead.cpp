#include "Http/RequestHead.h"
#include "Http/HttpException.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <cstring>
#include <strings.h>


namespace TaskDaemon {


namespace {


bool isTokenCharacter(unsigned char c)
/// RFC 9110, section 5.6.2.
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c != 0 && std::strchr("!#$%&'*+-.^_`|~", c));
}


bool isToken(std::string_view text)
{
	return !text.empty() && std::all_of(text.begin(), text.end(), isTokenCharacter);
}


bool isPrintable(unsigned char c)
{
	return c > ' ' && c < 0x7f;
}


bool isFieldCharacter(unsigned char c)
/// RFC 9110, section 5.5: no control characters but the tab.
{
	return c == '\t' || (c >= ' ' && c != 0x7f);
}


bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
	return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}


[[noreturn]] void throwBad(const std::string& reason)
{
	throw HttpException(400, "invalid", "malformed request: " + reason);
}


std::string_view takeLine(std::string_view& text)
{
	const std::size_t end = text.find("\r\n");
	if (end == std::string_view::npos) throwBad("a line without CRLF");
	const std::string_view line = text.substr(0, end);
	text.remove_prefix(end + 2);
	return line;
}


void checkRequestLine(std::string_view line)
{
	const std::size_t first = line.find(' ');
	const std::size_t last = line.rfind(' ');
	if (first == std::string_view::npos || first == last) throwBad("the request line is not METHOD TARGET VERSION");
	const std::string_view target = line.substr(first + 1, last - first - 1);
	const std::string_view version = line.substr(last + 1);
	if (!isToken(line.substr(0, first))) throwBad("the method");
	if (target.empty() || target.front() != '/' || !std::all_of(target.begin(), target.end(), isPrintable)) throwBad("the target");
	if (version != "HTTP/1.1" && version != "HTTP/1.0") throw HttpException(505, "invalid", "only HTTP/1.1 and HTTP/1.0 are spoken here");
}


class Fields
/// Sees the header lines of one request and remembers what frames its body.
{
public:
	void add(std::string_view line)
	{
		const std::size_t colon = line.find(':');
		// isToken refuses blanks, so a folded line and a blank before the colon fail here as RFC 9112, section 5 wants it.
		if (colon == std::string_view::npos || !isToken(line.substr(0, colon))) throwBad("a header line is not NAME: VALUE");
		const std::string_view name = line.substr(0, colon);
		const std::string_view value = trim(line.substr(colon + 1));
		if (!std::all_of(value.begin(), value.end(), isFieldCharacter)) throwBad("a control character in a header");
		if (equalsIgnoringCase(name, "Content-Length")) addLength(value);
		if (equalsIgnoringCase(name, "Transfer-Encoding")) addEncoding(value);
	}

	void check() const
	{
		if (_hasLength && _chunked) throwBad("both Content-Length and Transfer-Encoding");
	}

private:
	void addLength(std::string_view value)
	{
		const auto length = parseInteger(value);
		if (_hasLength || !length || *length < 0) throwBad("Content-Length");
		_hasLength = true;
	}

	void addEncoding(std::string_view value)
	{
		if (_chunked) throwBad("Transfer-Encoding");
		if (!equalsIgnoringCase(value, "chunked")) throw HttpException(501, "invalid", "only the transfer encoding chunked is understood");
		_chunked = true;
	}

	bool _hasLength = false;
	bool _chunked = false;
};


} // namespace


void checkRequestHead(std::string_view head)
{
	checkRequestLine(takeLine(head));
	Fields fields;
	for (std::string_view line = takeLine(head); !line.empty(); line = takeLine(head)) fields.add(line);
	fields.check();
}


} // namespace TaskDaemon
