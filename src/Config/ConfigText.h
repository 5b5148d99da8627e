#ifndef TaskDaemon_Config_ConfigText_INCLUDED
#define TaskDaemon_Config_ConfigText_INCLUDED


#include "TaskDaemon/Base/PropertiesFile.h"
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon {


std::string shorten(std::string_view text);
/// Text from a configuration file for a message: control characters escaped, and at most 80 bytes of it.

std::string quote(std::string_view text);
/// The same between apostrophes.

bool checkText(std::string_view text, std::vector<ConfigMistake>& mistakes);
/// Whether a file is UTF-8 without NUL; its first line that is not is a mistake. For parsers that take a NUL for the end of the
/// file, and would silently ignore what follows.


} // namespace TaskDaemon


#endif // TaskDaemon_Config_ConfigText_INCLUDED
