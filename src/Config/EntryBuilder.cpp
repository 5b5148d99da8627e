#include "Config/EntryBuilder.h"
#include "Config/ConfigText.h"
#include <utility>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_DEPTH = 16;


} // namespace


bool EntryBuilder::enterSection(const std::string& name, int line)
{
	if (_sections.size() == MAX_DEPTH)
	{
		_mistakes.push_back({line, "sections are nested deeper than " + std::to_string(MAX_DEPTH)});
		return false;
	}
	_sections.push_back(name);
	return true;
}


bool EntryBuilder::enterUniqueSection(const std::string& name, int line)
{
	if (!_known.insert(dottedKey(name)).second) addMistake(line, name, "section given twice; join the two");
	return enterSection(name, line);
}


void EntryBuilder::leaveSection()
{
	_sections.pop_back();
}


void EntryBuilder::addEntry(const std::string& name, const std::string& value, int line)
{
	_entries.push_back({dottedKey(name), value, line});
}


void EntryBuilder::addMistake(int line, const std::string& name, const std::string& reason)
{
	const std::string key = dottedKey(name);
	_mistakes.push_back({line, key.empty() ? reason : shorten(key) + ": " + reason});
}


std::vector<ConfigEntry> EntryBuilder::takeEntries()
{
	return std::exchange(_entries, {});
}


std::string EntryBuilder::dottedKey(const std::string& name) const
{
	std::string key;
	for (const std::string& section : _sections) key += section + ".";
	if (name.empty() && !key.empty()) key.pop_back();
	return key + name;
}


} // namespace TaskDaemon
