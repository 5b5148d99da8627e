#ifndef TaskDaemon_Daemon_ProcessTable_INCLUDED
#define TaskDaemon_Daemon_ProcessTable_INCLUDED


#include "Daemon/EventLoop.h"
#include "TaskDaemon/Task/Protocol.h"
#include "TaskDaemon/Task/Runner.h"
#include <deque>
#include <map>
#include <optional>
#include <string>


namespace TaskDaemon {


class ProcessTable
/// The processes that the supervisor runs for the service, each under its RunKey: starts them, ends them when their time is up or when asked,
/// reaps them, and keeps how each ended until the service has acknowledged that it is on disk. What is to be told waits here, so a
/// service that is dead, slow or new costs no exit status.
///
/// Memory: one entry a process that runs or is unacknowledged. Owned by Supervisor; its one thread. Errors: SystemException when epoll or pidfds fail.
{
public:
	ProcessTable(EventLoop& loop, std::function<void()> onAllEnded);
	/// onAllEnded is called each time the last running process has ended.

	~ProcessTable();

	void spawn(const Spawn& request);
	/// A known key is ignored. After refuseNew() the end REFUSED is told at once.

	void adopt(const Adopt& request);

	void cancel(const RunKey& key);

	void acknowledge(const RunKey& key);

	void refuseNew();

	void interruptAll(std::optional<Microseconds> killAfter);
	/// TERM to all that run, KILL after each one's own killAfter, or after the given time where that is shorter.

	std::size_t runningCount() const
	{
		return _running;
	}

	bool empty() const
	/// Nothing runs and nothing is unacknowledged.
	{
		return _processes.empty();
	}

	void tellAll();
	/// For a new service: everything known is to be told anew.

	bool takeNews(std::string& packet, std::size_t limit);
	/// Appends news to a packet until it holds limit bytes; false when there was none.

private:
	struct Process
	{
		pid_t pid = 0;
		FileDescriptor pidfd;
		bool isChild = true; /// false: adopted, its status is not ours to know
		std::uint64_t startTime = 0;
		Microseconds startedAt = 0;
		Microseconds killAfter = 0;
		EndReason reason = EndReason::EXITED; /// why it will have ended, once it has
		EventLoop::Timer timer; /// its time-out, later its KILL
		std::optional<Ended> ended;
		bool startTold = false;
		bool endTold = false;
	};

	void begin(const RunKey& key, Process& process);
	void terminate(const RunKey& key, Process& process, EndReason reason, Microseconds killAfter);
	void onExit(const RunKey& key);
	void finish(const RunKey& key, Process& process, Ended&& ended);
	static void signalGroup(const Process& process, int signal);

	EventLoop& _loop;
	Runner _runner;
	std::function<void()> _onAllEnded;
	std::map<RunKey, Process> _processes;
	std::deque<RunKey> _news;
	std::size_t _running = 0;
	bool _refusing = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_ProcessTable_INCLUDED
