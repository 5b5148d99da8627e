#ifndef TaskDaemon_Http_ConnectionWorkers_INCLUDED
#define TaskDaemon_Http_ConnectionWorkers_INCLUDED


#include "Http/GatedConnection.h"
#include "TaskDaemon/Base/Time.h"
#include <Poco/AutoPtr.h>
#include <Poco/Net/HTTPRequestHandlerFactory.h>
#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/StreamSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/Runnable.h>
#include <Poco/ThreadPool.h>
#include <condition_variable>
#include <deque>
#include <mutex>


namespace TaskDaemon {


class ConnectionWorkers: public Poco::Net::TCPServerConnectionFilter, private Poco::Runnable
/// The threads that serve connections, in the place of POCO's TCPServerDispatcher, which wakes every idle time, drops silently what
/// exceeds its queue, and at stop wakes one of its waiting threads and leaves the others to their idle time. TCPServer offers each connection to its
/// filter first; this one takes them all and answers "not accepted", so the dispatcher has no thread.
///
/// Thread safety: accept() from TCPServer's thread, the rest from any. Owned by GatedHttpServer (reference counted); the pool must be used
/// by nobody else. Errors: a connection for which there is no place is answered with 503.
{
public:
	using Ptr = Poco::AutoPtr<ConnectionWorkers>;

	ConnectionWorkers(Poco::ThreadPool& pool, Poco::Net::HTTPRequestHandlerFactory::Ptr factory, Poco::Net::HTTPServerParams::Ptr params);

	bool accept(const Poco::Net::StreamSocket& socket) override;
	/// Always false.

	bool finish(Microseconds patience);
	/// Waits until every connection taken has been served. False when that takes longer.

	void stop();
	/// Ends the threads once they are done with what they serve; forgets what is queued.

protected:
	~ConnectionWorkers() override;

private:
	void run() override;
	bool startThread();
	void serve(GatedConnection& connection);

	Poco::ThreadPool& _pool;
	Poco::Net::HTTPRequestHandlerFactory::Ptr _factory;
	Poco::Net::HTTPServerParams::Ptr _params;
	std::mutex _mutex;
	std::condition_variable _changed;
	std::condition_variable _finished;
	std::deque<GatedConnection::Ptr> _queue;
	std::size_t _threads = 0;
	std::size_t _idle = 0;
	bool _stopped = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_ConnectionWorkers_INCLUDED
