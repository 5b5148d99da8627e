#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Exception.h"
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept
{
	if (this != &other) reset(other.release());
	return *this;
}


FileDescriptor::~FileDescriptor()
{
	reset();
}


void FileDescriptor::reset(int fd)
{
	// Not repeated after EINTR: Linux has released the number by then, and another thread may own it (close(2)).
	if (_fd >= 0) ::close(_fd);
	_fd = fd;
}


FileDescriptor openFile(const std::string& path, int flags, unsigned mode)
{
	FileDescriptor fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
	if (!fd) throwErrno("cannot open '" + path + "'");
	return fd;
}


void writeAll(int fd, const void* data, std::size_t size, const std::string& what)
{
	const char* next = static_cast<const char*>(data);
	while (size > 0)
	{
		const ssize_t written = ::write(fd, next, size);
		if (written < 0 && errno == EINTR) continue;
		if (written < 0) throwErrno("cannot write " + what);
		next += written;
		size -= static_cast<std::size_t>(written);
	}
}


std::string readFile(const std::string& path, std::size_t cap)
{
	// O_NONBLOCK: opening a FIFO must not hang before fstat can refuse it.
	const FileDescriptor fd = openFile(path, O_RDONLY | O_NONBLOCK);
	struct stat info;
	if (::fstat(fd.get(), &info) != 0) throwErrno("cannot stat '" + path + "'");
	if (!S_ISREG(info.st_mode)) throw Exception("cannot read '" + path + "': not a regular file");

	std::string content;
	char buffer[16384];
	for (;;)
	{
		const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
		if (got < 0 && errno == EINTR) continue;
		if (got < 0) throwErrno("cannot read '" + path + "'");
		if (got == 0) return content;
		content.append(buffer, static_cast<std::size_t>(got));
		if (content.size() > cap) throw Exception("cannot read '" + path + "': larger than " + std::to_string(cap) + " bytes");
	}
}


} // namespace TaskDaemon
