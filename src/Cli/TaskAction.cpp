#include "Cli/TaskAction.h"
#include "Cli/Arguments.h"
#include "Cli/TaskText.h"
#include "TaskDaemon/Base/Text.h"


namespace TaskDaemon::Cli {


void TaskAction::define(CLI::App& app)
{
	addTaskIds(app, _words);
}


int TaskAction::run(Context& context)
{
	int result = EXIT_OK;
	Json tasks = Json::array();
	for (const std::int64_t id : taskIds(_words))
	{
		try
		{
			tasks.push_back(context.client().post("/v1/tasks/" + std::to_string(id) + "/" + _action, Json::object()));
			if (!context.json()) context.out().write("task " + std::to_string(id) + ": " + escapeControls(stateText(tasks.back())) + "\n");
		}
		catch (const ApiException& exc)
		{
			// Only answers about one task: without a daemon the others need not be tried.
			if (exc.status() != 404 && exc.status() != 409) throw;
			printError("task " + std::to_string(id) + ": " + exc.what());
			if (result == EXIT_OK) result = exc.exitCode();
		}
	}
	if (context.json()) context.printJson(tasks);
	return result;
}


} // namespace TaskDaemon::Cli
