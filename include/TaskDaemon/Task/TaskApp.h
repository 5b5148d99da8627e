#ifndef TaskDaemon_Task_TaskApp_INCLUDED
#define TaskDaemon_Task_TaskApp_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Config/Settings.h"
#include "TaskDaemon/Task/Scheduler.h"
#include "TaskDaemon/Task/TaskDaemonApp.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>


namespace TaskDaemon {


class HealthChecks;
class SupervisorLink;
struct Hello;


class TaskApp: public TaskDaemonApp
/// The service's half of the daemon: store, scheduler, and the link to the supervisor. In this order: construct, open(), make the
/// servers, start(), start the servers, announceReady(), run(), stop the servers, shutdown().
///
/// Thread safety: open(), start(), announceReady() and run() from one thread; after open() everything else from any.
/// Owned by the service's main function.
{
public:
	TaskApp(SettingsPtr settings, FileDescriptor link, Microseconds supervisorStartedAt);
	/// link: our end of the SOCK_SEQPACKET pair, blocking. supervisorStartedAt: realTime(), kept across upgrades.

	~TaskApp() override;

	void onReopenLogs(std::function<void()> handler);
	/// Called in run() when the supervisor asks for it. Before run() only.

	void setHealthAddress(const std::string& address);
	/// Where the health server was found to listen, for status(): the kernel may have chosen the port.

	void open();
	/// Opens the store, makes the folder of the tasks' output and hears the supervisor's Hello. Throws the store's errors, SystemException,
	/// ProtocolException for another version of the protocol, UnavailableException when the supervisor is gone.

	void start();
	/// Reconciles the store with what the supervisor told, and begins to run tasks. Throws the store's errors.

	Scheduler& scheduler();
	TaskStore& store();
	/// After open() only.

	void announceReady();
	/// The store is open and the servers serve.

	void run() override;
	/// Does what the supervisor says until it says Shutdown, or shutdown() is called. If the supervisor is gone, the process ends here, with
	/// EXIT_SOFTWARE and without destructors: all that matters is on disk, and the next daemon wants store and sockets soon.
	/// Throws ProtocolException.

	void stopAcceptingWork() override;
	/// Claims nothing more, as the supervisor's Drain does.

	bool hasActiveWork() const override;

	void saveState() override;
	/// Throws the store's error, UnavailableException when it takes more than 30 s or after shutdown().

	void shutdown() override;
	/// Finishes what was asked before and ends the scheduler. Also ends a run() in another thread.

	HealthStatus healthStatus() override;

	bool isReady() const override;
	/// From announceReady() until Drain or Shutdown.

	Json status() override;
	/// tasks is null and queues are empty when the store cannot be read.

	void dumpStatus() override;
	/// An unwritable status file is logged, not thrown.

private:
	enum class State
	{
		STARTING,
		RUNNING,
		DRAINING,
		STOPPING
	};

	static const char* toString(State state);
	void hearHello();
	void checkVersion(const Hello& hello) const;
	bool handle(const Message& message);
	void advance(State state);
	void addTasks(Json& document);
	void writeStatusFile(const std::string& content) const;

	SettingsPtr _settings;
	const Microseconds _supervisorStartedAt;
	const Microseconds _loadedAt;
	int _supervisorPid = 0;
	std::uint32_t _serviceRestarts = 0;
	std::string _supervisor; // its unique id
	std::vector<Message> _known; // told before HelloEnd
	std::vector<Message> _early; // told in the same packet as HelloEnd, for run()
	std::atomic<State> _state{State::STARTING};
	std::atomic<bool> _serving{false}; // whether run() is under way
	std::function<void()> _reopenLogs;
	mutable std::mutex _addressMutex;
	std::string _healthAddress;
	std::unique_ptr<SupervisorLink> _link;
	std::unique_ptr<TaskStore> _store;
	std::unique_ptr<Scheduler> _scheduler; // after what it uses, so that it is destroyed first
	std::unique_ptr<HealthChecks> _checks;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_TaskApp_INCLUDED
