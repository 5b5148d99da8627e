#ifndef TaskDaemon_Task_QueueTable_INCLUDED
#define TaskDaemon_Task_QueueTable_INCLUDED


#include <map>
#include <string>
#include <utility>
#include <vector>


namespace TaskDaemon {


class QueueTable
/// The scheduler's view of the queues: their limits, how many slots are taken, and whether a claim may find anything.
/// A plain value, small enough to be copied for every turn. Not thread-safe; no errors.
{
public:
	void configure(const std::string& queue, int parallelism);
	/// A queue of which only the store knows has no parallelism: its tasks stay queued.

	void setPaused(const std::string& queue, bool paused);

	bool paused(const std::string& queue) const;
	/// False for an unknown queue.

	bool contains(const std::string& queue) const
	{
		return _queues.count(queue) != 0;
	}

	void takeSlot(const std::string& queue);
	void freeSlot(const std::string& queue);

	void mayHaveWork(const std::string& queue);
	/// Something was queued, or may be claimed now that could not before.

	void mayHaveWork();
	/// In any queue.

	void hasNoWork(const std::string& queue);
	/// A claim found nothing: there is no point in asking again before mayHaveWork().

	std::vector<std::pair<std::string, int>> claimable() const;
	/// The queues of which a claim may find something, with their free slots.

private:
	struct Queue
	{
		int parallelism = 0;
		int running = 0;
		bool paused = false;
		bool mayHaveWork = true;
	};

	std::map<std::string, Queue> _queues;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_QueueTable_INCLUDED
