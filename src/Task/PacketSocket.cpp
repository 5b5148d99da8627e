#include "TaskDaemon/Task/PacketSocket.h"
#include "TaskDaemon/Base/Exception.h"
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr int SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;


union ControlBuffer
/// Room for one descriptor, aligned as cmsg(3) wants it.
{
	char bytes[CMSG_SPACE(sizeof(int))];
	cmsghdr align;
};


FileDescriptor attachedDescriptor(msghdr& message)
{
	const cmsghdr* control = CMSG_FIRSTHDR(&message);
	if (control == nullptr || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) return {};
	int fd = -1;
	std::memcpy(&fd, CMSG_DATA(control), sizeof fd);
	return FileDescriptor(fd);
}


void readSealed(const FileDescriptor& memory, std::string& packet)
{
	// Unsealed memory could shrink under our read, or change between check and use.
	const int seals = ::fcntl(memory.get(), F_GET_SEALS); // -1 for what is no memfd
	if (seals < 0 || (seals & SEALS) != SEALS) throw ProtocolException("attached packet is not sealed");
	struct stat info;
	if (::fstat(memory.get(), &info) != 0) throwErrno("cannot stat an attached packet");
	const auto size = static_cast<std::size_t>(info.st_size);
	if (size > PacketSocket::MAX_PACKET) throw ProtocolException("attached packet of " + std::to_string(size) + " bytes");
	packet.resize(size);
	for (std::size_t done = 0; done < size;)
	{
		const ssize_t got = ::pread(memory.get(), packet.data() + done, size - done, static_cast<off_t>(done));
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) throwErrno("cannot read an attached packet");
		done += static_cast<std::size_t>(got);
	}
}


} // namespace


std::pair<FileDescriptor, FileDescriptor> PacketSocket::makePair()
{
	std::array<int, 2> fds{};
	if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds.data()) != 0) throwErrno("cannot create a socket pair");
	return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
}


bool PacketSocket::send(const std::string& packet)
{
	if (packet.size() > MAX_INLINE) return sendAttached(packet);
	for (;;)
	{
		if (::send(_fd.get(), packet.data(), packet.size(), MSG_NOSIGNAL) >= 0) return true;
		if (errno == EAGAIN) return false;
		if (errno != EINTR) throwErrno("cannot send a packet");
	}
}


bool PacketSocket::sendAttached(const std::string& packet)
{
	if (packet.size() > MAX_PACKET) throw Exception("cannot send a packet of " + std::to_string(packet.size()) + " bytes");
	const FileDescriptor memory(::memfd_create("taskdaemon-packet", MFD_CLOEXEC | MFD_ALLOW_SEALING));
	if (!memory) throwErrno("cannot create a memfd");
	writeAll(memory.get(), packet.data(), packet.size(), "a packet to its memfd");
	if (::fcntl(memory.get(), F_ADD_SEALS, SEALS) != 0) throwErrno("cannot seal a memfd");

	ControlBuffer buffer{};
	char nothing = 0; // one byte, since an empty packet would look like the end of the stream
	iovec part{&nothing, 1};
	msghdr message{};
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = buffer.bytes;
	message.msg_controllen = sizeof buffer.bytes;
	cmsghdr* control = CMSG_FIRSTHDR(&message);
	control->cmsg_level = SOL_SOCKET;
	control->cmsg_type = SCM_RIGHTS;
	control->cmsg_len = CMSG_LEN(sizeof(int));
	const int fd = memory.get();
	std::memcpy(CMSG_DATA(control), &fd, sizeof fd);
	for (;;)
	{
		if (::sendmsg(_fd.get(), &message, MSG_NOSIGNAL) >= 0) return true;
		if (errno == EAGAIN) return false;
		if (errno != EINTR) throwErrno("cannot send a packet");
	}
}


PacketSocket::Receive PacketSocket::receive(std::string& packet)
{
	packet.resize(MAX_INLINE);
	ControlBuffer buffer{};
	iovec part{packet.data(), packet.size()};
	msghdr message{};
	message.msg_iov = &part;
	message.msg_iovlen = 1;
	message.msg_control = buffer.bytes;
	message.msg_controllen = CMSG_LEN(sizeof(int)); // without CMSG_SPACE's padding, in which a second descriptor would fit, and stay open
	ssize_t got = 0;
	do got = ::recvmsg(_fd.get(), &message, MSG_CMSG_CLOEXEC);
	// ECONNRESET tells, once, that the peer ended with packets of ours unread; what it had sent before is still to be had after it.
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got < 0 && errno == EAGAIN) return Receive::NOTHING;
	if (got == 0) return Receive::END;
	if (got < 0) throwErrno("cannot receive a packet");

	const FileDescriptor memory = attachedDescriptor(message);
	if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		throw ProtocolException("packet larger than " + std::to_string(MAX_INLINE) + " bytes");
	if (memory)
		readSealed(memory, packet);
	else
		packet.resize(static_cast<std::size_t>(got));
	return Receive::PACKET;
}


} // namespace TaskDaemon
