#ifndef TaskDaemon_Task_Mailbox_INCLUDED
#define TaskDaemon_Task_Mailbox_INCLUDED


#include "Task/Job.h"
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>


namespace TaskDaemon {


class Mailbox
/// The scheduler's jobs, in two lanes: what the supervisor tells goes before what clients ask, because an end frees a slot and
/// must not wait behind a long batch of submits. Each lane keeps its order.
///
/// Thread safety: post(), close() and the readings from any thread; take() from the scheduler's. No errors.
{
public:
	enum class Lane
	{
		SUPERVISOR,
		CLIENTS
	};

	bool post(std::unique_ptr<Job> job, Lane lane);
	/// False, and the job is gone, after close().

	void close();

	bool take(Jobs& jobs, std::size_t maxRows, std::optional<Microseconds> deadline);
	/// Waits for a job, at most until deadline (monotonic; nothing: for ever), and appends those that fit a transaction of maxRows
	/// rows: at least one if any waits, so that a larger one still goes. False once it is closed and empty.

	bool busy() const;
	/// Whether jobs wait, or were taken by a take() that was not followed by the next one.

	Microseconds lastProgress() const;
	/// When take() was last called or, after it had found nothing, when the next job came.

private:
	bool empty() const
	{
		return _supervisor.empty() && _clients.empty();
	}

	using Queue = std::deque<std::unique_ptr<Job>>;

	static void move(Queue& from, Jobs& to, std::size_t& rows, std::size_t maxRows);

	mutable std::mutex _mutex;
	std::condition_variable _changed;
	Queue _supervisor;
	Queue _clients;
	bool _closed = false;
	bool _idle = true;
	Microseconds _progress = monotonicTime();
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Mailbox_INCLUDED
