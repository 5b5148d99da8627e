#include "Task/QueueTable.h"


namespace TaskDaemon {


void QueueTable::configure(const std::string& queue, int parallelism)
{
	_queues[queue].parallelism = parallelism;
}


void QueueTable::setPaused(const std::string& queue, bool paused)
{
	Queue& entry = _queues[queue];
	entry.paused = paused;
	entry.mayHaveWork = true;
}


bool QueueTable::paused(const std::string& queue) const
{
	const auto found = _queues.find(queue);
	return found != _queues.end() && found->second.paused;
}


void QueueTable::takeSlot(const std::string& queue)
{
	++_queues[queue].running;
}


void QueueTable::freeSlot(const std::string& queue)
{
	--_queues[queue].running;
}


void QueueTable::mayHaveWork(const std::string& queue)
{
	_queues[queue].mayHaveWork = true;
}


void QueueTable::mayHaveWork()
{
	for (auto& [name, queue] : _queues) queue.mayHaveWork = true;
}


void QueueTable::hasNoWork(const std::string& queue)
{
	_queues[queue].mayHaveWork = false;
}


std::vector<std::pair<std::string, int>> QueueTable::claimable() const
{
	std::vector<std::pair<std::string, int>> result;
	for (const auto& [name, queue] : _queues)
		if (!queue.paused && queue.mayHaveWork && queue.running < queue.parallelism)
			result.emplace_back(name, queue.parallelism - queue.running);
	return result;
}


} // namespace TaskDaemon
