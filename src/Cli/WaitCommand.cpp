#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/TaskWaiter.h"


namespace TaskDaemon::Cli {


namespace {


class WaitCommand: public Command
/// `wait ID...`: exits as the first task in the order of the arguments that did not succeed.
{
public:
	void define(CLI::App& app) override
	{
		addTaskIds(app, _words);
	}

	int run(Context& context) override
	{
		Json tasks = Json::array();
		const int code = waitForTasks(context.client(), taskIds(_words),
			[&](const Json& task)
			{
				if (context.json())
					tasks.push_back(task);
				else
					printOutcome(task);
			});
		if (context.json()) context.printJson(tasks);
		return code;
	}

private:
	std::vector<std::string> _words;
};


} // namespace


std::unique_ptr<Command> makeWait()
{
	return std::make_unique<WaitCommand>();
}


} // namespace TaskDaemon::Cli
