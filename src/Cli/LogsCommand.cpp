#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/JsonFields.h"
#include "Cli/LogReader.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


class LogsCommand: public Command
/// `logs ID`: the task's standard output to ours, its standard error to ours, byte for byte.
{
public:
	void define(CLI::App& app) override
	{
		app.add_option("ID", _id, "Task id")->required()->type_name("");
		app.add_flag("-f,--follow", _follow, "Go on until the run ends");
		app.add_flag("--stdout", _stdout, "Only its standard output");
		app.add_flag("--stderr", _stderr, "Only its standard error");
		app.add_option("--run", _run, "Which run of the task; default: the last")->type_name("N");
	}

	int run(Context& context) override
	{
		const std::int64_t id = taskId(_id);
		const std::int64_t run = chooseRun(context.client(), id);
		if (run == 0)
		{
			printNote("task " + std::to_string(id) + " has not started yet; `taskdaemon logs -f " + std::to_string(id) +
					  "` waits for its output");
			return EXIT_OK;
		}
		// Both at a time when following; else one after the other, which is easier to read on a terminal.
		LogReader reader(context.controlSocket(), context.client().retryPolicy(), id, run, _follow);
		if (_stdout || !_stderr) reader.add("stdout", STDOUT_FILENO);
		if (!_follow) reader.copy();
		if (_stderr || !_stdout) reader.add("stderr", STDERR_FILENO);
		reader.copy();
		return EXIT_OK;
	}

private:
	std::int64_t chooseRun(ControlClient& client, std::int64_t id) const
	/// Fixed from the start: after a cut, "the last run" could be another one than the one whose bytes were counted.
	{
		if (!_run.empty())
		{
			const auto run = parseInteger(_run);
			if (!run || *run <= 0) throw UsageException("--run: '" + _run + "' is not a number above 0");
			return *run;
		}
		const Json task = client.get("/v1/tasks/" + std::to_string(id));
		const Json& runs = arrayField(task, "runs");
		const std::int64_t last = runs.empty() ? 0 : numberField(runs.back(), "run").value_or(0);
		// A task that waits will run once more: that run is the one to be followed.
		return _follow && textField(task, "state") == "queued" ? last + 1 : last;
	}

	std::string _id;
	std::string _run;
	bool _follow = false;
	bool _stdout = false;
	bool _stderr = false;
};


} // namespace


std::unique_ptr<Command> makeLogs()
{
	return std::make_unique<LogsCommand>();
}


} // namespace TaskDaemon::Cli
