#ifndef TaskDaemon_Daemon_ListeningSockets_INCLUDED
#define TaskDaemon_Daemon_ListeningSockets_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Config/Settings.h"
#include <string>


namespace TaskDaemon {


class ListeningSockets
/// The sockets that the daemon listens on. The supervisor owns them and every service inherits them, so that while a service is restarted connections
/// wait in the backlog instead of being refused. Bound in the foreground, where an address in use can still be told to the caller.
///
/// Owned by DaemonApplication; one thread. Errors: BusyException for an address in use, SystemException.
{
public:
	explicit ListeningSockets(const Settings& settings);
	/// The caller holds the PID file's lock: under it, a control socket at which nobody answers is a leftover and is replaced.

	~ListeningSockets();
	/// Removes the control socket's file, in the process that has called own() last.

	ListeningSockets(const ListeningSockets&) = delete;
	ListeningSockets& operator=(const ListeningSockets&) = delete;

	void own();
	/// Makes the calling process the one that removes the socket's file: the daemon after its last fork.

	int health() const
	/// -1 when health.address is empty.
	{
		return _health.get();
	}

	int control() const
	{
		return _control.get();
	}

	const std::string& healthAddress() const
	/// "127.0.0.1:9786", with the true port where the configuration leaves it to the kernel; empty for none.
	{
		return _healthAddress;
	}

private:
	ListeningSockets();

	void bindHealth(const Settings& settings);
	void bindControl(const Settings& settings);

	FileDescriptor _health;
	FileDescriptor _control;
	std::string _healthAddress;
	std::string _controlPath;
	int _owner;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_ListeningSockets_INCLUDED
