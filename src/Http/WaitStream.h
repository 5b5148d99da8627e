#ifndef TaskDaemon_Http_WaitStream_INCLUDED
#define TaskDaemon_Http_WaitStream_INCLUDED


#include "Http/Stream.h"
#include <vector>


namespace TaskDaemon {


class WaitStream: public Stream
/// Answers with an array of tasks once all of them are final. It looks at one task after the other, in the order asked, and watches
/// only the first that is not final: all of them must end anyway, so the ends of the others are no news.
{
public:
	WaitStream(FileDescriptor socket, std::vector<TaskId> tasks);

	Progress step(StreamTools& tools) override;

	void noticed() override;

private:
	bool collect(StreamTools& tools);
	void answer(StreamTools& tools);

	const std::vector<TaskId> _tasks;
	std::size_t _next = 0;
	bool _look = true;
	bool _answered = false;
	std::string _body = "[";
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_WaitStream_INCLUDED
