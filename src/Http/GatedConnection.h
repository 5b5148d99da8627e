#ifndef TaskDaemon_Http_GatedConnection_INCLUDED
#define TaskDaemon_Http_GatedConnection_INCLUDED


#include <Poco/AutoPtr.h>
#include <Poco/Net/StreamSocketImpl.h>
#include <string>
#include <string_view>


namespace TaskDaemon {


class ConnectionGate;


class GatedConnection: public Poco::Net::StreamSocketImpl
/// An accepted connection, and the bytes that were read from it before their time: the gate reads a request head to know that it is whole, a
/// worker may find the next request behind a body. receiveBytes() delivers these first, so POCO does not notice.
///
/// Thread safety: none; it is the gate's until acceptConnection(), then the worker's until returnToGate().
/// Owned by reference counting, as all of POCO's sockets.
{
public:
	using Ptr = Poco::AutoPtr<GatedConnection>;

	enum class Head
	{
		INCOMPLETE,
		COMPLETE,
		TOO_LARGE,
		GONE /// the client hung up or the connection broke
	};

	GatedConnection(int fd, ConnectionGate& gate);
	/// Owns fd. The gate must outlive every worker that holds the connection.

	using StreamSocketImpl::receiveBytes;

	int receiveBytes(void* buffer, int length, int flags = 0) override;

	bool poll(const Poco::Timespan& timeout, int mode) override;

	Head readHead(std::size_t cap);
	/// Takes what has arrived, without blocking, until an empty line ends the head or nothing is left.

	bool discard();
	/// Throws away what has arrived. False once the client hung up.

	void sendNow(std::string_view message);
	/// Sends what the socket's buffer takes at once, and says that nothing follows. For refusals: a client that does not read loses it.

	void unread(std::string_view bytes);
	/// Puts bytes back in front of what is to be received.

	std::string takeReadAhead();

	bool hasReadAhead() const
	{
		return !_readAhead.empty();
	}

	std::string_view head() const
	/// After COMPLETE: the head with its empty line.
	{
		return std::string_view(_readAhead).substr(0, _headSize);
	}

	void returnToGate();
	/// The request is served and the connection may have another: the gate waits for its head.

	void abandonToGate();
	/// The request is answered but not read to its end: the gate throws the rest away until the client has seen the answer.

private:
	bool findHead(std::size_t from);

	ConnectionGate& _gate;
	std::string _readAhead;
	std::size_t _headSize = 0;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_GatedConnection_INCLUDED
