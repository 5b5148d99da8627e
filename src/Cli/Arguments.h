#ifndef TaskDaemon_Cli_Arguments_INCLUDED
#define TaskDaemon_Cli_Arguments_INCLUDED


#include "TaskDaemon/Base/Time.h"
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>


namespace TaskDaemon::Cli {


// What several commands' options have in common. The functions are thread-safe; they throw UsageException.

std::vector<std::int64_t> taskIds(const std::vector<std::string>& words);
/// Decimal task ids, each greater than 0.

std::int64_t taskId(const std::string& word);

Microseconds seconds(const std::string& option, const std::string& value);
/// "30", or with a unit: "500ms", "5m".

std::vector<std::string> separateEmptyValues(const CLI::App& app, const std::vector<std::string>& words);
/// `--label=` becomes two words, `--label` and an empty one: CLI11 2.1 would take the next word, whatever it is, for the value.

void addTaskIds(CLI::App& app, std::vector<std::string>& words);
/// The arguments ID...

void addPidFile(CLI::App& app, std::string& path);
/// --pid-file, also --pidfile.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Arguments_INCLUDED
