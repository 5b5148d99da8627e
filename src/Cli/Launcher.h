#ifndef TaskDaemon_Cli_Launcher_INCLUDED
#define TaskDaemon_Cli_Launcher_INCLUDED


#include <string>
#include <vector>


namespace TaskDaemon::Cli {


class Launcher
/// Finds and runs the daemon program: taskdaemond beside this program's real path, in ../sbin from there, or in the sbin folder of the
/// installation. Not thread-safe. Throws Exception that lists where it looked.
{
public:
	Launcher();

	explicit Launcher(std::vector<std::string> candidates): _candidates(std::move(candidates)) {}

	[[noreturn]] void execute(const std::vector<std::string>& arguments) const;
	/// Replaces this program by the daemon program.

	std::string capture(const std::vector<std::string>& arguments) const;
	/// Runs it and returns the first line of its standard output; its standard error is ours. Throws ConfigurationException when it fails.

private:
	std::string findProgram() const;

	std::vector<std::string> _candidates;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Launcher_INCLUDED
