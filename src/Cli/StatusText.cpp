#include "Cli/StatusText.h"
#include "Cli/JsonFields.h"
#include "Cli/Table.h"
#include "Cli/TaskText.h"


namespace TaskDaemon::Cli {


namespace {


std::string numberText(const Json& object, const char* name)
{
	const auto number = numberField(object, name);
	return number ? std::to_string(*number) : "";
}


Colour healthColour(const std::string& state)
{
	if (state == "healthy") return Colour::GREEN;
	return state == "degraded" ? Colour::YELLOW : Colour::RED;
}


std::string tasksText(const Json& status)
{
	std::string text;
	const auto tasks = status.find("tasks");
	if (tasks == status.end() || !tasks->is_object()) return text;
	for (const auto& [state, count] : tasks->items())
	{
		// Zeroes say nothing, except of what is under way.
		if (count == 0 && state != "queued" && state != "running") continue;
		text += (text.empty() ? "" : ", ") + dumpJson(count) + " " + state;
	}
	return text;
}


void addDetails(FieldList& fields, const Json& status)
{
	fields.add("Service restarts", numberText(status, "service_restarts"));
	const auto config = status.find("config");
	if (config == status.end()) return;
	fields.add("Config file", textField(*config, "file"));
	fields.add("Config generation", numberText(*config, "generation"));
	if (const auto loaded = numberField(*config, "loaded_at")) fields.add("Config loaded", localTimeText(*loaded));
	fields.add("Config error", textField(*config, "last_error"), Colour::RED);
}


bool anyFailing(const Json& checks)
{
	for (const Json& check : checks)
	{
		if (textField(check, "status") != "healthy") return true;
	}
	return false;
}


} // namespace


void printStatus(Output& out, const Terminal& terminal, const Json& status, bool detailed)
{
	FieldList fields;
	fields.add("State", textField(status, "state"));
	fields.add("Health", overallHealth(status), healthColour(overallHealth(status)));
	fields.add("Supervisor PID", numberText(status, "supervisor_pid"));
	fields.add("Service PID", numberText(status, "service_pid"));
	fields.add("Version", textField(status, "version"));
	if (const auto uptime = numberField(status, "uptime_seconds")) fields.add("Uptime", elapsedText(*uptime * SECOND));
	fields.add("Tasks", tasksText(status));
	fields.add("Health address", textField(status, "health_address"));
	if (detailed) addDetails(fields, status);
	fields.print(out, terminal);

	out.write("\n");
	printQueues(out, terminal, arrayField(status, "queues"));
	const Json& checks = arrayField(status, "checks");
	if (!detailed && !anyFailing(checks)) return;
	out.write("\n");
	printChecks(out, terminal, checks, !detailed);
}


void printQueues(Output& out, const Terminal& terminal, const Json& queues)
{
	Table table({{"QUEUE"}, {"STATE"}, {"PARALLELISM", true}, {"RUNNING", true}, {"QUEUED", true}});
	for (const Json& queue : queues)
	{
		const bool paused = flagField(queue, "paused");
		table.row({textField(queue, "name"), Cell(paused ? "paused" : "active", paused ? Colour::YELLOW : Colour::NONE),
			numberText(queue, "parallelism"), numberText(queue, "running"), numberText(queue, "queued")});
	}
	table.print(out, terminal);
}


void printChecks(Output& out, const Terminal& terminal, const Json& checks, bool failingOnly)
{
	Table table({{"CHECK"}, {"STATUS"}, {"OBSERVED"}});
	for (const Json& check : checks)
	{
		const std::string state = textField(check, "status");
		if (!failingOnly || state != "healthy")
			table.row({textField(check, "name"), Cell(state, healthColour(state)), textField(check, "observed")});
	}
	table.print(out, terminal);
}


std::string overallHealth(const Json& status)
{
	std::string worst = "healthy";
	for (const Json& check : arrayField(status, "checks"))
	{
		const std::string state = textField(check, "status");
		if (state == "degraded" && worst == "healthy") worst = state;
		if (state != "healthy" && state != "degraded") worst = "unhealthy";
	}
	return worst;
}


} // namespace TaskDaemon::Cli
