#ifndef TaskDaemon_Config_XmlReader_INCLUDED
#define TaskDaemon_Config_XmlReader_INCLUDED


#include "TaskDaemon/Base/PropertiesFile.h"
#include <string_view>
#include <vector>


namespace TaskDaemon {


std::vector<ConfigEntry> readXml(std::string_view text, std::vector<ConfigMistake>& mistakes);
/// Elements nested below a root of any name give dotted keys, their trimmed text the value: <c><log><level>debug</level></log></c> is log.level
/// = debug. Attributes, text beside elements and a DOCTYPE (with it every entity) are mistakes. What is not well-formed ends
/// the reading with a mistake. Thread-safe.


} // namespace TaskDaemon


#endif // TaskDaemon_Config_XmlReader_INCLUDED
