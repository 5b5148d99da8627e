#ifndef TaskDaemon_Cli_TaskText_INCLUDED
#define TaskDaemon_Cli_TaskText_INCLUDED


#include "Cli/Table.h"
#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Base/Time.h"
#include <cstdint>
#include <string>


namespace TaskDaemon::Cli {


// A task or run of the control API in words for people, and as an exit code for scripts. All functions are thread-safe.

int taskExitCode(const Json& task);
/// What `wait` exits with: the task's own code, 128+N for signal N, 124 for a timeout, 127 when its program does not exist and 126 when it could
/// not be started otherwise (as shells do), 125 when it was canceled or lost without leaving a code.

std::string stateText(const Json& task);
/// "failed (exit 3)", "failed (SIGSEGV)", "held".

Colour stateColour(const Json& task);

std::string commandText(const Json& task);
/// As a shell would take it.

std::string timeText(const Json& task, Microseconds now);
/// How long it has been waiting or running, or ran.

std::string elapsedText(Microseconds duration);
/// "4.2ms", "420ms", "1.50s", "12.3s", "5m 12s", "3h 4m", "2d 5h".

std::string localTimeText(Microseconds time);
/// "2026-11-23 15:05:06 +0100".

std::string bytesText(std::int64_t bytes);
/// "1.5 MiB".

std::string signalText(std::int64_t number);
/// "SIGTERM".


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_TaskText_INCLUDED
