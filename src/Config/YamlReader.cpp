#include "Config/YamlReader.h"
#include "Config/ConfigText.h"
#include "Config/EntryBuilder.h"
#include "TaskDaemon/Base/Text.h"
#include <sstream>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>


namespace TaskDaemon {


namespace {


using YAML::anchor_t;
using YAML::Mark;


struct TooDeep
/// Ends the reading; the mistake is recorded already.
{};


class YamlHandler: public YAML::EventHandler
/// Collects the entries from the parser's events, since a tree of nodes would have lost duplicates. Throws YAML::ParserException or TooDeep to end
/// the reading. Not thread-safe.
{
public:
	explicit YamlHandler(std::vector<ConfigMistake>& mistakes): _builder(mistakes) {}

	std::vector<ConfigEntry> takeEntries()
	{
		return _builder.takeEntries();
	}

	void OnDocumentStart(const Mark& mark) override
	{
		if (_documents++ > 0) throw YAML::ParserException(mark, "a second document; one file holds one");
	}

	void OnDocumentEnd() override {}

	void OnNull(const Mark& mark, anchor_t anchor) override
	{
		refuseAnchor(mark, anchor);
		if (_skipped > 0 || _mappings.empty()) return; // an empty document is an empty configuration
		Mapping& mapping = _mappings.back();
		if (mapping.expectsKey) throw YAML::ParserException(mark, "a key is missing");
		_builder.addMistake(mapping.line, mapping.key, "has no value; write \"\" or leave the key out");
		mapping.expectsKey = true;
	}

	void OnAlias(const Mark& mark, anchor_t anchor) override
	{
		refuseAnchor(mark, anchor);
	}

	void OnScalar(const Mark& mark, const std::string& tag, anchor_t anchor, const std::string& value) override
	{
		refuseAnchor(mark, anchor);
		refuseTag(mark, tag);
		if (_skipped > 0) return;
		if (_mappings.empty()) refuseTop(mark);
		Mapping& mapping = _mappings.back();
		if (mapping.expectsKey)
		{
			mapping.key = value;
			mapping.line = mark.line + 1;
		}
		else
		{
			_builder.addEntry(mapping.key, value, mapping.line);
		}
		mapping.expectsKey = !mapping.expectsKey;
	}

	void OnSequenceStart(const Mark& mark, const std::string& tag, anchor_t anchor, YAML::EmitterStyle::value) override
	{
		refuseAnchor(mark, anchor);
		refuseTag(mark, tag);
		if (_skipped++ > 0) return;
		if (_mappings.empty()) refuseTop(mark);
		Mapping& mapping = _mappings.back();
		if (mapping.expectsKey) throw YAML::ParserException(mark, "a list cannot be a key");
		_builder.addMistake(mapping.line, mapping.key, "a list; one value is expected");
		mapping.expectsKey = true;
	}

	void OnSequenceEnd() override
	{
		--_skipped;
	}

	void OnMapStart(const Mark& mark, const std::string& tag, anchor_t anchor, YAML::EmitterStyle::value) override
	{
		refuseAnchor(mark, anchor);
		refuseTag(mark, tag);
		if (_skipped > 0)
		{
			++_skipped;
			return;
		}
		if (!_mappings.empty())
		{
			Mapping& parent = _mappings.back();
			if (parent.expectsKey) throw YAML::ParserException(mark, "a mapping cannot be a key");
			parent.expectsKey = true;
			if (!_builder.enterUniqueSection(parent.key, parent.line)) throw TooDeep();
		}
		_mappings.emplace_back();
	}

	void OnMapEnd() override
	{
		if (_skipped > 0)
		{
			--_skipped;
			return;
		}
		_mappings.pop_back();
		if (!_mappings.empty()) _builder.leaveSection();
	}

private:
	struct Mapping
	/// One that is open.
	{
		std::string key;
		int line = 0;
		bool expectsKey = true;
	};

	static void refuseAnchor(const Mark& mark, anchor_t anchor)
	{
		// With them a file of a kilobyte can stand for gigabytes.
		if (anchor != 0) throw YAML::ParserException(mark, "anchors and aliases are not allowed; repeat the value");
	}

	static void refuseTag(const Mark& mark, const std::string& tag)
	{
		// "?" and "!" are what the parser gives to plain and to quoted scalars without a tag.
		if (!tag.empty() && tag != "?" && tag != "!") throw YAML::ParserException(mark, "tags are not allowed; write the value alone");
	}

	[[noreturn]] static void refuseTop(const Mark& mark)
	{
		throw YAML::ParserException(mark, "the whole file must be one mapping of sections and keys");
	}

	EntryBuilder _builder;
	std::vector<Mapping> _mappings;
	int _skipped = 0; // lists and mappings open within a list
	int _documents = 0;
};


} // namespace


std::vector<ConfigEntry> readYaml(std::string_view text, std::vector<ConfigMistake>& mistakes)
{
	if (!checkText(text, mistakes)) return {};
	YamlHandler handler(mistakes);
	std::istringstream stream{std::string(text)};
	try
	{
		YAML::Parser parser(stream);
		while (parser.HandleNextDocument(handler))
		{}
	}
	catch (const TooDeep&)
	{
		return handler.takeEntries();
	}
	catch (const YAML::Exception& exc)
	{
		mistakes.push_back({exc.mark.line + 1, "not valid YAML: " + escapeControls(exc.msg)});
	}
	return handler.takeEntries();
}


} // namespace TaskDaemon
