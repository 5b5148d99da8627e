#include "Cli/TaskWaiter.h"
#include "Cli/JsonFields.h"
#include "Cli/Output.h"
#include "Cli/TaskText.h"
#include <algorithm>


namespace TaskDaemon::Cli {


namespace {


// One request's ids: bounds both requests and answers, whatever a batch has submitted.
constexpr std::size_t IDS_AT_ONCE = 1000;


} // namespace


int waitForTasks(ControlClient& client, const std::vector<std::int64_t>& ids, const std::function<void(const Json&)>& report)
{
	int result = 0;
	for (std::size_t begin = 0; begin < ids.size(); begin += IDS_AT_ONCE)
	{
		const std::size_t end = std::min(begin + IDS_AT_ONCE, ids.size());
		const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
		const auto last = ids.begin() + static_cast<std::ptrdiff_t>(end);
		const Json tasks = client.wait(std::vector<std::int64_t>(first, last));
		if (!tasks.is_array() || tasks.size() != end - begin)
			throw ProtocolException("the daemon's answer is not the list of tasks asked for");
		for (const Json& task : tasks)
		{
			report(task);
			if (result == 0) result = taskExitCode(task);
		}
	}
	return result;
}


void printOutcome(const Json& task)
{
	if (textField(task, "state") == "succeeded") return;
	const std::string detail = textField(task, "detail");
	const auto id = numberField(task, "id");
	printNote("task " + std::to_string(id.value_or(0)) + " " + stateText(task) + (detail.empty() ? "" : ": " + detail));
}


} // namespace TaskDaemon::Cli
