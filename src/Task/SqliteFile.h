#ifndef TaskDaemon_Task_SqliteFile_INCLUDED
#define TaskDaemon_Task_SqliteFile_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include <functional>
#include <string>


namespace TaskDaemon {


class SqliteFile
/// The database file as a file: found or created whole, checked before SQLite touches it, and locked against a second service.
///
/// The guard is an open file description lock (fcntl(2), F_OFD_SETLK) on one byte far behind those that SQLite locks, so that
/// neither disturbs the other; the kernel drops it with the process, however that ends. It must be destroyed after every
/// SQLite connection to the file: closing any descriptor of a file drops the POSIX locks that SQLite holds on it.
///
/// A store comes into being under the name PATH.new and is renamed once it is complete. So an empty or half file under PATH is
/// always damage, never a start that was cut short, and no service can begin anew on top of it.
///
/// Not thread-safe. Owned by SqliteTaskStore. Errors: SystemException; BusyException when another service has the store;
/// StoreException for anything that is not a store of ours, which is left as it is.
{
public:
	using Builder = std::function<void(const std::string& path)>;
	/// Makes a complete database in the given empty file and closes it.

	SqliteFile(const std::string& path, const Builder& build);

	bool hasLog() const
	/// Whether commits lay in the write-ahead log beside the file when it was opened.
	{
		return _hasLog;
	}

private:
	bool openExisting(const std::string& path);
	/// False when there is no file, or not the same any more.

	bool create(const std::string& path, const Builder& build);
	/// False when somebody else was faster.

	FileDescriptor _fd;
	bool _hasLog = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteFile_INCLUDED
