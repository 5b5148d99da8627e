#include "Cli/CommandLine.h"
#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/Launcher.h"
#include "TaskDaemon/Base/Exception.h"
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <string_view>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


constexpr std::array<std::string_view, 3> VALUE_OPTIONS{"--config", "--home", "--output"};
constexpr std::array<std::string_view, 3> DAEMON_WORDS{"start", "run", "check-config"};


template <typename List>
bool contains(const List& list, std::string_view word)
{
	return std::find(list.begin(), list.end(), word) != list.end();
}


const CommandEntry* findCommand(std::string_view name)
{
	for (const CommandEntry& entry : commands())
	{
		if (name == entry.name) return &entry;
	}
	return nullptr;
}


bool isGlobalOption(std::string_view word)
{
	const std::string_view name = word.substr(0, word.find('='));
	return contains(VALUE_OPTIONS, name) || word == "-v" || word == "--verbose";
}


std::vector<std::string> daemonArguments(const std::string& command, const std::vector<std::string>& words)
/// The options of every command that taskdaemond does not have are left out: what they ask for is about results, and it has none.
{
	std::vector<std::string> result{command};
	for (std::size_t i = 0; i < words.size(); ++i)
	{
		const std::string& word = words[i];
		if (word == "--output")
			++i;
		else if (word.compare(0, 9, "--output=") != 0 && word != "-v" && word != "--verbose")
			result.push_back(word);
	}
	return result;
}


Invocation forCommand(std::vector<std::string> words, std::vector<std::string>::difference_type position)
{
	Invocation result;
	result.command = words[static_cast<std::size_t>(position)];
	words.erase(words.begin() + position);
	result.arguments = std::move(words);
	if (contains(DAEMON_WORDS, result.command))
		result.arguments = daemonArguments(result.command, result.arguments);
	else if (findCommand(result.command) != nullptr)
		result.target = Invocation::Target::CLIENT;
	else
		throw UsageException("unknown command '" + result.command + "'; see `taskdaemon --help`");
	return result;
}


std::string helpText()
{
	std::string text = "Usage: taskdaemon [OPTIONS] COMMAND ...\n\nCommands:\n";
	const auto line = [&](std::string name, const char* summary)
	{
		name.resize(14, ' ');
		text += "  " + name + summary + "\n";
	};
	line("start", "Start the daemon in the background; returns when it is ready");
	line("run", "Run the daemon in the foreground");
	line("check-config", "Check the configuration");
	for (const CommandEntry& entry : commands()) line(entry.name, entry.summary);
	text += "\nOptions, before or after the command:\n"
			"  --config F           Configuration file (also TASKDAEMON_CONFIG)\n"
			"  --home D             Keep everything below this folder (also TASKDAEMON_HOME)\n"
			"  --output human|json  Form of the result\n"
			"  -v, --verbose        Say on standard error what is done\n"
			"  -h, --help           This, or the help of a command\n"
			"  --version            The version\n\n"
			"Without a command the options go to the daemon: taskdaemon --daemon --pidfile=F --umask=M --config=F\n";
	return text;
}


int print(const std::string& text)
{
	Output out(STDOUT_FILENO);
	out.write(text);
	out.flush();
	return EXIT_OK;
}


void addGlobalOptions(CLI::App& app, GlobalOptions& options)
{
	const char* const group = "Options of every command";
	// The last one wins, as in most programs: an alias may give a first one.
	const auto last = CLI::MultiOptionPolicy::TakeLast;
	app.add_option("--config", options.config, "Configuration file (also TASKDAEMON_CONFIG)")
		->type_name("F")
		->group(group)
		->multi_option_policy(last);
	app.add_option("--home", options.home, "Keep everything below this folder (also TASKDAEMON_HOME)")
		->type_name("D")
		->group(group)
		->multi_option_policy(last);
	app.add_option("--output", options.output, "Form of the result: human or json")
		->type_name("FORM")
		->group(group)
		->multi_option_policy(last)
		->check(CLI::IsMember({"human", "json"}));
	app.add_flag("-v,--verbose", options.verbose, "Say on standard error what is done")->group(group);
	app.set_version_flag("--version", "taskdaemon " TASKDAEMON_VERSION)->group(group);
}


