#include "Daemon/RestartPolicy.h"
#include <algorithm>


namespace TaskDaemon {


RestartPolicy::RestartPolicy(SettingsPtr settings): _settings(std::move(settings)), _delay(_settings->restartDelay) {}


std::optional<Microseconds> RestartPolicy::nextDelay(Microseconds now, Microseconds upTime)
{
	if (_settings->restartLimit > 0)
	{
		while (!_restarts.empty() && _restarts.front() <= now - _settings->restartWindow) _restarts.pop_front();
		if (_restarts.size() >= static_cast<std::size_t>(_settings->restartLimit)) return std::nullopt;
		_restarts.push_back(now);
	}
	if (upTime > _delay) _delay = _settings->restartDelay;
	const Microseconds delay = _delay;
	_delay = std::min(2 * _delay, std::max(_settings->restartMaxDelay, _settings->restartDelay));
	return delay;
}


} // namespace TaskDaemon
