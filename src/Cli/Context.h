#ifndef TaskDaemon_Cli_Context_INCLUDED
#define TaskDaemon_Cli_Context_INCLUDED


#include "Cli/ControlClient.h"
#include "Cli/Output.h"
#include "TaskDaemon/Base/Paths.h"
#include <optional>
#include <string>
#include <vector>


namespace TaskDaemon::Cli {


struct GlobalOptions
/// What every command takes, before its name and after it.
{
	std::string config; /// --config, else TASKDAEMON_CONFIG; empty: the default path, which need not exist
	std::string home; /// --home, else TASKDAEMON_HOME; empty: none
	std::string output; /// "human" or "json"
	bool verbose = false;

	static GlobalOptions fromEnvironment();
};


class Context
/// What a command works with. Finds things only when they are asked for: `submit` never looks for the PID file. Not thread-safe;
/// owned by runCommand(), outlives the command. Throws ConfigurationException and what reading the configuration file throws.
{
public:
	Context(GlobalOptions options, int outputFd);

	bool json() const
	{
		return _options.output == "json";
	}

	Output& out()
	{
		return _out;
	}

	void printJson(const Json& document);
	/// One document and a newline.

	ControlClient& client();
	const std::string& controlSocket();
	const std::string& pidFile();

	void setPidFile(const std::string& path)
	/// --pid-file wins over the configuration.
	{
		_pidFile = path;
	}

	std::vector<std::string> daemonOptions() const;
	/// --config and --home for a taskdaemond that shall use the same configuration.

	void explain(const std::string& message) const;
	/// To standard error with -v, else nothing.

private:
	std::string configured(const std::string& key, const std::string& fallback);
	const Paths& paths();

	GlobalOptions _options;
	Output _out;
	std::optional<Paths> _paths;
	std::optional<std::string> _controlSocket;
	std::optional<std::string> _pidFile;
	std::optional<ControlClient> _client;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Context_INCLUDED
