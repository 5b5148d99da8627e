#ifndef TaskDaemon_Config_YamlReader_INCLUDED
#define TaskDaemon_Config_YamlReader_INCLUDED


#include "TaskDaemon/Base/PropertiesFile.h"
#include <string_view>
#include <vector>


namespace TaskDaemon {


std::vector<ConfigEntry> readYaml(std::string_view text, std::vector<ConfigMistake>& mistakes);
/// Nested mappings give dotted keys; a scalar's value is its text as written (022 stays 022). Lists, null and a mapping given twice are
/// mistakes. Anchors, aliases, tags, a second document and syntax errors end the reading with one. Thread-safe.


} // namespace TaskDaemon


#endif // TaskDaemon_Config_YamlReader_INCLUDED
