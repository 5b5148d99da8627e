#ifndef TaskDaemon_Task_PacketSocket_INCLUDED
#define TaskDaemon_Task_PacketSocket_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include <cstddef>
#include <string>
#include <utility>


namespace TaskDaemon {


class PacketSocket
/// One end of the SOCK_SEQPACKET pair between supervisor and service. A packet that the socket cannot carry (a task may have megabytes
/// of environment) travels as a sealed memfd attached to an empty packet; the receiver checks seals and size before it reads.
///
/// Thread safety: one thread may send while another receives. Errors: SystemException; ProtocolException for what a peer must not send.
{
public:
	static constexpr std::size_t MAX_INLINE = std::size_t(64) * 1024;
	static constexpr std::size_t MAX_PACKET = std::size_t(16) * 1024 * 1024;

	explicit PacketSocket(FileDescriptor fd): _fd(std::move(fd)) {}

	static std::pair<FileDescriptor, FileDescriptor> makePair();
	/// socketpair(2), close-on-exec, blocking.

	bool send(const std::string& packet);
	/// False when the socket's buffer is full and it does not block (O_NONBLOCK). Throws SystemException with EPIPE or ECONNRESET when the peer is gone.

	enum class Receive
	{
		PACKET,
		NOTHING, /// only where the socket does not block
		END /// the peer is gone
	};

	Receive receive(std::string& packet);
	/// Replaces packet by the next one.

	int fd() const
	{
		return _fd.get();
	}

private:
	bool sendAttached(const std::string& packet);

	FileDescriptor _fd;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_PacketSocket_INCLUDED
