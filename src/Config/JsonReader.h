#ifndef TaskDaemon_Config_JsonReader_INCLUDED
#define TaskDaemon_Config_JsonReader_INCLUDED


#include "TaskDaemon/Base/PropertiesFile.h"
#include <string_view>
#include <vector>


namespace TaskDaemon {


std::vector<ConfigEntry> readJson(std::string_view text, std::vector<ConfigMistake>& mistakes);
/// Nested objects give dotted keys; values are strings, numbers and booleans. Lists, null, comments and an object given twice are mistakes; a
/// syntax error ends the reading with one. Thread-safe.


} // namespace TaskDaemon


#endif // TaskDaemon_Config_JsonReader_INCLUDED
