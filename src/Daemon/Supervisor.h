#ifndef TaskDaemon_Daemon_Supervisor_INCLUDED
#define TaskDaemon_Daemon_Supervisor_INCLUDED


#include "Daemon/EventLoop.h"
#include "Daemon/Lifecycle.h"
#include "Daemon/ProcessTable.h"
#include "Daemon/RestartPolicy.h"
#include "Daemon/ServiceProcess.h"
#include "Daemon/Signals.h"
#include "TaskDaemon/Base/ExitCode.h"
#include "TaskDaemon/Config/Settings.h"
#include <functional>
#include <memory>
#include <string>


namespace TaskDaemon {


class Supervisor
/// The long-lived process: keeps the service alive and the tasks' processes under it, takes the signals, and stops in good order. It parses neither
/// HTTP nor SQL and opens no file but the tasks' output, so there is little in it that could fail.
///
/// One thread, one EventLoop. Owned by DaemonApplication. Errors: SystemException from the constructor and from run() when the kernel refuses
/// what the supervisor cannot do without (epoll, fork at the first start).
{
public:
	struct Callbacks
	{
		ServiceProcess::Main serviceMain;
		std::function<void(int exitCode, const std::string& message)> onVerdict; /// once: how the start went
		std::function<void()> reopenLogs;
	};

	Supervisor(SettingsPtr settings, Callbacks callbacks);

	int run();
	/// Returns the exit code when the daemon has ended.

private:
	void startService();
	void onServiceReady();
	void onServiceExit(int status);
	void failStart(int exitCode, const std::string& message);
	void onMessage(const Message& message);
	void onSignals();
	void handle(LifecycleEvent event);
	void enter(LifecycleState state, LifecycleEvent why);
	void drainService();
	void closeServiceIfDone();
	void giveVerdict(int exitCode, const std::string& message);

	SettingsPtr _settings;
	Callbacks _callbacks;
	EventLoop _loop;
	Signals _signals;
	ProcessTable _processes;
	RestartPolicy _restartPolicy;
	std::unique_ptr<ServiceProcess> _service;
	const std::string _id;
	LifecycleState _state = LifecycleState::STARTING;
	EventLoop::Timer _deadline; /// the grace, later the time for closing
	EventLoop::Timer _restart; /// of the service, while there is none
	bool _serviceReady = false;
	bool _shutdownSent = false;
	bool _verdictGiven = false;
	std::uint32_t _restarts = 0;
	int _exitCode = EXIT_OK;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_Supervisor_INCLUDED
