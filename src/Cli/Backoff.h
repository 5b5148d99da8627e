#ifndef TaskDaemon_Cli_Backoff_INCLUDED
#define TaskDaemon_Cli_Backoff_INCLUDED


#include "TaskDaemon/Base/Time.h"
#include <optional>


namespace TaskDaemon::Cli {


struct RetryPolicy
/// How long a request is tried again while the service restarts.
{
	Microseconds firstPause = 100 * MILLISECOND;
	Microseconds longestPause = 2 * SECOND;
	Microseconds total = 10 * SECOND; /// of all pauses
};


class Backoff
/// Reckons the growing pauses between tries. A value; not thread-safe.
{
public:
	explicit Backoff(const RetryPolicy& policy): _policy(policy), _next(policy.firstPause) {}

	std::optional<Microseconds> nextPause();
	/// How long to wait before the next try; nothing when it is time to give up.

	void reset()
	/// After a success.
	{
		*this = Backoff(_policy);
	}

	const RetryPolicy& policy() const
	{
		return _policy;
	}

private:
	RetryPolicy _policy;
	Microseconds _next;
	Microseconds _spent = 0;
};


void pauseFor(Microseconds duration);
/// Sleeps: for pauses between tries only, where there is no event to wait for.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Backoff_INCLUDED
