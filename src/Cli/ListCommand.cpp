#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/JsonFields.h"
#include "Cli/Table.h"
#include "Cli/TaskText.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <array>
#include <string_view>


namespace TaskDaemon::Cli {


namespace {


class ListCommand: public Command
/// `list`: one page of tasks, the newest first; --before the last id of a page gives the next.
{
public:
	void define(CLI::App& app) override
	{
		app.add_option("--state", _state, "Only tasks in these states: queued, running, succeeded, failed, timed_out, canceled, lost")
			->type_name("A,B");
		app.add_option("--queue", _queue, "Only tasks of this queue")->type_name("Q");
		app.add_option("--label", _label, "Only tasks with this label")->type_name("L");
		app.add_option("--limit", _limit, "At most so many tasks")->type_name("N");
		app.add_option("--before", _before, "Only tasks older than this one")->type_name("ID");
	}

	int run(Context& context) override
	{
		const Json tasks = context.client().get(target());
		if (context.json())
			context.printJson(tasks);
		else
			print(context.out(), tasks);
		return EXIT_OK;
	}

private:
	std::string target() const
	{
		std::string query;
		const auto add = [&](const char* name, const std::string& value)
		{
			if (!value.empty()) query += (query.empty() ? "?" : "&") + std::string(name) + "=" + percentEncode(value);
		};
		checkStates();
		add("state", _state);
		add("queue", _queue);
		add("label", _label);
		if (!_limit.empty() && parseInteger(_limit).value_or(0) <= 0)
			throw UsageException("--limit: '" + _limit + "' is not a number above 0");
		add("limit", _limit);
		if (!_before.empty()) add("before", std::to_string(taskId(_before)));
		return "/v1/tasks" + query;
	}

	void checkStates() const
	{
		static constexpr std::array<std::string_view, 7> STATES{
			"queued", "running", "succeeded", "failed", "timed_out", "canceled", "lost"};
		for (const std::string& state : CLI::detail::split(_state, ','))
		{
			if (std::find(STATES.begin(), STATES.end(), state) == STATES.end() && !_state.empty())
				throw UsageException("--state: '" + state + "' is no state; see `taskdaemon list --help`");
		}
	}

	static void print(Output& out, const Json& tasks)
	{
		const Microseconds now = realTime();
		Table table({{"ID", true}, {"STATE"}, {"QUEUE"}, {"LABEL"}, {"TIME", true}, {"COMMAND"}});
		for (const Json& task : tasks)
		{
			const std::string label = textField(task, "label");
			table.row({std::to_string(numberField(task, "id").value_or(0)), Cell(stateText(task), stateColour(task)),
				textField(task, "queue"), label.empty() ? "-" : label, timeText(task, now), commandText(task)});
		}
		table.print(out, Terminal::of(out.fd()));
	}

	std::string _state;
	std::string _queue;
	std::string _label;
	std::string _limit;
	std::string _before;
};


} // namespace


std::unique_ptr<Command> makeList()
{
	return std::make_unique<ListCommand>();
}


} // namespace TaskDaemon::Cli
