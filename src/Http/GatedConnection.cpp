#include "Http/GatedConnection.h"
#include "Http/ConnectionGate.h"
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/socket.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t READ_SIZE = 4096;
constexpr int MAX_DISCARDS = 16;


ssize_t receiveNow(int fd, std::array<char, READ_SIZE>& buffer)
{
	ssize_t size = -1;
	do size = ::recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
	while (size < 0 && errno == EINTR);
	return size;
}


} // namespace


GatedConnection::GatedConnection(int fd, ConnectionGate& gate): StreamSocketImpl(fd), _gate(gate) {}


int GatedConnection::receiveBytes(void* buffer, int length, int flags)
{
	if (_readAhead.empty()) return StreamSocketImpl::receiveBytes(buffer, length, flags);
	const std::size_t size = std::min(_readAhead.size(), static_cast<std::size_t>(length));
	std::memcpy(buffer, _readAhead.data(), size);
	_readAhead.erase(0, size);
	return static_cast<int>(size);
}


bool GatedConnection::poll(const Poco::Timespan& timeout, int mode)
{
	if ((mode & SELECT_READ) != 0 && !_readAhead.empty()) return true;
	return StreamSocketImpl::poll(timeout, mode);
}


GatedConnection::Head GatedConnection::readHead(std::size_t cap)
{
	std::array<char, READ_SIZE> buffer;
	std::size_t searched = 0;
	while (true)
	{
		if (findHead(searched)) return _headSize <= cap ? Head::COMPLETE : Head::TOO_LARGE;
		if (_readAhead.size() >= cap) return Head::TOO_LARGE;
		searched = _readAhead.size();
		const ssize_t size = receiveNow(sockfd(), buffer);
		if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Head::INCOMPLETE;
		if (size <= 0) return Head::GONE;
		_readAhead.append(buffer.data(), static_cast<std::size_t>(size));
	}
}


bool GatedConnection::findHead(std::size_t from)
/// from: how much is known to hold no end of head, as far as it was whole.
{
	// RFC 9112, section 2.2: empty lines before a request are to be ignored. POCO would take them for a whole head.
	while (_readAhead.compare(0, 2, "\r\n") == 0) _readAhead.erase(0, 2);
	const std::size_t end = _readAhead.find("\r\n\r\n", from < 3 ? 0 : from - 3);
	if (end == std::string::npos) return false;
	_headSize = end + 4;
	return true;
}


bool GatedConnection::discard()
{
	std::array<char, READ_SIZE> buffer;
	for (int i = 0; i < MAX_DISCARDS; ++i)
	{
		const ssize_t size = receiveNow(sockfd(), buffer);
		if (size == 0 || (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK)) return false;
		if (size < 0) return true;
	}
	return true;
}


void GatedConnection::sendNow(std::string_view message)
{
	// Both may fail only because the client is gone, and then there is nobody to tell.
	(void)::send(sockfd(), message.data(), message.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)::shutdown(sockfd(), SHUT_WR);
	_readAhead.clear();
}


void GatedConnection::unread(std::string_view bytes)
{
	_readAhead.insert(0, bytes);
}


std::string GatedConnection::takeReadAhead()
{
	return std::exchange(_readAhead, std::string());
}


void GatedConnection::returnToGate()
{
	_gate.keep(*this);
}


void GatedConnection::abandonToGate()
{
	(void)::shutdown(sockfd(), SHUT_WR); // fails when the client is gone
	_gate.linger(*this);
}


} // namespace TaskDaemon
