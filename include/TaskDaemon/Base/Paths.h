#ifndef TaskDaemon_Base_Paths_INCLUDED
#define TaskDaemon_Base_Paths_INCLUDED


#include <string>


namespace TaskDaemon {


struct Paths
/// Where everything is unless the configuration says otherwise. Both programs reckon it alike, so that the client finds the daemon.
{
	std::string config; /// the configuration file; need not exist
	std::string pidFile;
	std::string controlSocket;
	std::string store; /// the SQLite database
	std::string taskLogs; /// folder of the tasks' output
	std::string logFile; /// the daemon's own log
	std::string statusFile;

	static Paths defaults(const std::string& home);
	/// With home (--home or TASKDAEMON_HOME, made absolute): everything directly below it: taskdaemon.properties,
	/// taskdaemon.pid, control.sock, tasks.db, tasks/, taskdaemon.log, status.json. Without, as root: /etc/taskdaemon, /run/taskdaemon,
	/// /var/lib/taskdaemon, /var/log/taskdaemon. Otherwise the XDG base directories (config, state, runtime; the runtime files go
	/// to the state folder where XDG_RUNTIME_DIR is not set). Throws Exception when there is no HOME to start from.
};


} // namespace TaskDaemon


#endif // TaskDaemon_Base_Paths_INCLUDED
