#include "Config/Schema.h"
#include "Config/ConfigText.h"
#include <algorithm>
#include <cstdio>


namespace TaskDaemon {


namespace {


constexpr Microseconds MINUTE = 60 * SECOND;
constexpr Microseconds HOUR = 60 * MINUTE;
constexpr Microseconds DAY = 24 * HOUR;
constexpr std::string_view QUEUE_SECTION = "queue.";
constexpr std::size_t MAX_QUEUE_NAME = 64;


using Keys = std::vector<SchemaKey>;
using ValueRef = const Value&;


void addDaemonKeys(Keys& keys, const Paths& paths)
{
	keys.push_back({"daemon.pidFile", ValueType::PATH, paths.pidFile, 0, 0, {}, Reload::NEEDS_RESTART,
		"File that holds the supervisor's PID.", [](Settings& s, const std::string&, ValueRef v) { s.pidFile = v.text; }});
	keys.push_back({"daemon.workDir", ValueType::PATH, "/", 0, 0, {}, Reload::NEEDS_RESTART, "Working directory of the daemon's processes.",
		[](Settings& s, const std::string&, ValueRef v) { s.workDir = v.text; }});
	keys.push_back(
		{"daemon.umask", ValueType::MODE, "027", 0, 0777, {}, Reload::NEEDS_RESTART, "File mode creation mask of the daemon's processes.",
			[](Settings& s, const std::string&, ValueRef v) { s.umask = static_cast<unsigned>(v.number); }});
	keys.push_back({"daemon.stdout", ValueType::OPTIONAL_PATH, "", 0, 0, {}, Reload::NEEDS_RESTART,
		"File that receives the daemon's standard output; nothing means /dev/null.",
		[](Settings& s, const std::string&, ValueRef v) { s.daemonStdout = v.text; }});
	keys.push_back({"daemon.stderr", ValueType::OPTIONAL_PATH, "", 0, 0, {}, Reload::NEEDS_RESTART,
		"File that receives the daemon's standard error; nothing means /dev/null.",
		[](Settings& s, const std::string&, ValueRef v) { s.daemonStderr = v.text; }});
}


void addLogKeys(Keys& keys, const Paths& paths)
{
	// The order of the choices is that of LogLevel and LogTarget.
	keys.push_back({"log.level", ValueType::CHOICE, "information", 0, 0, {"error", "warning", "information", "debug"}, Reload::APPLIES,
		"Least important messages that are still logged.",
		[](Settings& s, const std::string&, ValueRef v) { s.logLevel = static_cast<LogLevel>(v.number); }});
	keys.push_back({"log.target", ValueType::CHOICE, "file", 0, 0, {"stderr", "file", "syslog", "journal"}, Reload::APPLIES,
		"Where the log goes.", [](Settings& s, const std::string&, ValueRef v) { s.logTarget = static_cast<LogTarget>(v.number); }});
	keys.push_back({"log.file", ValueType::PATH, paths.logFile, 0, 0, {}, Reload::APPLIES, "The log file when log.target is file.",
		[](Settings& s, const std::string&, ValueRef v) { s.logFile = v.text; }});
}


void addSocketKeys(Keys& keys, const Paths& paths)
{
	keys.push_back({"health.address", ValueType::OPTIONAL_ADDRESS, "127.0.0.1:9786", 0, 65535, {}, Reload::NEEDS_RESTART,
		"Where the health server listens; port 0 takes any free one, nothing means no health server.",
		[](Settings& s, const std::string&, ValueRef v)
		{
			s.healthHost = v.text;
			s.healthPort = static_cast<std::uint16_t>(v.number);
		}});
	keys.push_back({"control.socket", ValueType::SOCKET_PATH, paths.controlSocket, 0, 0, {}, Reload::NEEDS_RESTART,
		"Unix socket of the control API.", [](Settings& s, const std::string&, ValueRef v) { s.controlSocket = v.text; }});
	keys.push_back({"control.mode", ValueType::MODE, "0660", 0, 0777, {}, Reload::NEEDS_RESTART, "File mode of the control socket.",
		[](Settings& s, const std::string&, ValueRef v) { s.controlMode = static_cast<unsigned>(v.number); }});
	keys.push_back({"control.group", ValueType::OPTIONAL_GROUP, "", 0, 0, {}, Reload::NEEDS_RESTART,
		"Group that owns the control socket and may use it besides root and the daemon's user.",
		[](Settings& s, const std::string&, ValueRef v) { s.controlGroup = v.text; }});
}


void addTaskKeys(Keys& keys, const Paths& paths)
{
	keys.push_back({"store.path", ValueType::PATH, paths.store, 0, 0, {}, Reload::NEEDS_RESTART, "SQLite database of the tasks.",
		[](Settings& s, const std::string&, ValueRef v) { s.storePath = v.text; }});
	keys.push_back({"queue.NAME.parallelism", ValueType::PARALLELISM, "cores", 1, 10000, {}, Reload::APPLIES,
		"How many tasks of this queue run at a time; cores means the number of processor cores.",
		[](Settings& s, const std::string& queue, ValueRef v) { s.queues[queue].parallelism = static_cast<int>(v.number); }});
	keys.push_back({"queue.NAME.paused", ValueType::BOOLEAN, "false", 0, 1, {}, Reload::APPLIES,
		"Whether this queue begins paused when it is new to the store.",
		[](Settings& s, const std::string& queue, ValueRef v) { s.queues[queue].paused = v.number != 0; }});
	keys.push_back({"task.timeout", ValueType::DURATION, "0", 0, 365 * DAY, {}, Reload::APPLIES,
		"How long a task may run unless it was submitted with a limit of its own; 0 means for ever.",
		[](Settings& s, const std::string&, ValueRef v) { s.taskTimeout = v.number; }});
	keys.push_back({"task.killAfter", ValueType::DURATION, "10s", 0, DAY, {}, Reload::APPLIES,
		"How long a task that was sent TERM has before it is sent KILL.",
		[](Settings& s, const std::string&, ValueRef v) { s.taskKillAfter = v.number; }});
	keys.push_back({"task.onCrash", ValueType::CHOICE, "requeue", 0, 0, {"requeue", "hold", "fail"}, Reload::APPLIES,
		"What becomes of a task that the daemon interrupted or whose end nobody saw.",
		[](Settings& s, const std::string&, ValueRef v) { s.taskOnCrash = static_cast<OnCrash>(v.number); }});
	keys.push_back({"task.logDir", ValueType::PATH, paths.taskLogs, 0, 0, {}, Reload::NEEDS_RESTART, "Folder of the tasks' output.",
		[](Settings& s, const std::string&, ValueRef v) { s.taskLogDir = v.text; }});
}


void addLifecycleKeys(Keys& keys, const Paths& paths)
{
	keys.push_back({"shutdown.grace", ValueType::DURATION, "30s", 0, DAY, {}, Reload::APPLIES,
		"How long a graceful stop lets running tasks finish before they are terminated.",
		[](Settings& s, const std::string&, ValueRef v) { s.shutdownGrace = v.number; }});
	keys.push_back({"restart.delay", ValueType::DURATION, "100ms", MILLISECOND, HOUR, {}, Reload::APPLIES,
		"Pause before the first restart of a service that died; it doubles with each further one.",
		[](Settings& s, const std::string&, ValueRef v) { s.restartDelay = v.number; }});
	keys.push_back({"restart.maxDelay", ValueType::DURATION, "10s", MILLISECOND, DAY, {}, Reload::APPLIES,
		"Longest pause before a restart of the service; not below restart.delay.",
		[](Settings& s, const std::string&, ValueRef v) { s.restartMaxDelay = v.number; }});
	keys.push_back({"restart.limit", ValueType::INTEGER, "0", 0, 1000000, {}, Reload::APPLIES,
		"How many restarts within restart.window make the supervisor give up; 0 means never.",
		[](Settings& s, const std::string&, ValueRef v) { s.restartLimit = static_cast<int>(v.number); }});
	keys.push_back({"restart.window", ValueType::DURATION, "10m", SECOND, 30 * DAY, {}, Reload::APPLIES,
		"Span of time in which restarts are counted against restart.limit.",
		[](Settings& s, const std::string&, ValueRef v) { s.restartWindow = v.number; }});
	keys.push_back({"status.file", ValueType::PATH, paths.statusFile, 0, 0, {}, Reload::APPLIES,
		"File to which the status is dumped on SIGUSR1.", [](Settings& s, const std::string&, ValueRef v) { s.statusFile = v.text; }});
}


std::string joinChoices(const std::vector<std::string>& choices)
{
	std::string text;
	for (std::size_t i = 0; i < choices.size(); ++i)
	{
		if (i > 0) text += i + 1 == choices.size() ? " or " : ", ";
		text += choices[i];
	}
	return text;
}


std::string octal(std::int64_t number)
{
	char buffer[24];
	std::snprintf(buffer, sizeof buffer, "%#llo", static_cast<unsigned long long>(number));
	return buffer;
}


std::string lowerCase(std::string_view text)
{
	std::string result(text);
	for (char& c : result)
	{
		if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
	}
	return result;
}


std::size_t editDistance(const std::string& a, const std::string& b)
/// Levenshtein's, with one row of the matrix.
{
	std::vector<std::size_t> row(b.size() + 1);
	for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
	for (std::size_t i = 1; i <= a.size(); ++i)
	{
		std::size_t diagonal = row[0];
		row[0] = i;
		for (std::size_t j = 1; j <= b.size(); ++j)
		{
			const std::size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
			diagonal = row[j];
			row[j] = std::min({substituted, row[j] + 1, row[j - 1] + 1});
		}
	}
	return row[b.size()];
}


std::string queueOf(const std::string& name)
/// The part between the first and the last dot of a key below "queue."; empty for any other key.
{
	const std::size_t last = name.rfind('.');
	if (name.compare(0, QUEUE_SECTION.size(), QUEUE_SECTION) != 0 || last < QUEUE_SECTION.size()) return {};
	return name.substr(QUEUE_SECTION.size(), last - QUEUE_SECTION.size());
}


} // namespace


std::string SchemaKey::nameFor(const std::string& queue) const
{
	const bool ofQueue = name.compare(0, QUEUE_SECTION.size(), QUEUE_SECTION) == 0;
	return ofQueue && !queue.empty() ? "queue." + queue + name.substr(name.rfind('.')) : name;
}


std::string SchemaKey::allowed() const
{
	const std::string range = " from " + std::to_string(least) + " to " + std::to_string(most);
	switch (type)
	{
	case ValueType::PATH: return "an absolute path";
	case ValueType::OPTIONAL_PATH: return "an absolute path, or nothing";
	case ValueType::SOCKET_PATH: return "an absolute path of at most 107 bytes";
	case ValueType::DURATION:
		return "a duration from " + formatDuration(least) + " to " + formatDuration(most) + ", like 500ms, 30s, 5m or 2h";
	case ValueType::INTEGER: return "a whole number" + range;
	case ValueType::PARALLELISM: return "a whole number" + range + ", or cores";
	case ValueType::BOOLEAN: return "true or false";
	case ValueType::MODE: return "an octal number from 0 to " + octal(most);
	case ValueType::CHOICE: return joinChoices(choices);
	case ValueType::OPTIONAL_ADDRESS: return "host:port like 127.0.0.1:9786 or [::1]:9786, or nothing";
	case ValueType::OPTIONAL_GROUP: return "the name of a group, or nothing";
	}
	return {};
}


Schema::Schema(const Paths& paths)
{
	addDaemonKeys(_keys, paths);
	addLogKeys(_keys, paths);
	addSocketKeys(_keys, paths);
	addTaskKeys(_keys, paths);
	addLifecycleKeys(_keys, paths);
}


SchemaMatch Schema::find(const std::string& name) const
{
	const std::string queue = queueOf(name);
	for (const SchemaKey& key : _keys)
	{
		if (key.nameFor(queue) == name) return {&key, queue};
	}
	return {};
}


bool Schema::isSection(const std::string& name) const
{
	const std::string queue = queueOf(name + ".");
	if (!queue.empty()) return isQueueName(queue) && queue.find('.') == std::string::npos;
	return std::any_of(
		_keys.begin(), _keys.end(), [&name](const SchemaKey& key) { return key.name.compare(0, name.size() + 1, name + ".") == 0; });
}


std::string Schema::suggest(const std::string& unknown) const
{
	constexpr std::size_t LONGEST_COMPARED = 100; // keys from outside may have any length
	const std::string queue = queueOf(unknown);
	std::string nearest;
	std::size_t least = unknown.size() / 2; // further off than that it is no misspelling
	for (const SchemaKey& key : _keys)
	{
		if (unknown.size() > LONGEST_COMPARED) break;
		const std::string candidate = key.nameFor(isQueueName(queue) ? queue : "default");
		// "queue.paused" lacks the name only.
		const std::string nameless = queue.empty() && key.nameFor("default") != key.name ? "queue" + key.name.substr(key.name.rfind('.'))
																						 : candidate;
		const std::size_t distance = editDistance(lowerCase(unknown), lowerCase(nameless));
		if (distance >= least) continue;
		least = distance;
		nearest = candidate;
	}
	if (!nearest.empty()) return "did you mean " + nearest + "?";

	std::vector<std::string> sections;
	for (const SchemaKey& key : _keys)
	{
		const std::string section = key.name.substr(0, key.name.find('.'));
		if (sections.empty() || sections.back() != section) sections.push_back(section);
	}
	return "keys begin with " + joinChoices(sections);
}


bool isQueueName(std::string_view name)
{
	constexpr std::string_view ALLOWED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	return !name.empty() && name.size() <= MAX_QUEUE_NAME && name.find_first_not_of(ALLOWED) == std::string_view::npos;
}


} // namespace TaskDaemon
