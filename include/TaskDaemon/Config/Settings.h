#ifndef TaskDaemon_Config_Settings_INCLUDED
#define TaskDaemon_Config_Settings_INCLUDED


#include "TaskDaemon/Base/Time.h"
#include <cstdint>
#include <map>
#include <memory>
#include <string>


namespace TaskDaemon {


enum class OnCrash
/// What becomes of a task whose run was cut short by the daemon or whose end nobody saw.
{
	REQUEUE,
	HOLD,
	FAIL
};


enum class LogLevel
{
	ERROR,
	WARNING,
	INFORMATION,
	DEBUG
};


enum class LogTarget
{
	STDERR,
	FILE,
	SYSLOG,
	JOURNAL
};


struct QueueSettings
{
	int parallelism = 1;
	bool paused = false; /// how a queue that is new to the store begins
};


struct Settings
/// One configuration, checked and typed: a snapshot that never changes once it is published as SettingsPtr, so that every
/// thread may read it. Made by SettingsLoader only, except in tests.
{
	std::string configFile; /// where it was read from; empty when no file exists

	std::string pidFile;
	std::string workDir;
	unsigned umask = 027;
	std::string daemonStdout; /// a file, or empty for /dev/null
	std::string daemonStderr;

	LogLevel logLevel = LogLevel::INFORMATION;
	LogTarget logTarget = LogTarget::FILE;
	std::string logFile;

	std::string healthHost; /// empty: no health server
	std::uint16_t healthPort = 0; /// 0: any free port, shown by status

	std::string controlSocket;
	unsigned controlMode = 0660;
	std::string controlGroup; /// who may use the control socket besides root and the daemon's own user; empty: nobody

	std::string storePath;

	std::map<std::string, QueueSettings> queues; /// "default" is always there

	Microseconds taskTimeout = 0; /// 0: none
	Microseconds taskKillAfter = 10 * SECOND;
	OnCrash taskOnCrash = OnCrash::REQUEUE;
	std::string taskLogDir;

	Microseconds shutdownGrace = 30 * SECOND;

	Microseconds restartDelay = 100 * MILLISECOND; /// before the first restart of the service; doubles each time
	Microseconds restartMaxDelay = 10 * SECOND;
	int restartLimit = 0; /// give up after so many restarts within restartWindow; 0: never
	Microseconds restartWindow = 600 * SECOND;

	std::string statusFile;
};


using SettingsPtr = std::shared_ptr<const Settings>;


} // namespace TaskDaemon


#endif // TaskDaemon_Config_Settings_INCLUDED
