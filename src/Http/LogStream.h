#ifndef TaskDaemon_Http_LogStream_INCLUDED
#define TaskDaemon_Http_LogStream_INCLUDED


#include "Http/Stream.h"
#include <cstdint>
#include <string>


namespace TaskDaemon {


FileDescriptor openOutput(const std::string& path);
/// A task's output for reading; no descriptor when there is none. Refuses links and what is no regular file, since tasks can write to
/// the folder. Throws SystemException, NotFoundException.


class LogStream: public Stream
/// Sends a run's output: either what there is, with its length, or, following, as chunks until the run has ended and all was sent.
{
public:
	LogStream(FileDescriptor socket, FileDescriptor file, std::uint64_t offset, std::uint64_t size);
	/// What there is: the bytes of file from offset up to size.

	LogStream(FileDescriptor socket, const RunKey& run, const std::string& folder, const std::string& path, std::uint64_t offset);
	/// Following. folder: the one that exists always; path: the output, which begins to exist when the run starts.

	Progress step(StreamTools& tools) override;

	void noticed() override;

private:
	void checkEnd(StreamTools& tools);
	void findFile(StreamTools& tools);
	bool sendPart();
	void finish();

	const bool _following;
	const RunKey _run;
	const std::string _folder;
	const std::string _path;
	FileDescriptor _file;
	std::uint64_t _offset;
	std::uint64_t _end; // where to stop; known once the run has ended
	bool _look = true;
	bool _ended;
	bool _finished = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_LogStream_INCLUDED
