#ifndef TaskDaemon_Task_Verdict_INCLUDED
#define TaskDaemon_Task_Verdict_INCLUDED


#include "Task/RunTable.h"
#include "TaskDaemon/Task/Protocol.h"


namespace TaskDaemon {


struct Verdict
/// What becomes of a task whose run has ended.
{
	enum class Action
	{
		FINISH,
		REQUEUE, /// no attempt spent
		HOLD, /// the same, and it waits for a release
		UNCLAIM /// the run never began
	};

	Action action = Action::FINISH;
	Outcome outcome; /// means nothing for UNCLAIM
};


Verdict judge(const Ended& end, const RunningRun& run);
/// Maps what the supervisor saw to what is stored; the one place that knows the rules. Never throws but for want of memory.


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Verdict_INCLUDED
