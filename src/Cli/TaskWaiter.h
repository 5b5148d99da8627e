#ifndef TaskDaemon_Cli_TaskWaiter_INCLUDED
#define TaskDaemon_Cli_TaskWaiter_INCLUDED


#include "Cli/ControlClient.h"
#include <cstdint>
#include <functional>
#include <vector>


namespace TaskDaemon::Cli {


int waitForTasks(ControlClient& client, const std::vector<std::int64_t>& ids, const std::function<void(const Json&)>& report);
/// Waits until all are final and reports each, in this order. Returns the exit code (taskExitCode) of the first that did not succeed,
/// or 0. Throws what ControlClient throws.

void printOutcome(const Json& task);
/// A line on standard error about a task that did not succeed; nothing for one that did.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_TaskWaiter_INCLUDED
