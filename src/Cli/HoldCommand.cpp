#include "Cli/TaskAction.h"


namespace TaskDaemon::Cli {


std::unique_ptr<Command> makeHold()
{
	return std::make_unique<TaskAction>("hold");
}


} // namespace TaskDaemon::Cli
