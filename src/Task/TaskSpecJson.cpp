#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include "TaskDaemon/Task/TaskJson.h"
#include <algorithm>
#include <array>
#include <limits>
#include <unordered_map>


namespace TaskDaemon {


namespace {


constexpr std::size_t MAX_SPEC_BYTES = 2UL * 1024 * 1024; // execve(2) takes at most a quarter of the stack limit: 2 MiB of the usual 8
constexpr std::size_t MAX_LABEL_BYTES = 255;
constexpr std::size_t MAX_QUEUE_BYTES = 64;
constexpr Microseconds MAX_DURATION = 3650L * 86400 * SECOND; // so that a deadline, now and a duration, cannot overflow

constexpr std::array<const char*, 11> FIELDS{
	{"command", "cwd", "env", "umask", "label", "queue", "priority", "timeout", "kill_after", "on_crash", "hold"}};


struct Field
/// A value and the name by which the client knows it.
{
	const Json* value = nullptr; // nothing: not given
	std::string name;
};


class Source
/// The fields of a task, each from the object or else from the defaults. A temporary: refers to both.
{
public:
	Source(const Json& object, const Json& defaults): _object(object), _defaults(defaults) {}

	Field inObject(const char* key) const
	{
		const auto found = _object.find(key);
		return found == _object.end() ? Field{nullptr, key} : Field{&*found, key};
	}

	Field inDefaults(const char* key) const
	{
		// null stands for no defaults at all.
		if (_defaults.is_null()) return {nullptr, key};
		const auto found = _defaults.find(key);
		return found == _defaults.end() ? Field{nullptr, key} : Field{&*found, std::string("defaults.") + key};
	}

	Field operator[](const char* key) const
	{
		const Field own = inObject(key);
		return own.value != nullptr ? own : inDefaults(key);
	}

private:
	const Json& _object;
	const Json& _defaults;
};


[[noreturn]] void wrongType(const Field& field, const std::string& wanted)
{
	throw ValidationException(field.name, "must be " + wanted + ", not " + field.value->type_name());
}


void checkFields(const Json& object, const std::string& what, const std::string& prefix)
{
	if (!object.is_object()) throw ValidationException(what, "must be a JSON object, not " + std::string(object.type_name()));
	for (const auto& item : object.items())
	{
		if (std::find(FIELDS.begin(), FIELDS.end(), item.key()) != FIELDS.end()) continue;
		std::string known;
		for (const char* name : FIELDS) (known += known.empty() ? "" : ", ") += name;
		throw ValidationException(prefix + escapeControls(item.key()), "is no field of a task; those are " + known);
	}
}


const std::string& textOf(const Field& field)
{
	if (!field.value->is_string()) wrongType(field, "a string");
	return field.value->get_ref<const std::string&>();
}


bool hasControl(std::string_view text)
{
	for (std::size_t i = 0; i < text.size(); ++i)
	{
		const auto byte = static_cast<unsigned char>(text[i]);
		if (byte < 0x20 || byte == 0x7f) return true;
		// C1, U+0080 to U+009F: some terminals obey them.
		if (byte == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0) return true;
	}
	return false;
}


std::vector<std::string> readCommand(const Field& field)
{
	if (field.value == nullptr) throw ValidationException(field.name, "is missing; give an array of strings, or one string for /bin/sh -c");
	if (field.value->is_string())
	{
		std::string line = bytesFromJson(*field.value, field.name);
		if (line.empty()) throw ValidationException(field.name, "is empty");
		return {"/bin/sh", "-c", std::move(line)};
	}
	if (!field.value->is_array()) wrongType(field, "an array of strings, or one string for /bin/sh -c");
	std::vector<std::string> command;
	for (const Json& word : *field.value) command.push_back(bytesFromJson(word, field.name + '[' + std::to_string(command.size()) + ']'));
	if (command.empty()) throw ValidationException(field.name, "is empty; its first word is the program");
	if (command.front().empty()) throw ValidationException(field.name + "[0]", "is empty; it names the program");
	return command;
}


std::string readCwd(const Field& field)
{
	if (field.value == nullptr) throw ValidationException(field.name, "is missing; give the absolute path of the folder to run in");
	std::string cwd = bytesFromJson(*field.value, field.name);
	if (cwd.empty() || cwd.front() != '/') throw ValidationException(field.name, "must be an absolute path");
	return cwd;
}


class Environment
/// Collects "NAME=value" strings; a name given again takes the place of the earlier one.
{
public:
	void add(const Field& field)
	{
		if (field.value == nullptr) return;
		if (field.value->is_object())
		{
			for (const auto& item : field.value->items()) addPair(item.key(), item.value(), field.name + '.' + escapeControls(item.key()));
		}
		else if (field.value->is_array())
		{
			std::size_t index = 0;
			for (const Json& string : *field.value) addString(string, field.name + '[' + std::to_string(index++) + ']');
		}
		else
			wrongType(field, "an object, or an array of \"NAME=value\" strings");
	}

	std::vector<std::string> take()
	{
		return std::move(_strings);
	}

private:
	void addPair(const std::string& name, const Json& value, const std::string& field)
	{
		if (name.empty() || name.find('=') != std::string::npos || name.find('\0') != std::string::npos)
			throw ValidationException(field, "is no name of a variable: it must not be empty nor contain '=' or NUL");
		put(name, name + '=' + bytesFromJson(value, field));
	}

	void addString(const Json& value, const std::string& field)
	{
		std::string string = bytesFromJson(value, field);
		const std::size_t equals = string.find('=');
		if (equals == 0 || equals == std::string::npos) throw ValidationException(field, "must have the form NAME=value");
		std::string name = string.substr(0, equals);
		put(std::move(name), std::move(string));
	}

	void put(std::string name, std::string string)
	{
		const auto [found, added] = _index.try_emplace(std::move(name), _strings.size());
		if (added)
			_strings.push_back(std::move(string));
		else
			_strings[found->second] = std::move(string);
	}

	std::vector<std::string> _strings;
	std::unordered_map<std::string, std::size_t> _index;
};


unsigned readUmask(const Field& field)
{
	const auto mode = parseOctalMode(textOf(field));
	if (!mode || *mode > 0777) throw ValidationException(field.name, "must be octal digits from \"000\" to \"777\"");
	return *mode;
}


std::string readLabel(const Field& field)
{
	const std::string& label = textOf(field);
	if (label.size() > MAX_LABEL_BYTES)
		throw ValidationException(
			field.name, "is " + std::to_string(label.size()) + " bytes long; at most " + std::to_string(MAX_LABEL_BYTES) + " are allowed");
	if (!isUtf8(label)) throw ValidationException(field.name, "must be UTF-8");
	if (hasControl(label)) throw ValidationException(field.name, "must not contain control characters");
	return label;
}


std::string readQueue(const Field& field)
{
	constexpr std::string_view ALLOWED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
	const std::string& queue = textOf(field);
	if (queue.empty() || queue.size() > MAX_QUEUE_BYTES || queue.find_first_not_of(ALLOWED) != std::string::npos)
		throw ValidationException(field.name, "must be 1 to 64 letters, digits, '_', '.' or '-'");
	return queue;
}


int readPriority(const Field& field)
{
	using Range = std::numeric_limits<std::int16_t>;
	if (!field.value->is_number_integer()) wrongType(field, "an integer");
	// Above the signed range a number is kept as unsigned, and get<int64_t> would wrap it round.
	const bool huge = field.value->is_number_unsigned() && field.value->get<std::uint64_t>() > static_cast<std::uint64_t>(Range::max());
	const auto priority = huge ? std::int64_t(Range::max()) + 1 : field.value->get<std::int64_t>();
	if (priority < Range::min() || priority > Range::max()) throw ValidationException(field.name, "must be from -32768 to 32767");
	return static_cast<int>(priority);
}


Microseconds readDuration(const Field& field)
{
	const auto duration = parseDuration(textOf(field));
	if (!duration) throw ValidationException(field.name, "must be a duration like \"500ms\", \"30s\", \"5m\" or \"2h\"");
	if (*duration > MAX_DURATION) throw ValidationException(field.name, "must be at most " + formatDuration(MAX_DURATION));
	return *duration;
}


OnCrash readPolicy(const Field& field)
{
	const auto policy = onCrashFrom(textOf(field));
	if (!policy) throw ValidationException(field.name, "must be \"requeue\", \"hold\" or \"fail\"");
	return *policy;
}


bool readFlag(const Field& field)
{
	if (!field.value->is_boolean()) wrongType(field, "true or false");
	return field.value->get<bool>();
}


void checkSize(const TaskSpec& spec)
{
	std::size_t size = spec.cwd.size() + 1;
	for (const std::string& word : spec.command) size += word.size() + 1;
	for (const std::string& string : spec.environment) size += string.size() + 1;
	if (size <= MAX_SPEC_BYTES) return;
	throw ValidationException("command", "it, env and cwd are " + std::to_string(size) + " bytes long together; at most " +
											 std::to_string(MAX_SPEC_BYTES) + " are allowed; pass large data in a file");
}


} // namespace


TaskSpec taskSpecFromJson(const Json& object, const Json& defaults, const Settings& settings)
{
	checkFields(object, "task", "");
	if (!defaults.is_null()) checkFields(defaults, "defaults", "defaults.");
	const Source source(object, defaults);
	TaskSpec spec;
	spec.timeout = settings.taskTimeout;
	spec.killAfter = settings.taskKillAfter;
	spec.onCrash = settings.taskOnCrash;
	spec.command = readCommand(source["command"]);
	spec.cwd = readCwd(source["cwd"]);
	Environment environment;
	environment.add(source.inDefaults("env"));
	environment.add(source.inObject("env"));
	spec.environment = environment.take();
	const auto set = [&](auto& member, const char* key, auto read)
	{
		const Field field = source[key];
		if (field.value != nullptr) member = read(field);
	};
	set(spec.umask, "umask", readUmask);
	set(spec.label, "label", readLabel);
	set(spec.queue, "queue", readQueue);
	set(spec.priority, "priority", readPriority);
	set(spec.timeout, "timeout", readDuration);
	set(spec.killAfter, "kill_after", readDuration);
	set(spec.onCrash, "on_crash", readPolicy);
	set(spec.held, "hold", readFlag);
	checkSize(spec);
	return spec;
}


} // namespace TaskDaemon
