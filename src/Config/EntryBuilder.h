#ifndef TaskDaemon_Config_EntryBuilder_INCLUDED
#define TaskDaemon_Config_EntryBuilder_INCLUDED


#include "TaskDaemon/Base/PropertiesFile.h"
#include <set>
#include <string>
#include <vector>


namespace TaskDaemon {


class EntryBuilder
/// Flattens the nested sections of XML, JSON and YAML to entries with dotted keys, as Poco::Util::XMLConfiguration names them. Owned by a
/// reader for one file; not thread-safe. Adds to the caller's mistakes, throws nothing of its own.
{
public:
	explicit EntryBuilder(std::vector<ConfigMistake>& mistakes): _mistakes(mistakes) {}

	bool enterSection(const std::string& name, int line);
	/// False, and a mistake, when sections are nested so deep that no key can be meant: the reader has to stop, because keys grow with
	/// the depth and a small file would make large ones.

	bool enterUniqueSection(const std::string& name, int line);
	/// The same for formats in which a name stands once in a mapping: a second one is a mistake.

	void leaveSection();

	void addEntry(const std::string& name, const std::string& value, int line);

	void addMistake(int line, const std::string& name, const std::string& reason);
	/// name: as for addEntry; empty for the section itself, and for the whole file where none is entered.

	std::vector<ConfigEntry> takeEntries();

private:
	std::string dottedKey(const std::string& name) const;

	std::vector<ConfigMistake>& _mistakes;
	std::vector<std::string> _sections;
	std::set<std::string> _known;
	std::vector<ConfigEntry> _entries;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Config_EntryBuilder_INCLUDED
