#include "Cli/QueueSwitch.h"


namespace TaskDaemon::Cli {


std::unique_ptr<Command> makePause()
{
	return std::make_unique<QueueSwitch>("pause");
}


} // namespace TaskDaemon::Cli
