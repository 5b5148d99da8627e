#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/DaemonStopper.h"
#include "Cli/Launcher.h"


namespace TaskDaemon::Cli {


namespace {


class RestartCommand: public Command
/// `restart`: stop, then this process becomes `taskdaemond start`, whose output and exit code are the result.
{
public:
	void define(CLI::App& app) override
	{
		_options.define(app);
	}

	int run(Context& context) override
	{
		const Launcher launcher;
		std::vector<std::string> arguments{"start"};
		for (std::string& option : context.daemonOptions()) arguments.push_back(std::move(option));
		if (!_options.pidFile.empty()) arguments.push_back("--pidfile=" + _options.pidFile);
		// What runs is not given up for a daemon that would not start.
		launcher.capture(checkArguments(context));
		DaemonStopper(context, _options).stop();
		launcher.execute(arguments);
	}

private:
	static std::vector<std::string> checkArguments(const Context& context)
	{
		std::vector<std::string> arguments{"check-config"};
		for (std::string& option : context.daemonOptions()) arguments.push_back(std::move(option));
		return arguments;
	}

	StopOptions _options;
};


} // namespace


std::unique_ptr<Command> makeRestart()
{
	return std::make_unique<RestartCommand>();
}


} // namespace TaskDaemon::Cli
