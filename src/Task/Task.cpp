#include "TaskDaemon/Task/Task.h"
#include <array>


namespace TaskDaemon {


namespace {


// In the order of their enumerations: the index is the value.
constexpr std::array<const char*, 7> STATES{{"queued", "running", "succeeded", "failed", "timed_out", "canceled", "lost"}};
constexpr std::array<const char*, 8> CAUSES{{"", "exit_code", "signal", "spawn", "timeout", "canceled", "interrupted", "lost"}};
constexpr std::array<const char*, 3> POLICIES{{"requeue", "hold", "fail"}};


template <typename Enum, typename Names>
std::optional<Enum> find(const Names& names, std::string_view name)
{
	for (std::size_t i = 0; i < names.size(); ++i)
	{
		if (name == names[i]) return static_cast<Enum>(i);
	}
	return std::nullopt;
}


} // namespace


const char* toString(TaskState state)
{
	return STATES.at(static_cast<std::size_t>(state));
}


const char* toString(Cause cause)
{
	return CAUSES.at(static_cast<std::size_t>(cause));
}


const char* toString(OnCrash policy)
{
	return POLICIES.at(static_cast<std::size_t>(policy));
}


std::optional<TaskState> taskStateFrom(std::string_view name)
{
	return find<TaskState>(STATES, name);
}


std::optional<Cause> causeFrom(std::string_view name)
{
	return find<Cause>(CAUSES, name);
}


std::optional<OnCrash> onCrashFrom(std::string_view name)
{
	return find<OnCrash>(POLICIES, name);
}


} // namespace TaskDaemon
