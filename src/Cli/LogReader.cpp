#include "Cli/LogReader.h"
#include "Cli/ControlClient.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include <algorithm>
#include <cerrno>
#include <climits>
#include <poll.h>


namespace TaskDaemon::Cli {


namespace {


constexpr Microseconds SEND_TIMEOUT = 60 * SECOND;
constexpr std::size_t ERROR_LIMIT = 65536;


} // namespace


LogReader::LogReader(std::string socketPath, const RetryPolicy& retry, std::int64_t task, std::int64_t run, bool follow):
	_socketPath(std::move(socketPath)), _retry(retry), _task(task), _run(run), _follow(follow)
{}


void LogReader::add(const std::string& stream, int targetFd)
{
	_streams.push_back(std::make_unique<Stream>(_retry));
	_streams.back()->name = stream;
	_streams.back()->targetFd = targetFd;
}


void LogReader::copy()
{
	const auto isDone = [](const std::unique_ptr<Stream>& stream) { return stream->done; };
	while (!std::all_of(_streams.begin(), _streams.end(), isDone))
	{
		for (const auto& stream : _streams)
		{
			if (!stream->done && !stream->connection && stream->retryAt <= monotonicTime()) connect(*stream);
		}
		waitForEvents();
	}
}


void LogReader::connect(Stream& stream)
{
	try
	{
		stream.errorBody.clear();
		stream.connection = std::make_unique<ControlConnection>(_socketPath, ControlRequest{"GET", target(stream), ""}, SEND_TIMEOUT,
			[this, &stream](std::string_view bytes) { take(stream, bytes); });
		stream.wasConnected = true;
	}
	catch (const NoDaemonException&)
	{
		if (!stream.wasConnected) throw;
		scheduleRetry(stream);
	}
}


void LogReader::take(Stream& stream, std::string_view bytes)
{
	if (stream.connection->status() != 200)
	{
		stream.errorBody += bytes.substr(0, ERROR_LIMIT - std::min(ERROR_LIMIT, stream.errorBody.size()));
		return;
	}
	writeAll(stream.targetFd, bytes.data(), bytes.size(), stream.name);
	stream.offset += bytes.size();
	stream.backoff.reset();
}


void LogReader::receive(Stream& stream)
{
	try
	{
		if (!stream.connection->receive()) return;
		if (stream.connection->status() != 200) throw ApiException(stream.connection->status(), stream.errorBody);
		stream.done = true;
		stream.connection.reset();
	}
	catch (const ConnectionCutException&)
	{
		stream.connection.reset();
		scheduleRetry(stream);
	}
}


void LogReader::scheduleRetry(Stream& stream)
{
	const auto pause = stream.backoff.nextPause();
	if (!pause) throw UnavailableException("the connection to the daemon at " + _socketPath + " was lost; see `taskdaemon status`");
	stream.retryAt = monotonicTime() + *pause;
}


void LogReader::waitForEvents()
{
	std::vector<pollfd> events;
	std::vector<Stream*> owners;
	int wait = -1;
	for (const auto& stream : _streams)
	{
		if (stream->connection)
		{
			events.push_back({stream->connection->fd(), POLLIN, 0});
			owners.push_back(stream.get());
		}
		else if (!stream->done)
		{
			const Microseconds left = std::max<Microseconds>(0, stream->retryAt - monotonicTime()) / MILLISECOND + 1;
			const int milliseconds = static_cast<int>(std::min<Microseconds>(left, INT_MAX));
			wait = wait < 0 ? milliseconds : std::min(wait, milliseconds);
		}
	}
	if (events.empty() && wait < 0) return;
	if (::poll(events.data(), events.size(), wait) < 0 && errno != EINTR) throwErrno("cannot wait for the task's output");
	for (std::size_t i = 0; i < events.size(); ++i)
	{
		if (events[i].revents != 0) receive(*owners[i]);
	}
}


std::string LogReader::target(const Stream& stream) const
{
	return "/v1/tasks/" + std::to_string(_task) + "/log?stream=" + stream.name + "&run=" + std::to_string(_run) +
		   "&offset=" + std::to_string(stream.offset) + (_follow ? "&follow=1" : "");
}


} // namespace TaskDaemon::Cli
