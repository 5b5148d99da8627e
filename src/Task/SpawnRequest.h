#ifndef TaskDaemon_Task_SpawnRequest_INCLUDED
#define TaskDaemon_Task_SpawnRequest_INCLUDED


#include "TaskDaemon/Task/Protocol.h"
#include <string>


namespace TaskDaemon {


Spawn spawnRequest(const Task& task, const std::string& logDir);
/// What the supervisor needs to start the task's present run. The environment is the submitter's with TASKDAEMON_TASK_ID, TASKDAEMON_ATTEMPT and
/// TASKDAEMON_QUEUE set, also where a task submits a task and the names are there already.


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SpawnRequest_INCLUDED
