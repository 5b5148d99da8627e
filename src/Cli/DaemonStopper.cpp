#include "Cli/DaemonStopper.h"
#include "Cli/Arguments.h"
#include "Cli/JsonFields.h"
#include "TaskDaemon/Base/Exception.h"
#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


constexpr Microseconds PROGRESS_INTERVAL = SECOND;


class Progress
/// A line on a terminal that tells a waiting person how long it has been taking. Not thread-safe.
{
public:
	Progress(): _begin(monotonicTime()), _visible(::isatty(STDERR_FILENO) == 1) {}

	~Progress()
	{
		if (_shown) show("\r\x1b[K");
	}

	Progress(const Progress&) = delete;
	Progress& operator=(const Progress&) = delete;

	bool visible() const
	{
		return _visible;
	}

	void update()
	{
		const Microseconds elapsed = monotonicTime() - _begin;
		if (elapsed < PROGRESS_INTERVAL) return;
		_shown = true;
		show("\r\x1b[Kstopping, " + std::to_string(elapsed / SECOND) + "s; running tasks may finish (--force stops them now)");
	}

private:
	static void show(const std::string& text)
	{
		// Decoration: if the terminal is gone, the work goes on.
		[[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
	}

	Microseconds _begin;
	bool _visible;
	bool _shown = false;
};


} // namespace


void StopOptions::define(CLI::App& app)
{
	app.add_option("--timeout", timeout,
		   "Wait at most so long, then exit with 75 (or, with --force, force it): 30, 5m; default: as long as it takes")
		->type_name("S");
	app.add_flag("--force", force, "Stop running tasks now instead of letting them finish; after 10 s kill the daemon");
	addPidFile(app, pidFile);
}


DaemonStopper::DaemonStopper(Context& context, const StopOptions& options, Microseconds forceGrace):
	_context(context), _force(options.force), _forceGrace(forceGrace)
{
	if (!options.timeout.empty()) _timeout = seconds("--timeout", options.timeout);
	if (!options.pidFile.empty()) context.setPidFile(options.pidFile);
	_pidFile = context.pidFile();
}


DaemonStopper::Result DaemonStopper::stop()
{
	const PidFileProbe probe(_pidFile);
	if (probe.presence() != PidFileProbe::Presence::ALIVE) return Result::NOT_RUNNING;
	_process = probe.openProcess();
	if (!_process) return Result::NOT_RUNNING;
	_pid = probe.pid();

	// Without a timeout, force means now.
	if (_force && !_timeout) return force();
	// To a daemon that lets its tasks finish, a second TERM means to stop them.
	if (!isStoppingAlready()) signal(SIGTERM);
	if (gone(_timeout ? std::optional(monotonicTime() + *_timeout) : std::nullopt)) return Result::STOPPED;
	if (_force) return force();
	throw BusyException("the daemon (PID " + std::to_string(_pid) + ") is still stopping after " + formatDuration(*_timeout) +
						"; running tasks may take longer, --force stops them");
}


DaemonStopper::Result DaemonStopper::force() const
{
	signal(SIGQUIT);
	if (gone(monotonicTime() + _forceGrace)) return Result::STOPPED;
	signal(SIGKILL);
	gone(std::nullopt);
	return Result::KILLED;
}


bool DaemonStopper::isStoppingAlready() const
{
	try
	{
		const Json status = ControlClient(_context.controlSocket(), RetryPolicy{0, 0, 0}, SECOND).get("/v1/status");
		const std::string state = textField(status, "state");
		return numberField(status, "supervisor_pid") == _pid && (state == "draining" || state == "stopping");
	}
	catch (const Exception& exc)
	{
		// A daemon that does not answer is to be stopped all the same.
		_context.explain(exc.what());
		return false;
	}
}


void DaemonStopper::signal(int number) const
{
	if (::syscall(SYS_pidfd_send_signal, _process.get(), number, nullptr, 0) == 0 || errno == ESRCH) return; // ESRCH: it has just ended
	if (errno == EPERM)
		throw Exception(
			"cannot stop the daemon (PID " + std::to_string(_pid) + "): permission denied; be root or the user who runs it", EXIT_NOPERM);
	throwErrno("cannot signal the daemon (PID " + std::to_string(_pid) + ")");
}


bool DaemonStopper::gone(std::optional<Microseconds> deadline) const
{
	Progress progress;
	for (;;)
	{
		const Microseconds left = deadline ? *deadline - monotonicTime() : LLONG_MAX;
		const Microseconds wait = progress.visible() ? std::min(left, PROGRESS_INTERVAL) : left;
		const bool forEver = wait == LLONG_MAX;
		const auto milliseconds = forEver ? -1 : static_cast<int>(std::clamp<Microseconds>(wait / MILLISECOND + 1, 0, INT_MAX));
		pollfd event{_process.get(), POLLIN, 0}; // readable once the process has ended: pidfd_open(2)
		const int ready = ::poll(&event, 1, left <= 0 ? 0 : milliseconds);
		if (ready > 0) return true;
		if (ready < 0 && errno != EINTR) throwErrno("cannot wait for the daemon to end");
		if (left <= 0) return false;
		if (progress.visible()) progress.update();
	}
}


} // namespace TaskDaemon::Cli
