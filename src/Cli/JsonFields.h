#ifndef TaskDaemon_Cli_JsonFields_INCLUDED
#define TaskDaemon_Cli_JsonFields_INCLUDED


#include "TaskDaemon/Base/Json.h"
#include <cstdint>
#include <optional>
#include <string>
#include <vector>


namespace TaskDaemon::Cli {


// Reading the daemon's answers for showing: a field that is absent, null or of another type is simply not known, so that a client
// copes with an older or newer daemon.

std::string textField(const Json& object, const char* name);
/// The field's bytes (a string, or base64 as bytesToJson writes it); empty where unknown.

std::optional<std::int64_t> numberField(const Json& object, const char* name);

bool flagField(const Json& object, const char* name);

std::vector<std::string> listField(const Json& object, const char* name);
/// An array of byte strings.

const Json& arrayField(const Json& object, const char* name);
/// The array, or an empty one.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_JsonFields_INCLUDED
