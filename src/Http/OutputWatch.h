#ifndef TaskDaemon_Http_OutputWatch_INCLUDED
#define TaskDaemon_Http_OutputWatch_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include <map>
#include <set>
#include <string>


namespace TaskDaemon {


class OutputWatch
/// Tells which streams' files or folders have changed: one inotify instance for all of them (inotify(7)).
///
/// Thread safety: none; the thread of Streams. Owned by Streams.
{
public:
	OutputWatch();
	/// Throws SystemException.

	int fd() const
	/// Readable when take() has something to give.
	{
		return _inotify.get();
	}

	void watchFile(int stream, int file);
	/// Appended bytes, in place of what the stream watched before. Throws SystemException (fs.inotify.max_user_watches).

	bool watchFolder(int stream, const std::string& path);
	/// Files that appear, in place of what the stream watched before. False when there is no such folder. Throws SystemException.

	void forget(int stream);

	std::set<int> take();
	/// The streams for whom something may have changed.

private:
	bool add(int stream, const std::string& path, std::uint32_t mask);

	FileDescriptor _inotify;
	std::map<int, int> _watchOf; // by stream
	std::map<int, std::set<int>> _streamsOf; // by watch: the kernel has one for each inode
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_OutputWatch_INCLUDED
