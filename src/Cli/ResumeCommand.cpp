#include "Cli/QueueSwitch.h"


namespace TaskDaemon::Cli {


std::unique_ptr<Command> makeResume()
{
	return std::make_unique<QueueSwitch>("resume");
}


} // namespace TaskDaemon::Cli
