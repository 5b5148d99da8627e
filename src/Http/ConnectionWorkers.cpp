#include "Http/ConnectionWorkers.h"
#include "Http/HttpException.h"
#include "Http/Response.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <Poco/Net/HTTPServerConnection.h>
#include <chrono>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_QUEUED = 1000;


void refuse(GatedConnection& connection)
{
	connection.sendNow(
		formatResponse(errorResponse(HttpException(503, "unavailable", "too many requests at once; try again")), true, false));
}


} // namespace


ConnectionWorkers::ConnectionWorkers(
	Poco::ThreadPool& pool, Poco::Net::HTTPRequestHandlerFactory::Ptr factory, Poco::Net::HTTPServerParams::Ptr params):
	_pool(pool), _factory(std::move(factory)), _params(std::move(params))
{}


ConnectionWorkers::~ConnectionWorkers() = default;


bool ConnectionWorkers::accept(const Poco::Net::StreamSocket& socket)
{
	GatedConnection::Ptr connection(static_cast<GatedConnection*>(socket.impl()), true);
	const std::lock_guard lock(_mutex);
	const bool missing = _idle <= _queue.size();
	if (_stopped || _queue.size() >= MAX_QUEUED || (missing && !startThread() && _threads == 0))
	{
		refuse(*connection);
		return false;
	}
	_queue.push_back(connection);
	_changed.notify_one();
	return false;
}


bool ConnectionWorkers::startThread()
/// Called with the mutex held. False when there are as many as there may be, or the system gives no more: those that run do it then.
{
	if (_threads >= static_cast<std::size_t>(_pool.capacity())) return false;
	try
	{
		_pool.start(*this);
		++_threads;
		return true;
	}
	catch (const Poco::Exception& e)
	{
		Poco::Logger::get("http").warning(
			LogLine("cannot start a thread").field("threads", static_cast<std::int64_t>(_threads)).field("error", e.displayText()));
		return false;
	}
}


void ConnectionWorkers::run()
{
	std::unique_lock lock(_mutex);
	while (true)
	{
		++_idle;
		if (_queue.empty() && _idle == _threads) _finished.notify_all();
		_changed.wait(lock, [this] { return _stopped || !_queue.empty(); });
		--_idle;
		if (_queue.empty()) break;
		{
			GatedConnection::Ptr connection = _queue.front();
			_queue.pop_front();
			lock.unlock();
			serve(*connection);
		}
		lock.lock();
	}
	--_threads;
}


void ConnectionWorkers::serve(GatedConnection& connection)
{
	try
	{
		connection.duplicate(); // the reference that the StreamSocket takes over
		// start() belongs to TCPServerDispatcher alone; it does nothing but call run() and give exceptions to POCO's error handler.
		Poco::Net::HTTPServerConnection http(Poco::Net::StreamSocket(&connection), _params, _factory);
		http.run();
	}
	catch (const Poco::Exception& e)
	{
		// Most are clients that went away.
		Poco::Logger::get("http").debug(LogLine("a connection broke").field("error", e.displayText()));
	}
	catch (const std::exception& e)
	{
		Poco::Logger::get("http").error(LogLine("cannot serve a connection").field("error", e.what()));
	}
}


bool ConnectionWorkers::finish(Microseconds patience)
{
	std::unique_lock lock(_mutex);
	return _finished.wait_for(lock, std::chrono::microseconds(patience), [this] { return _queue.empty() && _idle == _threads; });
}


void ConnectionWorkers::stop()
{
	{
		const std::lock_guard lock(_mutex);
		_stopped = true;
		_queue.clear();
	}
	_changed.notify_all();
}


} // namespace TaskDaemon
