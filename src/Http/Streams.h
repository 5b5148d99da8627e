#ifndef TaskDaemon_Http_Streams_INCLUDED
#define TaskDaemon_Http_Streams_INCLUDED


#include "Http/Stream.h"
#include <Poco/Runnable.h>
#include <Poco/Thread.h>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <vector>


namespace TaskDaemon {


class Streams: private Poco::Runnable
/// All answers that wait for something, on one thread with one epoll loop: however many wait, they hold no thread, and while nothing
/// happens there is no system call.
///
/// Thread safety: add() and taskEnded() from any thread, start() and stop() from one. Owned by ControlServer.
/// Errors: SystemException at construction; a stream that fails is logged and its connection closed.
{
public:
	explicit Streams(TaskStore& store);

	~Streams() override;

	void start();

	void stop();
	/// Closes the connections without a further word: those who wait see it cut and ask the next service.

	void add(std::unique_ptr<Stream> stream);
	/// Throws HttpException 503 when there are too many, UnavailableException after stop().

	void taskEnded(TaskId task);
	/// A run of the task ended, or it became final. Returns at once.

private:
	void run() override;
	void waitForEvents();
	void takeAdded();
	void wakeTold();
	void step(int id);
	void remove(int id);
	void watch(int fd, std::uint32_t events);

	FileDescriptor _epoll;
	FileDescriptor _wakeup;
	TaskNotices _notices;
	OutputWatch _files;
	StreamTools _tools;
	std::map<int, std::unique_ptr<Stream>> _streams;
	std::set<int> _busy;
	std::mutex _mutex;
	std::vector<std::unique_ptr<Stream>> _added;
	std::size_t _count = 0;
	std::atomic<bool> _stopped{false};
	Poco::Thread _thread;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_Streams_INCLUDED
