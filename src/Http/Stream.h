#ifndef TaskDaemon_Http_Stream_INCLUDED
#define TaskDaemon_Http_Stream_INCLUDED


#include "Http/OutputWatch.h"
#include "Http/TaskNotices.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <string>
#include <string_view>


namespace TaskDaemon {


struct StreamTools
/// What streams work with; Streams has them.
{
	TaskStore& store;
	TaskNotices& notices;
	OutputWatch& files;
};


class Stream
/// An answer that takes its time: it goes on in small steps whenever something may have changed, and never blocks.
///
/// Thread safety: none; the thread of Streams, except construction. Owned by Streams.
{
public:
	enum class Progress
	{
		WAITING, /// until the client reads, or a watched task or file changes
		BUSY, /// there is more to do now
		DONE /// answered to the end, or the client is gone
	};

	explicit Stream(FileDescriptor socket): _socket(std::move(socket)) {}

	virtual ~Stream() = default;

	int id() const
	/// The socket: unique while the stream exists.
	{
		return _socket.get();
	}

	virtual Progress step(StreamTools& tools) = 0;
	/// Does a bounded piece of work.

	virtual void noticed() = 0;
	/// There is news of the task that is watched; step() follows.

protected:
	void write(std::string_view bytes);
	/// To what flush() sends.

	bool flush();
	/// Sends what the client takes. True when nothing is left, or nobody to send it to.

	bool clientGone() const
	{
		return _clientGone;
	}

private:
	FileDescriptor _socket;
	std::string _output;
	std::size_t _sent = 0;
	bool _clientGone = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_Stream_INCLUDED
