#include "Cli/Arguments.h"
#include "Cli/BatchSubmitter.h"
#include "Cli/Caller.h"
#include "Cli/Command.h"
#include "Cli/JsonFields.h"
#include "Cli/TaskWaiter.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"


namespace TaskDaemon::Cli {


namespace {


class SubmitCommand: public Command
/// `submit`: prints the id once the daemon has the task on disk.
{
public:
	void define(CLI::App& app) override
	{
		_app = &app;
		app.footer("The command follows the options:\n"
				   "  taskdaemon submit [OPTIONS] -- COMMAND [ARGUMENT...]\n"
				   "  taskdaemon submit [OPTIONS] --batch FILE");
		// The first word that is no option begins the command, whose options are its own.
		app.prefix_command();
		app.add_option("--label", _label, "Any text, to find the task by")->type_name("L");
		app.add_option("--queue", _queue, "Queue; default: default")->type_name("Q");
		app.add_option("--priority", _priority, "Higher runs first; default: 0")->type_name("N");
		app.add_option("--timeout", _timeout, "Stop it after so long: 30s, 5m, 2h")->type_name("D");
		app.add_option("--kill-after", _killAfter, "How long after TERM to KILL")->type_name("D");
		app.add_option("--on-crash", _onCrash, "When its run is cut short: requeue, hold or fail")->type_name("POLICY");
		app.add_option("--env", _environment, "Set a variable of its environment; NAME alone takes the current value")
			->type_name("NAME[=VALUE]")
			->expected(1)
			->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
			->allow_extra_args(false); // else it takes the command, and takes [a,b] apart
		app.add_flag("--clean-env", _cleanEnvironment, "Nothing of the current environment but what --env names");
		app.add_flag("--hold", _hold, "Do not start it before it is released");
		app.add_flag("--wait", _wait, "Wait for its end and exit with its exit code");
		_batchOption = app.add_option(
							  "--batch", _batch, "Submit a task a line: a JSON object or a command line for the shell; - is standard input")
						   ->type_name("FILE");
	}

	int run(Context& context) override
	{
		const std::vector<std::string> words = commandWords();
		if (_batchOption->count() > 0)
		{
			if (!words.empty()) throw UsageException("--batch takes the commands from its input: '" + words[0] + "' is too much");
			return submitBatch(context);
		}
		if (words.empty()) throw UsageException("no command to submit; write `taskdaemon submit -- COMMAND ARGUMENT...`");
		return submitOne(context, words);
	}

private:
	std::vector<std::string> commandWords() const
	{
		std::vector<std::string> words = _app->remaining();
		if (words.empty()) return words;
		if (words[0] == "--")
			words.erase(words.begin());
		else if (words[0].size() > 1 && words[0][0] == '-')
			throw UsageException("unknown option '" + words[0] + "'; see `taskdaemon submit --help`");
		return words;
	}

	Json properties() const
	/// What the options and the surroundings say of a task, all but its command.
	{
		Json task;
		const auto add = [&](const char* option, const char* name, const std::string& value)
		{
			if (_app->count(option) > 0) task[name] = bytesToJson(value); // an empty one is for the daemon to refuse
		};
		task["cwd"] = bytesToJson(currentFolder());
		task["env"] = callerEnvironment(_cleanEnvironment, _environment);
		task["umask"] = currentUmask();
		add("--label", "label", _label);
		add("--queue", "queue", _queue);
		add("--timeout", "timeout", _timeout);
		add("--kill-after", "kill_after", _killAfter);
		add("--on-crash", "on_crash", _onCrash);
		if (_app->count("--priority") > 0)
		{
			const auto priority = parseInteger(_priority);
			if (!priority) throw UsageException("--priority: '" + _priority + "' is not an integer");
			task["priority"] = *priority;
		}
		if (_hold) task["hold"] = true;
		return task;
	}

	int submitOne(Context& context, const std::vector<std::string>& words) const
	{
		Json task = properties();
		for (const std::string& word : words) task["command"].push_back(bytesToJson(word));
		const Json answer = context.client().post("/v1/tasks", task);
		const auto id = numberField(answer, "id");
		if (!id) throw ProtocolException("the daemon accepted the task, but its answer has no id; look with `taskdaemon list`");
		if (context.json())
			context.printJson(answer);
		else
			context.out().write(std::to_string(*id) + "\n");
		context.out().flush(); // the id is worth having while it runs
		return _wait ? waitForTasks(context.client(), {*id}, printOutcome) : EXIT_OK;
	}

	int submitBatch(Context& context) const
	{
		BatchSubmitter submitter(context, properties(), _wait);
		submitter.submit(_batch);
		return _wait ? waitForTasks(context.client(), submitter.ids(), printOutcome) : EXIT_OK;
	}

	const CLI::App* _app = nullptr;
	const CLI::Option* _batchOption = nullptr;
	std::string _label;
	std::string _queue;
	std::string _priority;
	std::string _timeout;
	std::string _killAfter;
	std::string _onCrash;
	std::vector<std::string> _environment;
	std::string _batch;
	bool _cleanEnvironment = false;
	bool _hold = false;
	bool _wait = false;
};


} // namespace


std::unique_ptr<Command> makeSubmit()
{
	return std::make_unique<SubmitCommand>();
}


} // namespace TaskDaemon::Cli
