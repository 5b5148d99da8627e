#ifndef TaskDaemon_Cli_CommandLine_INCLUDED
#define TaskDaemon_Cli_CommandLine_INCLUDED


#include <string>
#include <vector>


namespace TaskDaemon::Cli {


struct Invocation
/// A command line, taken apart as far as is needed to know who is meant.
{
	enum class Target
	{
		CLIENT, /// command is one of ours
		DAEMON, /// taskdaemond is to be executed with `arguments`
		HELP,
		VERSION
	};

	Target target = Target::DAEMON;
	std::string command;
	std::vector<std::string> arguments;
	/// CLIENT: the words before and after the command. DAEMON: all words, with start, run and check-config first.
};


Invocation takeApart(const std::vector<std::string>& words);
/// words are those after the program's name. Throws UsageException for a word that is no command.

int runProgram(const std::vector<std::string>& words);
/// main() without its preparations: runs the command, or executes taskdaemond. Returns the exit code; errors are reported.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_CommandLine_INCLUDED
