#include "Cli/TaskAction.h"


namespace TaskDaemon::Cli {


std::unique_ptr<Command> makeCancel()
{
	return std::make_unique<TaskAction>("cancel");
}


} // namespace TaskDaemon::Cli
