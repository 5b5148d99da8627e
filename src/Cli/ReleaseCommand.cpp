#include "Cli/TaskAction.h"


namespace TaskDaemon::Cli {


std::unique_ptr<Command> makeRelease()
{
	return std::make_unique<TaskAction>("release");
}


} // namespace TaskDaemon::Cli
