#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/JsonFields.h"
#include "Cli/Table.h"
#include "Cli/TaskText.h"
#include "TaskDaemon/Base/Text.h"


namespace TaskDaemon::Cli {


namespace {


std::string numberText(const Json& object, const char* name)
{
	const auto number = numberField(object, name);
	return number ? std::to_string(*number) : "";
}


std::string timeFieldText(const Json& object, const char* name)
{
	const auto time = numberField(object, name);
	return time ? localTimeText(*time) : "";
}


std::string durationText(const Json& object, const char* name)
{
	const auto duration = numberField(object, name);
	return duration ? elapsedText(*duration) : "";
}


std::string sizeText(const Json& object, const char* name)
{
	const auto size = numberField(object, name);
	return size ? bytesText(*size) : "";
}


std::string limitText(const Json& object, const char* name)
{
	const auto duration = numberField(object, name);
	return duration && *duration != 0 ? formatDuration(*duration) : "none";
}


class ShowCommand: public Command
/// `show ID`: every field of one task.
{
public:
	void define(CLI::App& app) override
	{
		app.add_option("ID", _id, "Task id")->required()->type_name("");
	}

	int run(Context& context) override
	{
		const Json task = context.client().get("/v1/tasks/" + std::to_string(taskId(_id)));
		if (context.json())
			context.printJson(task);
		else
			print(context.out(), Terminal::of(context.out().fd()), task);
		return EXIT_OK;
	}

private:
	static void print(Output& out, const Terminal& terminal, const Json& task)
	{
		FieldList fields;
		addResult(fields, task);
		addRequest(fields, task);
		fields.print(out, terminal);
		printRuns(out, terminal, arrayField(task, "runs"));
		printEnvironment(out, task);
	}

	static void addResult(FieldList& fields, const Json& task)
	{
		const auto signal = numberField(task, "signal");
		fields.add("Task", numberText(task, "id"));
		fields.add("State", stateText(task), stateColour(task));
		fields.add("Cause", textField(task, "cause"));
		fields.add("Detail", textField(task, "detail"));
		fields.add("Exit code", numberText(task, "exit_code"));
		fields.add("Signal", signal ? signalText(*signal) : "");
		fields.add("PID", numberText(task, "pid"));
		fields.add("Submitted", timeFieldText(task, "submitted_at"));
		fields.add("Started", timeFieldText(task, "started_at"));
		fields.add("Finished", timeFieldText(task, "finished_at"));
		fields.add("Time", timeText(task, realTime()));
		fields.add("CPU user", durationText(task, "user_time_us"));
		fields.add("CPU system", durationText(task, "system_time_us"));
		fields.add("Peak memory", sizeText(task, "max_rss_bytes"));
		fields.add("Attempt", numberText(task, "attempt"));
	}

	static void addRequest(FieldList& fields, const Json& task)
	{
		fields.add("Command", commandText(task));
		fields.add("Folder", textField(task, "cwd"));
		fields.add("Queue", textField(task, "queue"));
		fields.add("Label", textField(task, "label"));
		fields.add("Priority", numberText(task, "priority"));
		fields.add("Held", flagField(task, "held") ? "yes" : "no");
		fields.add("Timeout", limitText(task, "timeout_us"));
		fields.add("Kill after", limitText(task, "kill_after_us"));
		fields.add("On crash", textField(task, "on_crash"));
		fields.add("Umask", textField(task, "umask"));
	}

	static void printRuns(Output& out, const Terminal& terminal, const Json& runs)
	{
		if (runs.empty()) return;
		out.write("\n");
		Table table({{"RUN", true}, {"ATTEMPT", true}, {"STATE"}, {"PID", true}, {"STARTED"}, {"TIME", true}, {"USER", true},
			{"SYSTEM", true}, {"MEMORY", true}, {"DETAIL"}});
		for (const Json& run : runs)
		{
			table.row({numberText(run, "run"), numberText(run, "attempt"), Cell(stateText(run), stateColour(run)), numberText(run, "pid"),
				timeFieldText(run, "started_at"), timeText(run, realTime()), durationText(run, "user_time_us"),
				durationText(run, "system_time_us"), sizeText(run, "max_rss_bytes"), textField(run, "detail")});
		}
		table.print(out, terminal);
	}

	static void printEnvironment(Output& out, const Json& task)
	{
		const std::vector<std::string> environment = listField(task, "environment");
		if (environment.empty()) return;
		out.write("\nEnvironment:\n");
		for (const std::string& entry : environment) out.write("  " + escapeControls(entry) + "\n");
	}

	std::string _id;
};


} // namespace


std::unique_ptr<Command> makeShow()
{
	return std::make_unique<ShowCommand>();
}


} // namespace TaskDaemon::Cli
