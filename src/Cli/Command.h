#ifndef TaskDaemon_Cli_Command_INCLUDED
#define TaskDaemon_Cli_Command_INCLUDED


#include "Cli/Context.h"
#include <memory>
#include <vector>


namespace CLI {
class App;
}


namespace TaskDaemon::Cli {


class Command
/// One word of the command line: `list`. Not thread-safe; owned by runCommand(), used once. Errors: exceptions of ours,
/// which end the program with their exit code.
{
public:
	Command() = default;
	Command(const Command&) = delete;
	Command& operator=(const Command&) = delete;
	virtual ~Command() = default;

	virtual void define(CLI::App& app) = 0;
	/// Adds its options, bound to its members; app outlives run().

	virtual int run(Context& context) = 0;
	/// Does it and returns the exit code.
};


struct CommandEntry
{
	const char* name;
	const char* summary;
	std::unique_ptr<Command> (*make)();
};


// One a command, each in the file that bears its name.
std::unique_ptr<Command> makeStop();
std::unique_ptr<Command> makeRestart();
std::unique_ptr<Command> makeStatus();
std::unique_ptr<Command> makeHealth();
std::unique_ptr<Command> makeSubmit();
std::unique_ptr<Command> makeList();
std::unique_ptr<Command> makeShow();
std::unique_ptr<Command> makeLogs();
std::unique_ptr<Command> makeWait();
std::unique_ptr<Command> makeCancel();
std::unique_ptr<Command> makeHold();
std::unique_ptr<Command> makeRelease();
std::unique_ptr<Command> makePause();
std::unique_ptr<Command> makeResume();
std::unique_ptr<Command> makeQueue();


const std::vector<CommandEntry>& commands();
/// All of them, in the order of --help.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Command_INCLUDED
