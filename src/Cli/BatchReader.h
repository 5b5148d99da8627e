#ifndef TaskDaemon_Cli_BatchReader_INCLUDED
#define TaskDaemon_Cli_BatchReader_INCLUDED


#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon::Cli {


struct BatchChunk
/// Some tasks of a batch, to be accepted together.
{
	std::string tasks; /// JSON objects with commas between them
	std::vector<std::uint64_t> lines; /// where each stood in the input, from 1
};


class BatchReader
/// Reads the input of `submit --batch` as a stream, so that its size does not matter: a task a line, either a JSON object or a command line for /bin/sh.
/// Blank lines and lines that begin with # are skipped. Not thread-safe; a temporary of the command; does not own the descriptor. Throws
/// UsageException "NAME:LINE: reason" for malformed JSON and for a line that is too long, SystemException when reading fails.
{
public:
	static constexpr std::size_t CHUNK_TASKS = 1000;
	static constexpr std::size_t CHUNK_BYTES = std::size_t(4) << 20U;
	static constexpr std::size_t LINE_LIMIT = std::size_t(32) << 20U;

	BatchReader(int fd, std::string name): _fd(fd), _name(std::move(name)) {}

	std::optional<BatchChunk> next();
	/// Up to CHUNK_TASKS tasks, or as many as fill CHUNK_BYTES or as have arrived: a task on a pipe that stays open does not wait for the next. Nothing
	/// at the end of the input.

	const std::string& name() const
	{
		return _name;
	}

private:
	bool readLine(std::string& line, bool mayWait);
	bool inputIsReady() const;
	bool fill();
	std::string taskFromLine(std::string_view line) const;
	[[noreturn]] void refuse(const std::string& reason) const;

	int _fd;
	std::string _name;
	std::string _buffer;
	std::string _line; /// what has been read of the next one
	bool _ended = false;
	std::size_t _position = 0;
	std::uint64_t _lineNumber = 0;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_BatchReader_INCLUDED
