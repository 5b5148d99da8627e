#include "Http/Stream.h"
#include <cerrno>
#include <sys/socket.h>


namespace TaskDaemon {


void Stream::write(std::string_view bytes)
{
	_output += bytes;
}


bool Stream::flush()
{
	while (_sent < _output.size() && !_clientGone)
	{
		const ssize_t size = ::send(_socket.get(), _output.data() + _sent, _output.size() - _sent, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (size >= 0)
			_sent += static_cast<std::size_t>(size);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return false;
		else if (errno != EINTR)
			_clientGone = true;
	}
	// With its memory: a thousand streams may wait for hours.
	std::string().swap(_output);
	_sent = 0;
	return true;
}


} // namespace TaskDaemon
