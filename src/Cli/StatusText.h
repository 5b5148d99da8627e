#ifndef TaskDaemon_Cli_StatusText_INCLUDED
#define TaskDaemon_Cli_StatusText_INCLUDED


#include "Cli/Output.h"
#include "TaskDaemon/Base/Json.h"
#include <string>


namespace TaskDaemon::Cli {


// The status document (GET /v1/status) for people. All functions are thread-safe.

void printStatus(Output& out, const Terminal& terminal, const Json& status, bool detailed);
/// Without detailed: of the checks only those that fail, nothing of the configuration.

void printQueues(Output& out, const Terminal& terminal, const Json& queues);

void printChecks(Output& out, const Terminal& terminal, const Json& checks, bool failingOnly);

std::string overallHealth(const Json& status);
/// The worst of the checks: "healthy", "degraded", "unhealthy".


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_StatusText_INCLUDED
