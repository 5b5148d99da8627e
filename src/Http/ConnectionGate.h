#ifndef TaskDaemon_Http_ConnectionGate_INCLUDED
#define TaskDaemon_Http_ConnectionGate_INCLUDED


#include "Http/GatedConnection.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Time.h"
#include <Poco/Net/ServerSocketImpl.h>
#include <atomic>
#include <cstdint>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>


namespace TaskDaemon {


struct GateLimits
{
	std::size_t headSize = 16384;
	Microseconds headTime = 10 * SECOND; /// from accept to the end of the head
	Microseconds idleTime = 15 * SECOND; /// from an answer to the end of the next head
	std::size_t pending = 1000; /// connections without a whole head; beyond it the one nearest its deadline goes
};


class ConnectionGate: public Poco::Net::ServerSocketImpl
/// The listening socket as Poco::Net::TCPServer sees it: a connection comes out of acceptConnection() only once its request head
/// has arrived whole, so that a slow client costs a descriptor and never a thread. TCPServer calls poll() with 250 ms and then
/// acceptConnection(): poll() ignores its timeout and returns when there is a connection to serve, or after wake(). With nothing
/// pending it waits without a timeout, so an idle server makes no system call.
///
/// Thread safety: poll(), acceptConnection() and takeReady() from TCPServer's thread; keep(), linger() and wake() from any.
/// Owned by the ServerSocket (reference counted). Errors: only Poco::IOException leaves poll(), since TCPServer survives nothing else.
{
public:
	ConnectionGate(FileDescriptor listener, const GateLimits& limits);
	/// Makes the listener non-blocking. Throws SystemException.

	bool poll(const Poco::Timespan& timeout, int mode) override;

	Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& clientAddress) override;

	std::deque<GatedConnection::Ptr> takeReady();
	/// Those that would have come out next, once TCPServer's thread has ended.

	void keep(GatedConnection& connection);
	/// Waits for the next request of a connection that came out before.

	void linger(GatedConnection& connection);
	/// Throws away what a connection that came out before still sends, and closes it after a while.

	void wake();
	/// From now on poll() returns at once.

protected:
	~ConnectionGate() override;

private:
	struct Pending
	{
		GatedConnection::Ptr connection;
		Microseconds deadline = 0;
		bool refused = false; /// answered; what the client still sends is thrown away until it has read the answer
	};

	using PendingMap = std::map<int, Pending>;

	void waitForEvents();
	int timeout() const;
	void acceptSome();
	bool makeRoom();
	void pauseAccepting(int error);
	void resumeAccepting();
	void giveBack(GatedConnection& connection, bool refused);
	void takeReturned();
	void admit(GatedConnection& connection, Microseconds patience);
	void conclude(GatedConnection& connection, GatedConnection::Head head);
	void advancePending(int fd);
	void refuse(GatedConnection& connection, const std::exception& error);
	void await(GatedConnection& connection, Microseconds patience, bool refused);
	void drop(PendingMap::iterator pending);
	void expire();
	void watch(int fd, std::uint32_t events, int operation);

	const GateLimits _limits;
	FileDescriptor _epoll;
	FileDescriptor _wakeup;
	bool _tcp = false;
	Microseconds _acceptAgainAt = 0; /// 0: accepting
	Microseconds _pauseLoggedAt = 0;
	PendingMap _pending;
	std::set<std::pair<Microseconds, int>> _deadlines;
	std::deque<GatedConnection::Ptr> _ready;
	std::atomic<bool> _woken{false};
	std::mutex _returnedMutex;
	std::vector<std::pair<GatedConnection::Ptr, bool>> _returned; // and whether it is refused
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_ConnectionGate_INCLUDED
