#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/DaemonStopper.h"


namespace TaskDaemon::Cli {


namespace {


class StopCommand: public Command
/// `stop`: succeeds as well when nothing runs, as the LSB wants of init scripts.
{
public:
	void define(CLI::App& app) override
	{
		_options.define(app);
	}

	int run(Context& context) override
	{
		DaemonStopper stopper(context, _options);
		const DaemonStopper::Result result = stopper.stop();
		const char* state = "not running";
		if (result == DaemonStopper::Result::STOPPED) state = "stopped";
		if (result == DaemonStopper::Result::KILLED) state = "killed";
		if (context.json())
			context.printJson({{"result", state}, {"pid", stopper.pid() != 0 ? Json(stopper.pid()) : Json()}});
		else if (stopper.pid() != 0)
			context.out().write(std::string("taskdaemon ") + state + " (PID " + std::to_string(stopper.pid()) + ")\n");
		else
			context.out().write("taskdaemon is not running\n");
		return EXIT_OK;
	}

private:
	StopOptions _options;
};


} // namespace


std::unique_ptr<Command> makeStop()
{
	return std::make_unique<StopCommand>();
}


} // namespace TaskDaemon::Cli
