#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/StatusText.h"


namespace TaskDaemon::Cli {


namespace {


class QueueCommand: public Command
/// `queue` and `queue list`.
{
public:
	void define(CLI::App& app) override
	{
		app.add_option("ACTION", _action, "list")->type_name("")->check(CLI::IsMember({"list"}));
	}

	int run(Context& context) override
	{
		const Json queues = context.client().get("/v1/queues");
		if (context.json())
			context.printJson(queues);
		else
			printQueues(context.out(), Terminal::of(context.out().fd()), queues);
		return EXIT_OK;
	}

private:
	std::string _action = "list";
};


} // namespace


std::unique_ptr<Command> makeQueue()
{
	return std::make_unique<QueueCommand>();
}


} // namespace TaskDaemon::Cli
