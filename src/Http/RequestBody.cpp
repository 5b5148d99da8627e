#include "Http/RequestBody.h"
#include "Http/GatedConnection.h"
#include "Http/HttpException.h"
#include <Poco/Buffer.h>
#include <Poco/Exception.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/StreamSocket.h>
#include <algorithm>
#include <charconv>


namespace TaskDaemon {


namespace {


constexpr Microseconds BODY_TIME = 60 * SECOND; // the whole of it: the receive timeout alone allows a byte every ten seconds
constexpr std::size_t READ_SIZE = 65536;
constexpr std::size_t MAX_LINE = 4096; // of a chunk's size with its extensions, and of a trailer
constexpr int MAX_TRAILERS = 100;


std::string drain(Poco::Net::HTTPServerSession& session)
{
	Poco::Buffer<char> buffer(0);
	session.drainBuffer(buffer);
	return std::string(buffer.begin(), buffer.size());
}


[[noreturn]] void throwMalformed(const std::string& reason)
{
	throw HttpException(400, "invalid", "malformed body: " + reason);
}


} // namespace


RequestBody::RequestBody(Poco::Net::HTTPServerRequestImpl& request, std::size_t cap):
	_request(request), _cap(cap), _deadline(monotonicTime() + BODY_TIME), _buffer(drain(request.session()))
{}


std::string RequestBody::read()
{
	std::string body;
	// Not even its first chunk's size is waited for: that would let a slow client hold a thread of a server that wants no bodies.
	if (_cap == 0 && _request.getChunkedTransferEncoding()) throw HttpException(413, "too_large", "no request here has a body");
	if (_request.getChunkedTransferEncoding())
		body = readChunks();
	else if (_request.hasContentLength())
		body = readLength(static_cast<std::size_t>(_request.getContentLength64()));
	static_cast<GatedConnection&>(*_request.socket().impl()).unread(std::string_view(_buffer).substr(_position));
	return body;
}


std::string RequestBody::readLength(std::size_t length)
{
	std::string body;
	take(length, body);
	return body;
}


std::string RequestBody::readChunks()
/// RFC 9112, section 7.1.
{
	std::string body;
	for (std::size_t size = readChunkSize(); size > 0; size = readChunkSize())
	{
		take(size, body);
		if (!readLine().empty()) throwMalformed("a chunk is longer than its size");
	}
	int trailers = 0;
	while (!readLine().empty())
	{
		if (++trailers > MAX_TRAILERS) throwMalformed("too many trailers");
	}
	return body;
}


std::size_t RequestBody::readChunkSize()
{
	const std::string line = readLine();
	std::uint64_t size = 0;
	const auto [stop, error] = std::from_chars(line.data(), line.data() + line.size(), size, 16);
	const std::size_t used = static_cast<std::size_t>(stop - line.data());
	if (error == std::errc::result_out_of_range)
		size = UINT64_MAX;
	else if (error != std::errc() || (used < line.size() && line[used] != ';'))
		throwMalformed("a chunk's size");
	return size;
}


std::string RequestBody::readLine()
{
	while (true)
	{
		const std::size_t end = _buffer.find("\r\n", _position);
		if (end != std::string::npos && end - _position <= MAX_LINE)
		{
			std::string line = _buffer.substr(_position, end - _position);
			_position = end + 2;
			return line;
		}
		if (_buffer.size() - _position > MAX_LINE) throwMalformed("a line is too long");
		fill(MAX_LINE);
	}
}


void RequestBody::take(std::size_t size, std::string& out)
/// Appends the next size bytes of the body.
{
	// Before anything is allocated: the size is only what the client says.
	if (size > _cap || out.size() > _cap - size)
		throw HttpException(413, "too_large", "the body is larger than " + std::to_string(_cap) + " bytes");
	while (size > 0)
	{
		if (_position == _buffer.size()) fill(std::min(size, READ_SIZE));
		const std::size_t part = std::min(size, _buffer.size() - _position);
		out.append(_buffer, _position, part);
		_position += part;
		size -= part;
	}
}


void RequestBody::fill(std::size_t size)
/// Waits for more, at most size bytes.
{
	_buffer.erase(0, _position);
	_position = 0;
	const std::size_t used = _buffer.size();
	_buffer.resize(used + size);
	int received = 0;
	try
	{
		if (monotonicTime() > _deadline) throw Poco::TimeoutException();
		received = _request.socket().receiveBytes(_buffer.data() + used, static_cast<int>(size));
	}
	catch (const Poco::TimeoutException&)
	{
		throw HttpException(408, "invalid", "the body did not arrive in time");
	}
	catch (const Poco::Exception& e)
	{
		throwMalformed("it breaks off: " + e.displayText());
	}
	_buffer.resize(used + static_cast<std::size_t>(received));
	if (received == 0) throwMalformed("it ends too early");
}


} // namespace TaskDaemon
