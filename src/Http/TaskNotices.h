#ifndef TaskDaemon_Http_TaskNotices_INCLUDED
#define TaskDaemon_Http_TaskNotices_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Task/Task.h"
#include <map>
#include <mutex>
#include <vector>


namespace TaskDaemon {


class TaskNotices
/// Who wants to hear of which task's end. Somebody who waits calls watch() first and looks into the store after it: then an end that is
/// stored before the look is seen by the look, and one that is stored after it comes as a notice.
///
/// Thread safety: all functions from any thread. Owned by Streams.
{
public:
	TaskNotices();
	/// Throws SystemException.

	int fd() const
	/// Readable when take() has something to give.
	{
		return _event.get();
	}

	void watch(int stream, TaskId task);
	/// In place of what the stream watched before.

	void forget(int stream);

	void tell(TaskId task);
	/// A run of the task ended, or it became final. Returns at once.

	std::vector<int> take();
	/// The streams for whom there is news.

private:
	FileDescriptor _event;
	std::mutex _mutex;
	std::multimap<TaskId, int> _watchers;
	std::map<int, TaskId> _watched;
	std::vector<int> _told;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_TaskNotices_INCLUDED
