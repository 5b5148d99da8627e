#ifndef TaskDaemon_Base_FileDescriptor_INCLUDED
#define TaskDaemon_Base_FileDescriptor_INCLUDED


#include <string>
#include <utility>


namespace TaskDaemon {


class FileDescriptor
/// Owns one file descriptor and closes it. Movable, not copyable; not thread-safe.
{
public:
	FileDescriptor() = default;

	explicit FileDescriptor(int fd): _fd(fd) {}

	FileDescriptor(FileDescriptor&& other) noexcept: _fd(std::exchange(other._fd, -1)) {}

	FileDescriptor& operator=(FileDescriptor&& other) noexcept;

	~FileDescriptor();

	int get() const
	{
		return _fd;
	}

	explicit operator bool() const
	{
		return _fd >= 0;
	}

	int release()
	/// Gives up ownership.
	{
		return std::exchange(_fd, -1);
	}

	void reset(int fd = -1);
	/// Closes what is held, then owns fd.

private:
	int _fd = -1;
};


FileDescriptor openFile(const std::string& path, int flags, unsigned mode = 0600);
/// open(2) with O_CLOEXEC added. Throws SystemException that names the path.

void writeAll(int fd, const void* data, std::size_t size, const std::string& what);
/// Writes everything, restarting after EINTR and short writes. Throws SystemException "cannot write <what>".

std::string readFile(const std::string& path, std::size_t cap);
/// Reads a whole regular file. Throws SystemException, or Exception when it is no regular file or larger than cap bytes.


} // namespace TaskDaemon


#endif // TaskDaemon_Base_FileDescriptor_INCLUDED
