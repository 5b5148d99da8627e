#include "Cli/Context.h"
#include "Cli/Launcher.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/PropertiesFile.h"
#include <cerrno>
#include <cstdlib>
#include <string_view>


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t CONFIG_LIMIT = std::size_t(1) << 20U;


std::string environmentValue(const char* name)
{
	// The client has one thread and never calls setenv.
	const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
	return value != nullptr ? value : "";
}


bool endsWith(std::string_view text, std::string_view ending)
{
	return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}


std::optional<std::string> readConfig(const std::string& file, bool required)
{
	try
	{
		return readFile(file, CONFIG_LIMIT);
	}
	catch (const SystemException& exc)
	{
		if (!required && (exc.error() == ENOENT || exc.error() == ENOTDIR)) return std::nullopt;
		if (exc.exitCode() == EXIT_NOPERM) throw;
		throw ConfigurationException(exc.what());
	}
}


} // namespace


GlobalOptions GlobalOptions::fromEnvironment()
{
	GlobalOptions options;
	options.config = environmentValue("TASKDAEMON_CONFIG");
	options.home = environmentValue("TASKDAEMON_HOME");
	options.output = "human";
	return options;
}


Context::Context(GlobalOptions options, int outputFd): _options(std::move(options)), _out(outputFd) {}


void Context::printJson(const Json& document)
{
	_out.write(dumpJson(document) + "\n");
}


ControlClient& Context::client()
{
	if (!_client) _client.emplace(controlSocket());
	return *_client;
}


const std::string& Context::controlSocket()
{
	if (!_controlSocket)
	{
		_controlSocket = configured("control.socket", paths().controlSocket);
		explain("control socket: " + *_controlSocket);
	}
	return *_controlSocket;
}


const std::string& Context::pidFile()
{
	if (!_pidFile)
	{
		_pidFile = configured("daemon.pidFile", paths().pidFile);
		explain("PID file: " + *_pidFile);
	}
	return *_pidFile;
}


std::vector<std::string> Context::daemonOptions() const
{
	std::vector<std::string> result;
	if (!_options.config.empty()) result.push_back("--config=" + _options.config);
	if (!_options.home.empty()) result.push_back("--home=" + _options.home);
	return result;
}


void Context::explain(const std::string& message) const
{
	if (_options.verbose) printNote(message);
}


std::string Context::configured(const std::string& key, const std::string& fallback)
{
	const std::string& file = _options.config.empty() ? paths().config : _options.config;
	if (!endsWith(file, ".properties"))
	{
		// Only taskdaemond has the parsers for the other formats, which would cost every command their loading.
		std::vector<std::string> arguments{"check-config", "--print=" + key};
		for (std::string& option : daemonOptions()) arguments.push_back(std::move(option));
		return Launcher().capture(arguments);
	}
	const auto text = readConfig(file, !_options.config.empty());
	if (!text) return fallback;
	// Mistakes in a file that was edited are reported by check-config and reload; the running daemon is to be reached nevertheless.
	std::vector<ConfigMistake> mistakes;
	std::string value = fallback;
	for (const ConfigEntry& entry : parseProperties(*text, mistakes))
	{
		if (entry.key == key && !entry.value.empty()) value = entry.value;
	}
	if (value.empty() || value[0] != '/') throw ConfigurationException(file + ": " + key + ": not an absolute path: '" + value + "'");
	return value;
}


const Paths& Context::paths()
{
	if (!_paths) _paths = Paths::defaults(_options.home);
	return *_paths;
}


} // namespace TaskDaemon::Cli
