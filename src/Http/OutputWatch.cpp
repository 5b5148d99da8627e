#include "Http/OutputWatch.h"
#include "TaskDaemon/Base/Exception.h"
#include <array>
#include <cerrno>
#include <sys/inotify.h>
#include <unistd.h>


namespace TaskDaemon {


OutputWatch::OutputWatch(): _inotify(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))
{
	if (!_inotify) throwErrno("cannot create an inotify instance");
}


void OutputWatch::watchFile(int stream, int file)
{
	// By descriptor, so that it is the very file that is read, whatever its name stands for by now.
	if (!add(stream, "/proc/self/fd/" + std::to_string(file), IN_MODIFY)) throwErrno("cannot watch a task's output");
}


bool OutputWatch::watchFolder(int stream, const std::string& path)
{
	if (add(stream, path, IN_CREATE | IN_MOVED_TO | IN_ONLYDIR)) return true;
	if (errno == ENOENT) return false;
	throwErrno("cannot watch the folder '" + path + "'");
}


bool OutputWatch::add(int stream, const std::string& path, std::uint32_t mask)
{
	const int watch = ::inotify_add_watch(_inotify.get(), path.c_str(), mask);
	if (watch < 0) return false;
	const auto previous = _watchOf.find(stream);
	if (previous != _watchOf.end() && previous->second == watch) return true;
	forget(stream);
	_watchOf[stream] = watch;
	_streamsOf[watch].insert(stream);
	return true;
}


void OutputWatch::forget(int stream)
{
	const auto watch = _watchOf.find(stream);
	if (watch == _watchOf.end()) return;
	const auto streams = _streamsOf.find(watch->second);
	streams->second.erase(stream);
	if (streams->second.empty())
	{
		// Fails when the kernel has dropped the watch with its file.
		(void)::inotify_rm_watch(_inotify.get(), watch->second);
		_streamsOf.erase(streams);
	}
	_watchOf.erase(watch);
}


std::set<int> OutputWatch::take()
{
	std::set<int> changed;
	alignas(inotify_event) std::array<char, 16384> buffer;
	const ssize_t size = ::read(_inotify.get(), buffer.data(), buffer.size());
	for (ssize_t offset = 0; offset < size;)
	{
		const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + offset);
		offset += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
		if ((event->mask & IN_Q_OVERFLOW) != 0)
		{
			for (const auto& watch : _watchOf) changed.insert(watch.first);
			continue;
		}
		const auto streams = _streamsOf.find(event->wd);
		if (streams != _streamsOf.end()) changed.insert(streams->second.begin(), streams->second.end());
	}
	return changed;
}


} // namespace TaskDaemon
