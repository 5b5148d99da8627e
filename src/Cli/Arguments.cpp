#include "Cli/Arguments.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"


namespace TaskDaemon::Cli {


std::vector<std::int64_t> taskIds(const std::vector<std::string>& words)
{
	std::vector<std::int64_t> ids;
	ids.reserve(words.size());
	for (const std::string& word : words) ids.push_back(taskId(word));
	return ids;
}


std::int64_t taskId(const std::string& word)
{
	const auto id = parseInteger(word);
	if (!id || *id <= 0) throw UsageException("'" + word + "' is not a task id: a decimal number as submit printed it");
	return *id;
}


Microseconds seconds(const std::string& option, const std::string& value)
{
	const auto duration = parseDuration(parseInteger(value) ? value + "s" : value);
	if (!duration)
		throw UsageException(option + ": '" + value + "' is neither a number of seconds nor a duration such as 500ms, 30s or 5m");
	return *duration;
}


std::vector<std::string> separateEmptyValues(const CLI::App& app, const std::vector<std::string>& words)
{
	std::vector<std::string> result;
	bool isValue = false;
	bool over = false; // what follows is no option of ours: after --, and in a submitted command
	for (const std::string& word : words)
	{
		const std::size_t equals = word.find('=');
		const bool isOption = !over && !isValue && word.size() > 1 && word[0] == '-';
		const CLI::Option* option = isOption ? app.get_option_no_throw(word.substr(0, equals)) : nullptr;
		const bool takesValue = option != nullptr && option->get_items_expected_min() > 0;
		over = over || (!isValue && (word == "--" || (option == nullptr && app.get_prefix_command())));
		isValue = takesValue && equals == std::string::npos;
		if (takesValue && equals + 1 == word.size())
		{
			result.push_back(word.substr(0, equals));
			result.emplace_back();
		}
		else
		{
			result.push_back(word);
		}
	}
	return result;
}


void addTaskIds(CLI::App& app, std::vector<std::string>& words)
{
	app.add_option("ID", words, "Task ids, as submit printed them")->required()->type_name("");
}


void addPidFile(CLI::App& app, std::string& path)
{
	app.add_option("--pid-file,--pidfile", path, "PID file, instead of the configured one")->type_name("F");
}


} // namespace TaskDaemon::Cli
