#ifndef TaskDaemon_Test_RenderRead_INCLUDED
#define TaskDaemon_Test_RenderRead_INCLUDED


#include "TaskDaemon/Base/PropertiesFile.h"
#include <string>


template <typename Reader>
std::string renderRead(Reader reader, const std::string& text)
/// What a reader makes of text, in one string: "LINE[KEY][VALUE]" for each entry, "LINE!REASON" for each mistake.
{
	std::vector<TaskDaemon::ConfigMistake> mistakes;
	std::string result;
	for (const TaskDaemon::ConfigEntry& entry : reader(text, mistakes))
	{
		result += std::to_string(entry.line) + "[" + entry.key + "][" + entry.value + "]";
	}
	for (const TaskDaemon::ConfigMistake& mistake : mistakes) result += std::to_string(mistake.line) + "!" + mistake.reason;
	return result;
}


#endif // TaskDaemon_Test_RenderRead_INCLUDED
