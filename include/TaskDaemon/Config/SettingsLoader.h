#ifndef TaskDaemon_Config_SettingsLoader_INCLUDED
#define TaskDaemon_Config_SettingsLoader_INCLUDED


#include "TaskDaemon/Config/Settings.h"
#include <map>
#include <string>


namespace TaskDaemon {


struct SettingsSource
/// Where a configuration comes from. Later ones win: built-in defaults, the file, overrides.
{
	std::string home; /// --home or TASKDAEMON_HOME; empty: none
	std::string file; /// --config or TASKDAEMON_CONFIG; empty: the default path, which need not exist
	bool foreground = false; /// log.target is stderr where the file does not say otherwise
	std::map<std::string, std::string> overrides;
	/// key -> value from the command line (daemon.pidFile, daemon.umask), checked like the file's values; errors begin with "command line: KEY: ".
};


SettingsPtr loadSettings(const SettingsSource& source);
/// Reads, checks and types a configuration: .properties, .xml, .json, .yml/.yaml by the file's ending. All errors are of the form
/// "FILE:LINE: KEY: reason; remedy", all those of one file in one ConfigurationException (a line each), so that one run shows every mistake.
/// Unknown keys (with the nearest known one as the remedy), duplicate keys, values of the wrong type or out of range are errors. A relative file
/// is taken from the current folder: a daemon that has changed it reloads by Settings::configFile. Thread-safe.


} // namespace TaskDaemon


#endif // TaskDaemon_Config_SettingsLoader_INCLUDED
