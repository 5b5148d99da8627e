#include "Task/SupervisorLink.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <cerrno>
#include <poll.h>
#include <sys/socket.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t PACKET_SIZE = std::size_t(48) * 1024;
/// Well below what goes through the socket itself, and large enough that the system call costs next to nothing a message.


} // namespace


void SupervisorLink::send(const Message& message)
{
	_message.clear();
	encode(message, _message);
	if (_packets.empty() || _packets.back().size() + _message.size() > PACKET_SIZE) _packets.emplace_back();
	_packets.back() += _message;
}


void SupervisorLink::flush()
{
	// Taken first: should one packet throw, none is sent twice.
	const std::vector<std::string> packets = std::exchange(_packets, {});
	for (const std::string& packet : packets) sendPacket(packet);
}


void SupervisorLink::sendNow(const Message& message)
{
	std::string packet;
	encode(message, packet);
	sendPacket(packet);
}


void SupervisorLink::sendPacket(const std::string& packet)
{
	const std::lock_guard<std::mutex> lock(_sendMutex);
	if (_gone) return;
	try
	{
		_socket.send(packet);
	}
	catch (const SystemException& e)
	{
		if (e.error() != EPIPE && e.error() != ECONNRESET) throw;
		_gone = true;
		Poco::Logger::get("link").error(LogLine("the supervisor is gone").field("error", e.what()));
	}
}


bool SupervisorLink::receive(std::vector<Message>& messages)
{
	if (_socket.receive(_received) != PacketSocket::Receive::PACKET) return false;
	messages = decode(_received);
	return true;
}


void SupervisorLink::stopReceiving()
{
	// ENOTCONN, the only error that can occur, means that receive() returns anyway.
	::shutdown(_socket.fd(), SHUT_RD);
}


bool SupervisorLink::connected() const
{
	pollfd entry{_socket.fd(), 0, 0};
	return ::poll(&entry, 1, 0) == 0;
}


} // namespace TaskDaemon
