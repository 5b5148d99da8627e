#ifndef TaskDaemon_Daemon_DaemonApplication_INCLUDED
#define TaskDaemon_Daemon_DaemonApplication_INCLUDED


#include "Daemon/Daemonizer.h"
#include "Daemon/LaunchOptions.h"
#include "TaskDaemon/Config/Settings.h"
#include <Poco/Util/ServerApplication.h>
#include <string>
#include <vector>


namespace TaskDaemon {


class DaemonApplication: public Poco::Util::ServerApplication
/// The program taskdaemond: reads the command line and the configuration, takes what can fail visibly while still in the foreground (PID file, sockets,
/// folders), daemonizes, and runs the supervisor.
///
/// ServerApplication's own --daemon and --pidfile are replaced under the same names: it forks before it has read the options, so that a
/// caller is told 0 for a start that fails, and it overwrites the PID file of a daemon that runs. Everything in the process that started
/// with main(); one thread. Errors are printed or reported to the launcher, and become the exit code.
{
public:
	DaemonApplication() = default;

	int run(int argc, char** argv);
	/// Hides ServerApplication::run(int, char**), which would daemonize on its own. Returns the exit code.

protected:
	using Poco::Util::ServerApplication::run; // the one without arguments, which calls main()

	void defineOptions(Poco::Util::OptionSet& options) override;
	void handleOption(const std::string& name, const std::string& value) override;
	int main(const std::vector<std::string>& words) override;

private:
	SettingsPtr load(bool foreground) const;
	int checkConfiguration() const;
	int supervise(const SettingsPtr& settings, bool daemonize);
	int tell(const std::string& failure, int exitCode);
	int launch(const SettingsPtr& settings, bool daemonize, std::string& failure);
	void printHelp() const;

	LaunchOptions _launch;
	Daemonizer _daemonizer;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_DaemonApplication_INCLUDED
