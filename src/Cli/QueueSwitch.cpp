#include "Cli/QueueSwitch.h"
#include "Cli/Arguments.h"
#include "Cli/JsonFields.h"
#include "TaskDaemon/Base/Text.h"


namespace TaskDaemon::Cli {


void QueueSwitch::define(CLI::App& app)
{
	app.add_option("QUEUE", _queue, "Name of the queue")->type_name("")->capture_default_str();
}


int QueueSwitch::run(Context& context)
{
	const Json queue = context.client().post("/v1/queues/" + percentEncode(_queue) + "/" + _action, Json::object());
	if (context.json())
		context.printJson(queue);
	else
		context.out().write("queue " + escapeControls(_queue) + " is " + (flagField(queue, "paused") ? "paused" : "active") + "\n");
	return EXIT_OK;
}


} // namespace TaskDaemon::Cli