int runCommand(const CommandEntry& entry, std::vector<std::string> arguments)
{
	GlobalOptions options = GlobalOptions::fromEnvironment();
	const std::unique_ptr<Command> command = entry.make();
	CLI::App app(entry.summary, std::string("taskdaemon ") + entry.name);
	command->define(app); // first, so that --help shows its own options first
	addGlobalOptions(app, options);
	try
	{
		arguments = separateEmptyValues(app, arguments);
		std::reverse(arguments.begin(), arguments.end()); // as CLI11 takes them
		app.parse(arguments);
	}
	catch (const CLI::CallForHelp&)
	{
		return print(app.help());
	}
	catch (const CLI::CallForVersion& exc)
	{
		return print(std::string(exc.what()) + "\n");
	}
	catch (const CLI::ParseError& exc)
	{
		throw UsageException(std::string(exc.what()) + "; see `taskdaemon " + entry.name + " --help`");
	}
	Context context(options, STDOUT_FILENO);
	int code = EXIT_SOFTWARE;
	try
	{
		code = command->run(context);
	}
	catch (...)
	{
		context.out().flush(); // what was done before the error is part of the result: ids of accepted tasks
		throw;
	}
	context.out().flush();
	return code;
}


int dispatch(const std::vector<std::string>& words)
{
	const Invocation invocation = takeApart(words);
	switch (invocation.target)
	{
	case Invocation::Target::HELP: return print(helpText());
	case Invocation::Target::VERSION: return print("taskdaemon " TASKDAEMON_VERSION "\n");
	case Invocation::Target::DAEMON: Launcher().execute(invocation.arguments);
	case Invocation::Target::CLIENT: break;
	}
	return runCommand(*findCommand(invocation.command), invocation.arguments);
}


} // namespace


const std::vector<CommandEntry>& commands()
{
	static const std::vector<CommandEntry> COMMANDS{{"stop", "Stop the daemon: let running tasks finish, save everything", makeStop},
		{"restart", "Stop the daemon and start it anew", makeRestart},
		{"status", "Show the daemon's state, its queues and its tasks by state", makeStatus},
		{"health", "Show the daemon's health checks", makeHealth}, {"submit", "Submit a command, or many with --batch", makeSubmit},
		{"list", "List tasks, the newest first", makeList}, {"show", "Show everything about a task", makeShow},
		{"logs", "Show a task's output", makeLogs}, {"wait", "Wait for tasks to end; exits with their exit code", makeWait},
		{"cancel", "Cancel tasks: TERM to the whole process group, later KILL", makeCancel},
		{"hold", "Keep queued tasks from starting", makeHold}, {"release", "Let held tasks start", makeRelease},
		{"pause", "Keep a queue from starting tasks", makePause}, {"resume", "Let a paused queue start tasks again", makeResume},
		{"queue", "List the queues", makeQueue}};
	return COMMANDS;
}


Invocation takeApart(const std::vector<std::string>& words)
{
	if (words.empty()) throw UsageException("no command; see `taskdaemon --help`");
	Invocation result;
	result.arguments = words;
	bool takesValue = false;
	for (std::size_t i = 0; i < words.size(); ++i)
	{
		const std::string& word = words[i];
		if (takesValue)
		{
			takesValue = false;
			continue;
		}
		if (word == "-h" || word == "--help")
		{
			result.target = Invocation::Target::HELP;
			return result;
		}
		if (word == "--version")
		{
			result.target = Invocation::Target::VERSION;
			return result;
		}
		if (word.empty() || word[0] != '-') return forCommand(words, static_cast<std::vector<std::string>::difference_type>(i));
		// Anything else is an option of the daemon, whose values we cannot tell from commands: all words go to it.
		if (!isGlobalOption(word)) return result;
		takesValue = contains(VALUE_OPTIONS, word);
	}
	return result;
}


int runProgram(const std::vector<std::string>& words)
{
	try
	{
		return dispatch(words);
	}
	catch (const Exception& exc)
	{
		printError(exc.what());
		return exc.exitCode();
	}
	catch (const std::exception& exc)
	{
		printError(std::string("internal error: ") + exc.what());
		return EXIT_SOFTWARE;
	}
}


} // namespace TaskDaemon::Cli
