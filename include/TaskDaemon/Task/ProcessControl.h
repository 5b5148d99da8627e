#ifndef TaskDaemon_Task_ProcessControl_INCLUDED
#define TaskDaemon_Task_ProcessControl_INCLUDED


#include "TaskDaemon/Task/Protocol.h"


namespace TaskDaemon {


class ProcessControl
/// What the scheduler asks of the supervisor. Implemented by SupervisorLink; by a fake in tests. Called from the scheduler's thread, and
/// from the one that starts it before. That the supervisor is gone is no error here: the service ends with it.
{
public:
	virtual ~ProcessControl() = default;

	virtual void send(const Message& message) = 0;
	/// Appends to what the next flush() sends.

	virtual void flush() = 0;
	/// Sends what was appended, many messages a packet. Throws SystemException when something else than the peer's end keeps a packet back: the
	/// supervisor would then never know of a run that the store believes started, so the service must end and start anew.
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_ProcessControl_INCLUDED
