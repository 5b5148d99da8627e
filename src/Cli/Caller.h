#ifndef TaskDaemon_Cli_Caller_INCLUDED
#define TaskDaemon_Cli_Caller_INCLUDED


#include "TaskDaemon/Base/Json.h"
#include <string>
#include <vector>


namespace TaskDaemon::Cli {


// The submitter's surroundings, which its task shall have. Not thread-safe: the umask can only be read by setting it.

std::string currentFolder();
/// PWD where it names the current folder, since it keeps the symlinks by which the caller came; else getcwd(3).

std::string currentUmask();
/// "022".

Json callerEnvironment(bool clean, const std::vector<std::string>& changes);
/// The environment as an array of "K=V": the caller's (none with clean) with the changes, each "K=V" or "K" for the current value. Throws
/// UsageException for a change without a name or of a variable that is not set.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Caller_INCLUDED
