#include "Daemon/LaunchOptions.h"
#include "TaskDaemon/Base/Exception.h"
#include <Poco/Util/Option.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>


namespace TaskDaemon {


namespace {


using Poco::Util::Option;
using Poco::Util::OptionSet;


constexpr std::array<const char*, 3> WORDS{"start", "run", "check-config"};


std::string optionName(const std::string& argument)
/// The part of "--name=value" or "-nvalue" that names the option.
{
	if (argument.compare(0, 2, "--") != 0) return argument.substr(1, 1);
	return argument.substr(2, argument.find_first_of("=:") - 2);
}


const Option* findExact(const OptionSet& options, const std::string& argument)
{
	const std::string name = optionName(argument);
	const bool isLong = argument.compare(0, 2, "--") == 0;
	const auto found = std::find_if(
		options.begin(), options.end(), [&](const Option& option) { return name == (isLong ? option.fullName() : option.shortName()); });
	return found == options.end() ? nullptr : &*found;
}


} // namespace


void LaunchOptions::define(OptionSet& options)
{
	options.addOption(Option("help", "h", "Show this help and exit."));
	options.addOption(Option("version", "", "Show the version and exit."));
	options.addOption(Option("daemon", "", "Become a daemon; return when it is ready. The same as 'start'."));
	options.addOption(Option("foreground", "f", "Stay in the foreground, as 'run' does."));
	options.addOption(Option("config", "c", "The configuration file; also TASKDAEMON_CONFIG.").argument("FILE"));
	options.addOption(Option("home", "", "Keep everything below this folder; also TASKDAEMON_HOME.").argument("DIR"));
	options.addOption(Option("pidfile", "", "The PID file, instead of daemon.pidFile.").argument("FILE"));
	options.addOption(Option("pid-file", "", "The same as --pidfile.").argument("FILE"));
	options.addOption(Option("umask", "", "The daemon's umask, octal, instead of daemon.umask.").argument("MASK"));
	options.addOption(Option("print", "", "With check-config: print the value of control.socket or daemon.pidFile.").argument("KEY"));
}


void LaunchOptions::checkSpelling(const OptionSet& options, const std::vector<std::string>& arguments)
{
	bool isValue = false;
	for (const std::string& argument : arguments)
	{
		if (std::exchange(isValue, false)) continue;
		if (argument == "--") return;
		if (argument.size() < 2 || argument[0] != '-') continue;
		const Option* option = findExact(options, argument);
		if (option == nullptr) throw UsageException("unknown option '" + argument + "'; see taskdaemond --help");
		const bool isLong = argument[1] == '-';
		const std::size_t separator = argument.find_first_of("=:");
		const bool attached = isLong ? separator != std::string::npos : argument.size() > 2;
		if (attached && !option->takesArgument()) throw UsageException("the option '" + argument + "' takes no value");
		// POCO would take the next argument instead, with a '=' before it.
		if (attached && isLong && separator + 1 == argument.size()) throw UsageException("the option '" + argument + "' needs a value");
		isValue = option->takesArgument() && !attached;
	}
	if (isValue) throw UsageException("the option '" + arguments.back() + "' needs a value");
}


void LaunchOptions::take(const std::string& name, const std::string& value)
{
	const std::string canonical = name == "pid-file" ? "pidfile" : name;
	if (!_values.emplace(canonical, value).second) throw UsageException("the option '--" + name + "' is given twice");
}


void LaunchOptions::takeWords(const std::vector<std::string>& words)
{
	if (words.empty()) return;
	if (std::find(WORDS.begin(), WORDS.end(), words[0]) == WORDS.end())
		throw UsageException("unknown command '" + words[0] + "'; taskdaemond knows start, run and check-config, taskdaemon all others");
	if (words.size() > 1) throw UsageException("unexpected argument '" + words[1] + "' after '" + words[0] + "'");
	_word = words[0];
}


LaunchCommand LaunchOptions::command() const
{
	if (has("help")) return LaunchCommand::HELP;
	if (has("version")) return LaunchCommand::VERSION;
	if (_word == "check-config") return LaunchCommand::CHECK_CONFIG;
	if (has("print")) throw UsageException("the option '--print' goes with check-config only");
	const bool foreground = has("foreground") || _word == "run";
	if (has("daemon") && foreground) throw UsageException("--daemon contradicts " + std::string(_word == "run" ? "run" : "--foreground"));
	return !foreground && (has("daemon") || _word == "start") ? LaunchCommand::DAEMON : LaunchCommand::FOREGROUND;
}


std::string LaunchOptions::value(const std::string& option) const
{
	const auto found = _values.find(option);
	return found == _values.end() ? std::string() : found->second;
}


std::string LaunchOptions::path(const std::string& option, const char* variable) const
{
	std::string given = value(option);
	if (has(option) && given.empty()) throw UsageException("the option '--" + option + "' needs a value");
	if (given.empty() && variable != nullptr)
	{
		const char* inherited = std::getenv(variable); // NOLINT(concurrency-mt-unsafe): no thread exists yet
		if (inherited != nullptr) given = inherited;
	}
	return given.empty() ? given : std::filesystem::absolute(given).lexically_normal().string();
}


} // namespace TaskDaemon
