#ifndef TaskDaemon_Task_SupervisorLink_INCLUDED
#define TaskDaemon_Task_SupervisorLink_INCLUDED


#include "TaskDaemon/Task/PacketSocket.h"
#include "TaskDaemon/Task/ProcessControl.h"
#include <mutex>
#include <string>
#include <vector>


namespace TaskDaemon {


class SupervisorLink: public ProcessControl
/// The service's end of the socket to the supervisor.
///
/// Thread safety: send() and flush() from one thread, receive() from one other, the rest from any. Owned by TaskApp.
/// Errors: that the supervisor is gone shows in receive() only; sending to it then does nothing, and is logged once.
{
public:
	explicit SupervisorLink(FileDescriptor socket): _socket(std::move(socket)) {}

	void send(const Message& message) override;
	void flush() override;

	void sendNow(const Message& message);
	/// In a packet of its own, beside what waits for flush().

	bool receive(std::vector<Message>& messages);
	/// Waits for a packet and replaces messages by its content. False when the supervisor is gone or after stopReceiving().
	/// Throws ProtocolException.

	void stopReceiving();
	/// Makes a receive() under way, and every later one, return false once the packets that are there already have been read.

	bool connected() const;
	/// Whether the supervisor still holds its end.

private:
	void sendPacket(const std::string& packet);

	PacketSocket _socket;
	std::string _received; // of the receiving thread; kept for its memory
	std::string _message; // these two of the sending thread
	std::vector<std::string> _packets;
	std::mutex _sendMutex; // one packet at a time through the socket
	bool _gone = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SupervisorLink_INCLUDED
