#ifndef TaskDaemon_Cli_LogReader_INCLUDED
#define TaskDaemon_Cli_LogReader_INCLUDED


#include "Cli/Backoff.h"
#include "Cli/ControlConnection.h"
#include "TaskDaemon/Base/Time.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>


namespace TaskDaemon::Cli {


class LogReader
/// Copies the output of one run of a task to file descriptors, byte for byte. Several streams are read at a time, each over a connection of
/// its own, and without polling. Where a connection is cut (the service restarts) it goes on at the byte it had reached. Not thread-safe;
/// a temporary of the command. Throws what ControlConnection throws, ApiException, and SystemException when a byte cannot be written.
{
public:
	LogReader(std::string socketPath, const RetryPolicy& retry, std::int64_t task, std::int64_t run, bool follow);

	void add(const std::string& stream, int targetFd);
	/// stream: "stdout" or "stderr".

	void copy();
	/// Returns when all streams have been copied; with follow, when the run has ended.

private:
	struct Stream
	{
		std::string name;
		int targetFd = -1;
		std::uint64_t offset = 0;
		std::unique_ptr<ControlConnection> connection;
		std::string errorBody;
		bool done = false;
		bool wasConnected = false;
		Backoff backoff;
		Microseconds retryAt = 0; /// while not connected

		explicit Stream(const RetryPolicy& retry): backoff(retry) {}
	};

	void connect(Stream& stream);
	void take(Stream& stream, std::string_view bytes);
	void receive(Stream& stream);
	void waitForEvents();
	void scheduleRetry(Stream& stream);
	std::string target(const Stream& stream) const;

	std::string _socketPath;
	RetryPolicy _retry;
	std::int64_t _task;
	std::int64_t _run;
	bool _follow;
	std::vector<std::unique_ptr<Stream>> _streams; /// a connection's callback refers to its stream
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_LogReader_INCLUDED
