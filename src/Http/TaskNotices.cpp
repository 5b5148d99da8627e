#include "Http/TaskNotices.h"
#include "TaskDaemon/Base/Exception.h"
#include <cstdint>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>


namespace TaskDaemon {


TaskNotices::TaskNotices(): _event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))
{
	if (!_event) throwErrno("cannot create an eventfd");
}


void TaskNotices::watch(int stream, TaskId task)
{
	forget(stream);
	const std::lock_guard lock(_mutex);
	_watchers.emplace(task, stream);
	_watched.emplace(stream, task);
}


void TaskNotices::forget(int stream)
{
	const std::lock_guard lock(_mutex);
	const auto watched = _watched.find(stream);
	if (watched == _watched.end()) return;
	auto [begin, end] = _watchers.equal_range(watched->second);
	while (begin != end && begin->second != stream) ++begin;
	_watchers.erase(begin);
	_watched.erase(watched);
}


void TaskNotices::tell(TaskId task)
{
	const std::lock_guard lock(_mutex);
	const auto [begin, end] = _watchers.equal_range(task);
	if (begin == end) return;
	for (auto watcher = begin; watcher != end; ++watcher) _told.push_back(watcher->second);
	const std::uint64_t one = 1;
	(void)::write(_event.get(), &one, sizeof one); // fails only when the counter is full, and then it is readable
}


std::vector<int> TaskNotices::take()
{
	std::uint64_t count = 0;
	(void)::read(_event.get(), &count, sizeof count); // before the list is taken: a tell() from now on sets it again
	const std::lock_guard lock(_mutex);
	return std::exchange(_told, {});
}


} // namespace TaskDaemon
