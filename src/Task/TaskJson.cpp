#include "TaskDaemon/Task/TaskJson.h"
#include "TaskDaemon/Base/Text.h"
#include <array>
#include <cstdio>


namespace TaskDaemon {


namespace {


template <typename T>
Json orNull(const std::optional<T>& value)
{
	return value ? Json(*value) : Json(nullptr);
}


template <typename T>
Json orNull(T value)
/// For numbers of which 0 means that there is none.
{
	return value != 0 ? Json(value) : Json(nullptr);
}


Json textOrNull(std::string_view text)
{
	return text.empty() ? Json(nullptr) : Json(sanitizeUtf8(text));
}


Json strings(const std::vector<std::string>& values)
{
	Json array = Json::array();
	for (const std::string& value : values) array.push_back(bytesToJson(value));
	return array;
}


std::string octal(unsigned mode)
{
	std::array<char, 16> text{};
	std::snprintf(text.data(), text.size(), "%03o", mode);
	return text.data();
}


void addUsage(Json& json, const std::optional<Outcome>& outcome)
{
	json["user_time_us"] = outcome ? orNull(outcome->userTime) : Json(nullptr);
	json["system_time_us"] = outcome ? orNull(outcome->systemTime) : Json(nullptr);
	json["max_rss_bytes"] = outcome ? orNull(outcome->maxRss) : Json(nullptr);
}


Json runToJson(const Run& run)
{
	const Outcome ended = run.outcome.value_or(Outcome());
	Json json;
	json["run"] = run.run;
	json["attempt"] = run.attempt;
	json["state"] = toString(run.outcome ? ended.state : TaskState::RUNNING);
	json["cause"] = textOrNull(toString(ended.cause));
	json["exit_code"] = orNull(ended.exitCode);
	json["signal"] = orNull(ended.signal);
	json["detail"] = textOrNull(ended.detail);
	json["pid"] = orNull(run.pid);
	json["started_at"] = orNull(run.startedAt);
	json["finished_at"] = orNull(ended.finishedAt);
	addUsage(json, run.outcome);
	return json;
}


void addWhole(Json& json, const Task& task)
{
	const TaskSpec& spec = task.spec;
	json["umask"] = octal(spec.umask);
	json["timeout_us"] = orNull(spec.timeout);
	json["kill_after_us"] = spec.killAfter;
	json["on_crash"] = toString(spec.onCrash);
	json["environment"] = strings(spec.environment);
	addUsage(json, task.runs.empty() ? std::nullopt : task.runs.back().outcome);
	json["runs"] = Json::array();
	for (const Run& run : task.runs) json["runs"].push_back(runToJson(run));
}


} // namespace


Json taskToJson(const Task& task, bool whole)
{
	Json json;
	json["id"] = task.id;
	json["state"] = toString(task.state);
	json["cause"] = textOrNull(toString(task.cause));
	json["queue"] = sanitizeUtf8(task.spec.queue);
	json["label"] = textOrNull(task.spec.label);
	json["priority"] = task.spec.priority;
	json["command"] = strings(task.spec.command);
	json["cwd"] = bytesToJson(task.spec.cwd);
	json["attempt"] = task.attempt;
	json["exit_code"] = orNull(task.exitCode);
	json["signal"] = orNull(task.signal);
	json["submitted_at"] = orNull(task.submittedAt);
	json["started_at"] = orNull(task.startedAt);
	json["finished_at"] = orNull(task.finishedAt);
	json["pid"] = orNull(task.pid);
	json["held"] = task.held;
	json["detail"] = textOrNull(task.detail);
	if (whole) addWhole(json, task);
	return json;
}


std::string outputFile(const std::string& logDir, const RunKey& key, bool standardError)
{
	// A thousand a folder: some file systems grow slow with one folder of millions.
	return logDir + '/' + std::to_string(key.task / 1000) + '/' + std::to_string(key.task) + '.' + std::to_string(key.run) +
		   (standardError ? ".err" : ".out");
}


} // namespace TaskDaemon
