#include "Http/LogStream.h"
#include "Http/Response.h"
#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t PART_SIZE = 65536;


Response outputResponse()
{
	Response response;
	response.contentType = "application/octet-stream";
	return response;
}


std::uint64_t sizeOf(const FileDescriptor& file)
{
	struct stat status = {};
	if (::fstat(file.get(), &status) != 0) throwErrno("cannot examine a task's output");
	return static_cast<std::uint64_t>(status.st_size);
}


bool hasEnded(const std::optional<Task>& task, std::uint32_t number)
{
	if (!task || isFinal(task->state) || task->run > number) return true;
	return std::any_of(
		task->runs.begin(), task->runs.end(), [number](const Run& run) { return run.run == number && run.outcome.has_value(); });
}


} // namespace


FileDescriptor openOutput(const std::string& path)
{
	// O_NONBLOCK: opening a FIFO for reading would wait for a writer.
	FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
	if (!file && errno == ENOENT) return file;
	if (!file && errno != ELOOP) throwErrno("cannot open '" + path + "'");
	struct stat status = {};
	if (!file || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode))
		throw NotFoundException("'" + path + "' is not a regular file");
	return file;
}


LogStream::LogStream(FileDescriptor socket, FileDescriptor file, std::uint64_t offset, std::uint64_t size):
	Stream(std::move(socket)),
	_following(false),
	_file(std::move(file)),
	_offset(std::min(offset, size)),
	_end(size),
	_look(false),
	_ended(true)
{
	write(formatHead(outputResponse(), Framing::LENGTH, _end - _offset, false));
}


LogStream::LogStream(FileDescriptor socket, const RunKey& run, const std::string& folder, const std::string& path, std::uint64_t offset):
	Stream(std::move(socket)), _following(true), _run(run), _folder(folder), _path(path), _offset(offset), _end(UINT64_MAX), _ended(false)
{
	write(formatHead(outputResponse(), Framing::CHUNKED, 0, false));
}


void LogStream::noticed()
{
	_look = true;
}


Stream::Progress LogStream::step(StreamTools& tools)
{
	if (!flush()) return Progress::WAITING;
	if (_finished || clientGone()) return Progress::DONE;
	if (_look && !_ended) checkEnd(tools);
	if (!_file) findFile(tools);
	if (_file && sendPart()) return flush() ? Progress::BUSY : Progress::WAITING;
	if (!_ended) return Progress::WAITING;
	finish();
	return flush() ? Progress::DONE : Progress::WAITING;
}


void LogStream::checkEnd(StreamTools& tools)
{
	_look = false;
	tools.notices.watch(id(), _run.task); // before the look: see TaskNotices
	_ended = hasEnded(tools.store.find(_run.task), _run.run);
	if (!_ended) return;
	// A process that outlives the run may go on writing; what is there at its end is the run's output.
	if (!_file) _file = openOutput(_path);
	_end = _file ? sizeOf(_file) : 0;
}


void LogStream::findFile(StreamTools& tools)
{
	_file = openOutput(_path);
	// Watch first, then look again: else what happens in between is missed.
	while (!_file && !_ended)
	{
		const std::string folder = _path.substr(0, _path.rfind('/'));
		const bool exists = tools.files.watchFolder(id(), folder);
		if (!exists && !tools.files.watchFolder(id(), _folder)) throw NotFoundException("the folder '" + _folder + "' does not exist");
		_file = openOutput(_path);
		if (exists || ::access(folder.c_str(), F_OK) != 0) break;
	}
	if (_file && !_ended) tools.files.watchFile(id(), _file.get());
}


bool LogStream::sendPart()
/// Reads on and writes it. False when there is no more for now.
{
	std::array<char, PART_SIZE> buffer;
	if (_offset >= _end) return false;
	const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(_end - _offset, buffer.size()));
	const ssize_t size = ::pread(_file.get(), buffer.data(), wanted, static_cast<off_t>(_offset));
	if (size < 0) throwErrno("cannot read '" + _path + "'");
	// Shorter than it was: the length is promised already, and only an early end tells the client.
	if (size == 0 && !_following) throw Exception("a task's output was cut short while it was sent");
	if (size == 0) return false;
	_offset += static_cast<std::uint64_t>(size);
	std::array<char, 32> length;
	const int digits = std::snprintf(length.data(), length.size(), "%zx\r\n", static_cast<std::size_t>(size));
	if (_following) write(std::string_view(length.data(), static_cast<std::size_t>(digits)));
	write(std::string_view(buffer.data(), static_cast<std::size_t>(size)));
	if (_following) write("\r\n");
	return true;
}


void LogStream::finish()
{
	if (_following) write("0\r\n\r\n");
	_finished = true;
}


} // namespace TaskDaemon
