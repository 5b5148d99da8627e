#include "Task/SpawnRequest.h"
#include "TaskDaemon/Task/TaskJson.h"
#include <algorithm>


namespace TaskDaemon {


namespace {


void setVariable(std::vector<std::string>& environment, const std::string& name, const std::string& value)
{
	const std::string prefix = name + "=";
	const auto isNamed = [&](const std::string& variable) { return variable.compare(0, prefix.size(), prefix) == 0; };
	environment.erase(std::remove_if(environment.begin(), environment.end(), isNamed), environment.end());
	environment.push_back(prefix + value);
}


} // namespace


Spawn spawnRequest(const Task& task, const std::string& logDir)
{
	Spawn spawn;
	spawn.key = {task.id, task.run};
	spawn.command = task.spec.command;
	spawn.environment = task.spec.environment;
	setVariable(spawn.environment, "TASKDAEMON_TASK_ID", std::to_string(task.id));
	setVariable(spawn.environment, "TASKDAEMON_ATTEMPT", std::to_string(task.attempt));
	setVariable(spawn.environment, "TASKDAEMON_QUEUE", task.spec.queue);
	spawn.cwd = task.spec.cwd;
	spawn.umask = task.spec.umask;
	spawn.stdoutFile = outputFile(logDir, spawn.key, false);
	spawn.stderrFile = outputFile(logDir, spawn.key, true);
	spawn.timeout = task.spec.timeout;
	spawn.killAfter = task.spec.killAfter;
	return spawn;
}


} // namespace TaskDaemon
