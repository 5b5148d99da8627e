#ifndef TaskDaemon_Task_Reconciler_INCLUDED
#define TaskDaemon_Task_Reconciler_INCLUDED


#include "Task/Turn.h"
#include <set>
#include <string>
#include <vector>


namespace TaskDaemon {


class Reconciler
/// Compares, when a service starts, the tasks that the store believes running with what the supervisor knows, and settles those of which
/// it knows nothing. The known ones take their slots here; what was told of them is then worked off like any other message.
///
/// Thread safety: none; a temporary of the scheduler's start. Errors: the store's.
{
public:
	Reconciler(std::string supervisor, const std::vector<Message>& known);

	void apply(Turn& turn);

private:
	void applyTo(Turn& turn, const RunningTask& task) const;
	void adopt(Turn& turn, const RunningTask& task) const;

	std::string _supervisor;
	std::set<RunKey> _known;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Reconciler_INCLUDED
