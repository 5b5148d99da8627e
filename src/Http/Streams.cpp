#include "Http/Streams.h"
#include "Http/HttpException.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <array>
#include <cerrno>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_STREAMS = 1000;
constexpr int MAX_EVENTS = 64;
constexpr int STACK_SIZE = 512 * 1024;


FileDescriptor checked(int fd, const char* what)
{
	if (fd < 0) throwErrno(std::string("cannot create ") + what);
	return FileDescriptor(fd);
}


} // namespace


Streams::Streams(TaskStore& store):
	_epoll(checked(::epoll_create1(EPOLL_CLOEXEC), "an epoll set")),
	_wakeup(checked(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "an eventfd")),
	_tools{store, _notices, _files},
	_thread("streams")
{
	watch(_wakeup.get(), EPOLLIN);
	watch(_notices.fd(), EPOLLIN);
	watch(_files.fd(), EPOLLIN);
	_thread.setStackSize(STACK_SIZE);
}


Streams::~Streams()
{
	stop();
}


void Streams::start()
{
	_thread.start(*this);
}


void Streams::stop()
{
	{
		const std::lock_guard lock(_mutex);
		if (_stopped.exchange(true)) return;
	}
	const std::uint64_t one = 1;
	(void)::write(_wakeup.get(), &one, sizeof one);
	_thread.join();
	_streams.clear();
	_added.clear();
}


void Streams::add(std::unique_ptr<Stream> stream)
{
	const std::lock_guard lock(_mutex);
	if (_stopped) throw UnavailableException("the daemon is stopping");
	if (_count >= MAX_STREAMS)
		throw HttpException(503, "unavailable", "too many clients wait already (" + std::to_string(MAX_STREAMS) + "); try again later");
	_added.push_back(std::move(stream));
	++_count;
	const std::uint64_t one = 1;
	(void)::write(_wakeup.get(), &one, sizeof one); // fails only when the counter is full, and then it is readable
}


void Streams::taskEnded(TaskId task)
{
	_notices.tell(task);
}


void Streams::run()
{
	while (!_stopped)
	{
		try
		{
			waitForEvents();
		}
		catch (const std::exception& e)
		{
			Poco::Logger::get("http").error(LogLine("a turn of the streams failed").field("error", e.what()));
		}
	}
}


void Streams::waitForEvents()
{
	std::array<epoll_event, MAX_EVENTS> events;
	const int count = ::epoll_wait(_epoll.get(), events.data(), MAX_EVENTS, _busy.empty() ? -1 : 0);
	if (count < 0 && errno != EINTR) throwErrno("cannot wait for events");
	std::set<int> busy = std::exchange(_busy, {});
	for (int i = 0; i < count; ++i)
	{
		const epoll_event& event = events[static_cast<std::size_t>(i)];
		if (event.data.fd == _wakeup.get())
			takeAdded();
		else if (event.data.fd == _notices.fd())
			wakeTold();
		else if (event.data.fd == _files.fd())
			busy.merge(_files.take());
		else if ((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0)
			remove(event.data.fd);
		else
			busy.insert(event.data.fd);
	}
	for (const int id : busy) step(id);
}


void Streams::takeAdded()
{
	std::uint64_t counter = 0;
	(void)::read(_wakeup.get(), &counter, sizeof counter); // before the list is taken: an add() from now on sets it again
	std::vector<std::unique_ptr<Stream>> added;
	{
		const std::lock_guard lock(_mutex);
		added.swap(_added);
	}
	for (auto& stream : added)
	{
		const int id = stream->id();
		_streams[id] = std::move(stream);
		try
		{
			// Edge-triggered: whether the client can read matters only after a send that it could not take. The first edge comes at once.
			watch(id, EPOLLOUT | EPOLLRDHUP | EPOLLET);
		}
		catch (const SystemException& e)
		{
			Poco::Logger::get("http").error(LogLine("cannot answer").field("error", e.what()));
			remove(id);
		}
	}
}


void Streams::wakeTold()
{
	for (const int id : _notices.take())
	{
		const auto stream = _streams.find(id);
		if (stream == _streams.end()) continue;
		stream->second->noticed();
		_busy.insert(id);
	}
}


void Streams::step(int id)
{
	const auto stream = _streams.find(id);
	if (stream == _streams.end()) return; // removed, or the events of this turn were for the one that had its number before
	Stream::Progress progress = Stream::Progress::DONE;
	try
	{
		progress = stream->second->step(_tools);
	}
	catch (const std::exception& e)
	{
		Poco::Logger::get("http").error(LogLine("an answer broke off").field("error", e.what()));
	}
	if (progress == Stream::Progress::BUSY) _busy.insert(id);
	if (progress == Stream::Progress::DONE) remove(id);
}


void Streams::remove(int id)
{
	const auto stream = _streams.find(id);
	if (stream == _streams.end()) return;
	// Explicitly: closing does not end the watch while the worker that handed the connection over has its copy open still.
	// Fails when the stream never came to be watched.
	(void)::epoll_ctl(_epoll.get(), EPOLL_CTL_DEL, id, nullptr);
	_notices.forget(id);
	_files.forget(id);
	_busy.erase(id);
	_streams.erase(stream);
	const std::lock_guard lock(_mutex);
	--_count;
}


void Streams::watch(int fd, std::uint32_t events)
{
	epoll_event event{};
	event.events = events;
	event.data.fd = fd;
	if (::epoll_ctl(_epoll.get(), EPOLL_CTL_ADD, fd, &event) != 0) throwErrno("cannot change what is waited for");
}


} // namespace TaskDaemon
