#ifndef TaskDaemon_Cli_TaskAction_INCLUDED
#define TaskDaemon_Cli_TaskAction_INCLUDED


#include "Cli/Command.h"
#include <string>
#include <vector>


namespace TaskDaemon::Cli {


class TaskAction: public Command
/// What `cancel`, `hold` and `release` have in common: one action on each of the tasks named. An error with one does not spare the
/// others; the first error's exit code is the command's.
{
public:
	explicit TaskAction(const char* action): _action(action) {}

	void define(CLI::App& app) override;
	int run(Context& context) override;

private:
	const char* _action;
	std::vector<std::string> _words;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_TaskAction_INCLUDED
