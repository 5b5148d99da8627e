#include "Cli/Backoff.h"
#include <algorithm>
#include <cerrno>
#include <ctime>


namespace TaskDaemon::Cli {


std::optional<Microseconds> Backoff::nextPause()
{
	if (_spent >= _policy.total) return std::nullopt;
	const Microseconds pause = std::min(_next, _policy.total - _spent);
	_spent += pause;
	_next = std::min(_next * 2, _policy.longestPause);
	return pause;
}


void pauseFor(Microseconds duration)
{
	timespec left{duration / SECOND, duration % SECOND * 1000};
	while (::clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
	{}
}


} // namespace TaskDaemon::Cli
