#ifndef TaskDaemon_Base_PropertiesFile_INCLUDED
#define TaskDaemon_Base_PropertiesFile_INCLUDED


#include <cstddef>
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon {


struct ConfigEntry
/// One `key = value` as it stands in a configuration file of any format.
{
	std::string key;
	std::string value;
	int line = 0; /// where the key begins, from 1
};


struct ConfigMistake
/// One thing wrong in a configuration file.
{
	int line = 0; /// from 1; 0 where none can be named
	std::string reason;
};


constexpr std::size_t SHOWN_MISTAKES = 100;
/// So many of a file's are written out, the others counted.


std::vector<ConfigEntry> parseProperties(std::string_view text, std::vector<ConfigMistake>& mistakes);
/// Reads the .properties format: `key = value` or `key: value`, blanks around both dropped, `#` and `!` begin a comment line, a backslash at
/// the end of a line joins the next one without its leading blanks, and \t \n \r \f \uXXXX and a backslash before
/// any punctuation mean what they mean in Java. A UTF-8 byte order mark is skipped. What is wrong is added to mistakes and reading goes on
/// with the next line. Unlike POCO's and Java's readers it guesses nothing: a line without separator or without
/// key, an unknown escape, malformed UTF-8, a NUL and `${` (references are not expanded) are mistakes. Thread-safe.

std::vector<ConfigEntry> parseProperties(std::string_view text, const std::string& file);
/// The same; throws ConfigurationException with "FILE:LINE: reason" for every mistake, a line each.

void throwMistakes(const std::string& file, std::vector<ConfigMistake> mistakes);
/// Throws ConfigurationException with "FILE:LINE: reason" for each mistake, in the order of lines, and the number of those beyond
/// SHOWN_MISTAKES. Does nothing when there are none.


} // namespace TaskDaemon


#endif // TaskDaemon_Base_PropertiesFile_INCLUDED
