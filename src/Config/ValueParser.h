#ifndef TaskDaemon_Config_ValueParser_INCLUDED
#define TaskDaemon_Config_ValueParser_INCLUDED


#include "Config/Schema.h"
#include <string>


namespace TaskDaemon {


Value parseValue(const SchemaKey& key, const std::string& text);
/// Checks and types what a file or the command line gives for key. Throws ConfigurationException "reason; remedy", without file and
/// key. Thread-safe.


} // namespace TaskDaemon


#endif // TaskDaemon_Config_ValueParser_INCLUDED
