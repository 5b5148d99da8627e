#ifndef TaskDaemon_Cli_QueueSwitch_INCLUDED
#define TaskDaemon_Cli_QueueSwitch_INCLUDED


#include "Cli/Command.h"
#include <string>


namespace TaskDaemon::Cli {


class QueueSwitch: public Command
/// What `pause` and `resume` have in common: one action on one queue.
{
public:
	explicit QueueSwitch(const char* action): _action(action) {}

	void define(CLI::App& app) override;
	int run(Context& context) override;

private:
	const char* _action;
	std::string _queue = "default";
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_QueueSwitch_INCLUDED
