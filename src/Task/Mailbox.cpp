#include "Task/Mailbox.h"
#include <chrono>


namespace TaskDaemon {


bool Mailbox::post(std::unique_ptr<Job> job, Lane lane)
{
	const std::lock_guard<std::mutex> lock(_mutex);
	if (_closed) return false;
	if (_idle && empty()) _progress = monotonicTime();
	(lane == Lane::SUPERVISOR ? _supervisor : _clients).push_back(std::move(job));
	_changed.notify_one();
	return true;
}


void Mailbox::close()
{
	const std::lock_guard<std::mutex> lock(_mutex);
	_closed = true;
	_changed.notify_one();
}


bool Mailbox::take(Jobs& jobs, std::size_t maxRows, std::optional<Microseconds> deadline)
{
	std::unique_lock<std::mutex> lock(_mutex);
	_progress = monotonicTime();
	_idle = true;
	while (empty() && !_closed)
	{
		if (!deadline)
		{
			_changed.wait(lock);
			continue;
		}
		const Microseconds left = *deadline - monotonicTime();
		if (left <= 0) break;
		_changed.wait_for(lock, std::chrono::microseconds(left));
	}
	if (_closed && empty()) return false;
	_idle = false;
	std::size_t rows = 0;
	move(_supervisor, jobs, rows, maxRows);
	move(_clients, jobs, rows, maxRows);
	return true;
}


void Mailbox::move(Queue& from, Jobs& to, std::size_t& rows, std::size_t maxRows)
{
	while (!from.empty() && (rows == 0 || rows + from.front()->rows() <= maxRows))
	{
		rows += from.front()->rows();
		to.push_back(std::move(from.front()));
		from.pop_front();
	}
}


bool Mailbox::busy() const
{
	const std::lock_guard<std::mutex> lock(_mutex);
	return !_idle || !empty();
}


Microseconds Mailbox::lastProgress() const
{
	const std::lock_guard<std::mutex> lock(_mutex);
	return _progress;
}


} // namespace TaskDaemon
