#include "TaskDaemon/Config/SettingsLoader.h"
#include "Config/ConfigText.h"
#include "Config/JsonReader.h"
#include "Config/Schema.h"
#include "Config/ValueParser.h"
#include "Config/XmlReader.h"
#include "Config/YamlReader.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Paths.h"
#include "TaskDaemon/Base/PropertiesFile.h"
#include "TaskDaemon/Base/Text.h"
#include <cerrno>
#include <filesystem>
#include <optional>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_FILE_SIZE = std::size_t(1) << 20U;
const std::string DEFAULT_QUEUE = "default";


using Reader = std::vector<ConfigEntry> (*)(std::string_view text, std::vector<ConfigMistake>& mistakes);


Reader readerFor(const std::string& file)
{
	const std::string ending = std::filesystem::path(file).extension().string();
	if (ending == ".properties") return parseProperties;
	if (ending == ".xml") return readXml;
	if (ending == ".json") return readJson;
	if (ending == ".yml" || ending == ".yaml") return readYaml;
	throw ConfigurationException(file + ": unknown ending " + quote(ending) + "; name the file .properties, .xml, .json, .yml or .yaml");
}


std::optional<std::string> readConfiguration(const std::string& file, bool mayBeMissing)
{
	try
	{
		return readFile(file, MAX_FILE_SIZE);
	}
	catch (const SystemException& exc)
	{
		const bool missing = exc.error() == ENOENT || exc.error() == ENOTDIR;
		if (missing && mayBeMissing) return std::nullopt;
		if (exc.exitCode() == EXIT_NOPERM) throw;
		throw ConfigurationException(std::string(exc.what()) + (missing ? "; create it, or name another one with --config" : ""));
	}
	catch (const Exception& exc)
	{
		throw ConfigurationException(exc.what());
	}
}


class SettingsBuilder
/// Checks what the file and the command line give and applies it. Not thread-safe.
{
public:
	explicit SettingsBuilder(const Schema& schema): _schema(schema) {}

	void addEntry(const ConfigEntry& entry, std::vector<ConfigMistake>& mistakes)
	{
		const auto mistake = [&](const std::string& reason) { mistakes.push_back({entry.line, shorten(entry.key) + ": " + reason}); };
		const SchemaMatch match = _schema.find(entry.key);
		if (entry.value.empty() && _schema.isSection(entry.key)) return; // an XML element that holds nothing but comments
		if (match.key == nullptr)
		{
			// Beyond what is shown, looking for the nearest key would only cost seconds on a file full of them.
			return mistake(mistakes.size() < SHOWN_MISTAKES ? "unknown key; " + _schema.suggest(entry.key) : "unknown key");
		}
		if (!match.queue.empty() && !isQueueName(match.queue))
		{
			return mistake("queue name " + quote(match.queue) + " is wrong; use 1 to 64 letters, digits, '_', '.' and '-'");
		}
		const auto [first, fresh] = _lines.emplace(entry.key, entry.line);
		if (!fresh) return mistake("given twice, first in line " + std::to_string(first->second) + "; keep one of them");
		apply(match, entry, mistakes);
	}

	void addOverride(const std::string& name, const std::string& value, std::vector<ConfigMistake>& mistakes)
	{
		const SchemaMatch match = _schema.find(name);
		if (match.key == nullptr) throw UsageException("command line: " + shorten(name) + ": unknown key; " + _schema.suggest(name));
		_lines[name] = 0;
		apply(match, {name, value, 0}, mistakes);
	}

	void logToStderr()
	/// What someone who starts the daemon in a terminal, or under a supervisor that collects its output, expects.
	{
		if (_lines.emplace("log.target", 0).second) _settings->logTarget = LogTarget::STDERR;
	}

	void addDefaults(std::vector<ConfigMistake>& mistakes)
	/// Last, and only where nothing else was said: a default that does not fit the system may be replaced.
	{
		_settings->queues[DEFAULT_QUEUE];
		for (const SchemaKey& key : _schema.keys())
		{
			for (const std::string& name : namesOf(key))
			{
				if (_lines.count(name) == 0) apply(_schema.find(name), {name, key.defaultValue, 0}, mistakes);
			}
		}
	}

	void checkTogether(std::vector<ConfigMistake>& mistakes) const
	/// What no key can tell alone.
	{
		if (_settings->restartMaxDelay >= _settings->restartDelay) return;
		const auto last = _lines.find(_lines.count("restart.maxDelay") > 0 ? "restart.maxDelay" : "restart.delay");
		mistakes.push_back({last->second, last->first + ": restart.maxDelay (" + formatDuration(_settings->restartMaxDelay) +
											  ") is below restart.delay (" + formatDuration(_settings->restartDelay) +
											  "); raise the one or lower the other"});
	}

	std::shared_ptr<Settings> settings() const
	{
		return _settings;
	}

private:
	std::vector<std::string> namesOf(const SchemaKey& key) const
	{
		std::vector<std::string> names;
		for (const auto& queue : _settings->queues) names.push_back(key.nameFor(queue.first));
		if (names.front() == names.back()) names.resize(1);
		return names;
	}

	void apply(const SchemaMatch& match, const ConfigEntry& entry, std::vector<ConfigMistake>& mistakes)
	{
		try
		{
			match.key->apply(*_settings, match.queue, parseValue(*match.key, entry.value));
		}
		catch (const ConfigurationException& exc)
		{
			mistakes.push_back({entry.line, shorten(entry.key) + ": " + exc.what()});
		}
	}

	const Schema& _schema;
	std::shared_ptr<Settings> _settings = std::make_shared<Settings>();
	std::map<std::string, int> _lines; // every key that was given, with its line
};


} // namespace


SettingsPtr loadSettings(const SettingsSource& source)
{
	const Paths paths = Paths::defaults(source.home);
	const Schema schema(paths);
	const std::string file = source.file.empty() ? paths.config : std::filesystem::absolute(source.file).string();
	const std::optional<std::string> text = readConfiguration(file, source.file.empty());

	std::vector<ConfigMistake> inFile;
	std::vector<ConfigMistake> onCommandLine;
	std::vector<ConfigMistake> inDefaults;
	SettingsBuilder builder(schema);
	if (text)
	{
		for (const ConfigEntry& entry : readerFor(file)(*text, inFile)) builder.addEntry(entry, inFile);
		builder.settings()->configFile = file;
	}
	for (const auto& [name, value] : source.overrides) builder.addOverride(name, value, onCommandLine);
	if (source.foreground) builder.logToStderr();
	builder.addDefaults(inDefaults);
	if (inFile.empty()) builder.checkTogether(inFile);

	throwMistakes(file, std::move(inFile));
	try
	{
		throwMistakes("command line", std::move(onCommandLine));
	}
	catch (const ConfigurationException& exc)
	{
		throw UsageException(exc.what());
	}
	throwMistakes("built-in default", std::move(inDefaults));
	return builder.settings();
}


} // namespace TaskDaemon
