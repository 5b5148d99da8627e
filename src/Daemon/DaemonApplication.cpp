#include "Daemon/DaemonApplication.h"
#include "Daemon/Folders.h"
#include "Daemon/ListeningSockets.h"
#include "Daemon/LogChannel.h"
#include "Daemon/PidFile.h"
#include "Daemon/ServiceMain.h"
#include "Daemon/Signals.h"
#include "Daemon/Supervisor.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include "TaskDaemon/Config/SettingsLoader.h"
#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <Poco/Util/HelpFormatter.h>
#include <Poco/Util/OptionException.h>
#include <csignal>
#include <iostream>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


int printError(const std::exception& error, int exitCode)
{
	std::cerr << "taskdaemon: " << error.what() << '\n';
	return exitCode;
}


} // namespace


int DaemonApplication::run(int argc, char** argv)
{
	// Signals before all: from here on none can end us half way. The Application's constructor has set handlers of its own for
	// SEGV, BUS, ILL and SYS, which would turn a crash into something less than a core dump; block() sets them back.
	Signals::block();
	try
	{
		Daemonizer::closeInherited();
		Poco::Util::OptionSet options;
		defineOptions(options);
		LaunchOptions::checkSpelling(options, {argv + 1, argv + argc});
		init(argc, argv);
		return ServerApplication::run();
	}
	catch (const Exception& exception)
	{
		return printError(exception, exception.exitCode());
	}
	catch (const Poco::Util::OptionException& exception)
	{
		return printError(UsageException(exception.displayText()), EXIT_USAGE);
	}
	catch (const Poco::Exception& exception)
	{
		return printError(Exception(exception.displayText()), EXIT_SOFTWARE);
	}
}


void DaemonApplication::defineOptions(Poco::Util::OptionSet& options)
{
	// Application's, not ServerApplication's: that one would daemonize, write the PID file and set the umask by callbacks.
	Application::defineOptions(options); // NOLINT(bugprone-parent-virtual-call)
	LaunchOptions::define(options);
}


void DaemonApplication::handleOption(const std::string& name, const std::string& value)
{
	_launch.take(name, value);
}


int DaemonApplication::main(const std::vector<std::string>& words)
/// Application::run() would log what is thrown here and give its own exit codes; ours are told to whoever started us.
{
	try
	{
		_launch.takeWords(words);
		const LaunchCommand command = _launch.command();
		switch (command)
		{
		case LaunchCommand::HELP: printHelp(); return EXIT_OK;
		case LaunchCommand::VERSION: std::cout << "taskdaemond " TASKDAEMON_VERSION "\n"; return EXIT_OK;
		case LaunchCommand::CHECK_CONFIG: return checkConfiguration();
		case LaunchCommand::FOREGROUND: return supervise(load(true), false);
		case LaunchCommand::DAEMON: return supervise(load(false), true);
		}
	}
	catch (const Exception& exception)
	{
		return tell(exception.what(), exception.exitCode());
	}
	catch (const Poco::Exception& exception)
	{
		return tell(exception.displayText(), EXIT_SOFTWARE);
	}
	catch (const std::exception& exception)
	{
		return tell(exception.what(), EXIT_SOFTWARE);
	}
	return EXIT_SOFTWARE;
}


SettingsPtr DaemonApplication::load(bool foreground) const
{
	SettingsSource source;
	source.home = _launch.path("home", "TASKDAEMON_HOME");
	source.file = _launch.path("config", "TASKDAEMON_CONFIG");
	source.foreground = foreground;
	if (_launch.has("pidfile")) source.overrides["daemon.pidFile"] = _launch.path("pidfile", nullptr);
	if (_launch.has("umask")) source.overrides["daemon.umask"] = _launch.value("umask");
	return loadSettings(source);
}


int DaemonApplication::checkConfiguration() const
{
	const SettingsPtr settings = load(false);
	const std::string key = _launch.value("print");
	if (key == "control.socket")
		std::cout << settings->controlSocket << '\n';
	else if (key == "daemon.pidFile")
		std::cout << settings->pidFile << '\n';
	else if (_launch.has("print"))
		throw UsageException("--print knows control.socket and daemon.pidFile, not '" + key + "'");
	else if (settings->configFile.empty())
		std::cout << "no configuration file: the defaults are valid\n";
	else
		std::cout << settings->configFile << ": valid\n";
	return std::cout.flush() ? EXIT_OK : EXIT_SOFTWARE;
}


int DaemonApplication::supervise(const SettingsPtr& settings, bool daemonize)
/// A start that fails is told last of all: whoever is told finds neither PID file nor socket any more.
{
	std::string failure;
	const int exitCode = launch(settings, daemonize, failure);
	return failure.empty() ? exitCode : tell(failure, exitCode);
}


int DaemonApplication::tell(const std::string& failure, int exitCode)
/// To the launcher, who waits for it, or on our own standard error.
{
	if (!_daemonizer.report(exitCode, "taskdaemon: " + failure)) std::cerr << "taskdaemon: " << failure << '\n';
	return exitCode;
}


int DaemonApplication::launch(const SettingsPtr& settings, bool daemonize, std::string& failure)
/// The order matters. The PID file first: its lock makes all that follows ours alone, the leftover control socket above all. Then
/// what other programs may hold (the ports), so that nothing was written yet when that fails. Fork last; after it only the launcher's
/// pipe can tell the caller.
{
	PidFile pidFile(settings->pidFile);
	ListeningSockets sockets(*settings);
	makeFolders(parentFolder(settings->storePath), 0750);
	makeFolders(settings->taskLogDir, 0750);
	if (settings->logTarget == LogTarget::FILE) makeFolders(parentFolder(settings->logFile), 0750);
	Poco::AutoPtr<LogChannel> log = LogChannel::install();
	log->configure(*settings);

	if (daemonize)
		_daemonizer.daemonize(settings->workDir, settings->umask);
	else
		::umask(static_cast<mode_t>(settings->umask));
	// At once: whatever fails from here on, it is this process that removes them.
	pidFile.write();
	sockets.own();
	if (daemonize) _daemonizer.redirect(settings->daemonStdout, settings->daemonStderr);

	Poco::Logger::get("supervisor")
		.notice(LogLine("starting").field("version", TASKDAEMON_VERSION).field("pid", ::getpid()).field("config", settings->configFile));
	Supervisor::Callbacks callbacks;
	callbacks.serviceMain = [&, service = ServiceMain(settings, sockets, *log)](FileDescriptor link)
	{
		pidFile.closeInChild();
		_daemonizer.closeInChild();
		return service(std::move(link));
	};
	callbacks.onVerdict = [&](int exitCode, const std::string& message)
	{
		if (exitCode == EXIT_OK)
			_daemonizer.report(exitCode, message);
		else
			failure = message;
	};
	callbacks.reopenLogs = [&] { log->reopen(); };
	const int exitCode = Supervisor(settings, std::move(callbacks)).run();
	return exitCode == EXIT_OK && !failure.empty() ? EXIT_TEMPFAIL : exitCode; // stopped before it was ready
}


void DaemonApplication::printHelp() const
{
	Poco::Util::HelpFormatter formatter(options());
	formatter.setCommand("taskdaemond");
	formatter.setUsage("[start | run | check-config] [OPTION...]");
	formatter.setHeader(
		"The task daemon. Without a command it runs in the foreground; `taskdaemon --help` shows the commands of its client.");
	formatter.setUnixStyle(true);
	formatter.format(std::cout);
}


} // namespace TaskDaemon
