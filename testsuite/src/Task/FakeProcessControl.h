#ifndef TaskDaemon_Test_FakeProcessControl_INCLUDED
#define TaskDaemon_Test_FakeProcessControl_INCLUDED


#include "TaskDaemon/Task/ProcessControl.h"
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>


namespace TaskDaemon {


class FakeProcessControl: public ProcessControl
/// Keeps what was flushed, in order, and lets a test wait for it.
{
public:
	void send(const Message& message) override
	{
		_appended.push_back(message);
	}

	void flush() override
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		_sent.insert(_sent.end(), _appended.begin(), _appended.end());
		_appended.clear();
		++_flushes;
		_changed.notify_all();
	}

	template <typename M>
	std::vector<M> sent() const
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return select<M>();
	}

	template <typename M>
	std::vector<M> await(std::size_t count)
	/// All messages of a type once there are count, or what there is after 10 s.
	{
		std::unique_lock<std::mutex> lock(_mutex);
		_changed.wait_for(lock, std::chrono::seconds(10), [&] { return select<M>().size() >= count; });
		return select<M>();
	}

	std::vector<Message> all() const
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return _sent;
	}

	int flushes() const
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		return _flushes;
	}

private:
	template <typename M>
	std::vector<M> select() const
	{
		std::vector<M> result;
		for (const Message& message : _sent)
			if (const M* wanted = std::get_if<M>(&message)) result.push_back(*wanted);
		return result;
	}

	mutable std::mutex _mutex;
	std::condition_variable _changed;
	std::vector<Message> _appended; // of the scheduler's thread
	std::vector<Message> _sent;
	int _flushes = 0;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_FakeProcessControl_INCLUDED
