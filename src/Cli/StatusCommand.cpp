#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/PidFileProbe.h"
#include "Cli/StatusText.h"
#include <algorithm>
#include <climits>
#include <poll.h>


namespace TaskDaemon::Cli {


namespace {


enum LsbStatus
/// Of `status` actions: Linux Standard Base Core 5.0, section 22.2.
{
	LSB_RUNNING = 0,
	LSB_DEAD_WITH_PID_FILE = 1,
	LSB_NOT_RUNNING = 3,
	LSB_UNKNOWN = 4
};


class StatusCommand: public Command
/// `status`: asks the daemon; when it cannot be asked, the PID file's lock tells whether it lives.
{
public:
	void define(CLI::App& app) override
	{
		app.add_flag("-d,--detailed", _detailed, "Also the configuration and all health checks");
		app.add_flag("-w,--watch", _watch, "Show it again and again, until interrupted");
		app.add_option("--interval", _interval, "Time between two looks with --watch: 2, 500ms")->type_name("S")->capture_default_str();
		addPidFile(app, _pidFile);
	}

	int run(Context& context) override
	{
		const Microseconds interval = seconds("--interval", _interval);
		if (interval < 100 * MILLISECOND) throw UsageException("--interval: at least 100ms");
		if (!_pidFile.empty()) context.setPidFile(_pidFile);
		if (!_watch) return show(context);
		const Terminal terminal = Terminal::of(context.out().fd());
		for (;;)
		{
			if (terminal.present)
				context.out().write("\x1b[H\x1b[J"); // home, clear: written together with what follows, so it does not flicker
			const int code = show(context);
			context.out().flush();
			if (waitForNext(context, interval)) return code;
		}
	}

private:
	static bool waitForNext(Context& context, Microseconds interval)
	/// Whether the reader has gone meanwhile: there is nothing left to show it to.
	{
		pollfd event{context.out().fd(), 0, 0};
		const auto milliseconds = static_cast<int>(std::min<Microseconds>(interval / MILLISECOND, INT_MAX));
		return ::poll(&event, 1, milliseconds) > 0 && (event.revents & (POLLERR | POLLNVAL)) != 0;
	}

	int show(Context& context) const
	{
		try
		{
			const Json status = context.client().get("/v1/status");
			if (context.json())
				context.printJson(status);
			else
				printStatus(context.out(), Terminal::of(context.out().fd()), status, _detailed);
			return LSB_RUNNING;
		}
		catch (const Exception& exc)
		{
			if (exc.exitCode() == EXIT_CONFIG || exc.exitCode() == EXIT_USAGE) throw;
			return showWithoutDaemon(context, exc);
		}
	}

	static int showWithoutDaemon(Context& context, const Exception& reason)
	{
		context.explain(reason.what());
		try
		{
			const PidFileProbe probe(context.pidFile());
			switch (probe.presence())
			{
			case PidFileProbe::Presence::ABSENT: return print(context, "stopped", "taskdaemon is not running", LSB_NOT_RUNNING);
			case PidFileProbe::Presence::DEAD:
				return print(context, "dead", "taskdaemon is not running, but its PID file exists: it was killed", LSB_DEAD_WITH_PID_FILE);
			case PidFileProbe::Presence::ALIVE: break;
			}
			printError(reason.what());
			const std::string pid = probe.pid() != 0 ? " (PID " + std::to_string(probe.pid()) + ")" : "";
			if (reason.exitCode() == EXIT_NOPERM) return print(context, "running", "taskdaemon is running" + pid, LSB_RUNNING);
			return print(context, "unknown", "taskdaemon is running" + pid + ", but does not tell its status", LSB_UNKNOWN);
		}
		catch (const Exception& exc)
		{
			printError(reason.what());
			printError(exc.what());
			return print(context, "unknown", "it is unknown whether taskdaemon is running", LSB_UNKNOWN);
		}
	}

	static int print(Context& context, const char* state, const std::string& text, int code)
	{
		if (context.json())
			context.printJson({{"state", state}});
		else
			context.out().write(text + "\n");
		return code;
	}

	bool _detailed = false;
	bool _watch = false;
	std::string _interval = "2";
	std::string _pidFile;
};


} // namespace


std::unique_ptr<Command> makeStatus()
{
	return std::make_unique<StatusCommand>();
}


} // namespace TaskDaemon::Cli
