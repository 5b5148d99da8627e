#include "Cli/TaskText.h"
#include "Cli/JsonFields.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>


namespace TaskDaemon::Cli {


namespace {


constexpr int TIMED_OUT = 124;
constexpr int NO_RESULT = 125;
constexpr int NOT_EXECUTABLE = 126;
constexpr int NOT_FOUND = 127;
constexpr int SIGNAL_BASE = 128;


std::string format(const char* pattern, double value, const char* unit)
{
	std::array<char, 64> buffer{};
	std::snprintf(buffer.data(), buffer.size(), pattern, value, unit);
	return buffer.data();
}


bool endsWith(const std::string& text, const std::string& ending)
{
	return text.size() >= ending.size() && text.compare(text.size() - ending.size(), ending.size(), ending) == 0;
}


} // namespace


int taskExitCode(const Json& task)
{
	const std::string state = textField(task, "state");
	if (state == "succeeded") return 0;
	if (state == "timed_out") return TIMED_OUT;
	if (textField(task, "cause") == "spawn")
		return endsWith(textField(task, "detail"), "No such file or directory") ? NOT_FOUND : NOT_EXECUTABLE;
	if (const auto signal = numberField(task, "signal")) return SIGNAL_BASE + static_cast<int>(*signal);
	const auto code = numberField(task, "exit_code");
	if (state == "failed" && code && *code > 0 && *code < 256) return static_cast<int>(*code);
	return NO_RESULT;
}


std::string stateText(const Json& task)
{
	std::string state = textField(task, "state");
	if (state == "queued" && flagField(task, "held")) return "held";
	if (state != "failed") return state;
	const auto code = numberField(task, "exit_code");
	const auto signal = numberField(task, "signal");
	const std::string cause = textField(task, "cause");
	if (cause == "exit_code" && code) return state + " (exit " + std::to_string(*code) + ")";
	if (cause == "signal" && signal) return state + " (" + signalText(*signal) + ")";
	return cause.empty() ? state : state + " (" + cause + ")";
}


Colour stateColour(const Json& task)
{
	const std::string state = textField(task, "state");
	if (state == "succeeded") return Colour::GREEN;
	if (state == "running") return Colour::BLUE;
	if (state == "queued") return flagField(task, "held") ? Colour::YELLOW : Colour::NONE;
	return state == "canceled" ? Colour::YELLOW : Colour::RED;
}


std::string commandText(const Json& task)
{
	return shellQuote(listField(task, "command"));
}


std::string timeText(const Json& task, Microseconds now)
{
	const bool queued = textField(task, "state") == "queued";
	const auto begin = numberField(task, queued ? "submitted_at" : "started_at");
	if (!begin || *begin == 0) return "-";
	const auto end = numberField(task, "finished_at");
	return elapsedText(std::max<Microseconds>(0, (end && *end != 0 ? *end : now) - *begin));
}


std::string elapsedText(Microseconds duration)
{
	constexpr std::int64_t MINUTE = 60;
	constexpr std::int64_t HOUR = 60 * MINUTE;
	constexpr std::int64_t DAY = 24 * HOUR;
	const std::int64_t seconds = duration / SECOND;
	const auto pair = [](std::int64_t major, const char* majorUnit, std::int64_t minor, const char* minorUnit)
	{ return std::to_string(major) + majorUnit + " " + std::to_string(minor) + minorUnit; };
	if (duration == 0) return "0s";
	if (duration < 10 * MILLISECOND) return format("%.1f%s", static_cast<double>(duration) / MILLISECOND, "ms");
	if (duration < SECOND) return format("%.0f%s", static_cast<double>(duration) / MILLISECOND, "ms");
	if (seconds < 10) return format("%.2f%s", static_cast<double>(duration) / SECOND, "s");
	if (seconds < MINUTE) return format("%.1f%s", static_cast<double>(duration) / SECOND, "s");
	if (seconds < HOUR) return pair(seconds / MINUTE, "m", seconds % MINUTE, "s");
	if (seconds < DAY) return pair(seconds / HOUR, "h", seconds % HOUR / MINUTE, "m");
	return pair(seconds / DAY, "d", seconds % DAY / HOUR, "h");
}


std::string localTimeText(Microseconds time)
{
	const std::time_t seconds = time / SECOND;
	std::tm parts{};
	std::array<char, 64> buffer{};
	::localtime_r(&seconds, &parts);
	const std::size_t length = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S %z", &parts);
	return std::string(buffer.data(), length);
}


std::string bytesText(std::int64_t bytes)
{
	static constexpr std::array<const char*, 5> UNITS{"B", "KiB", "MiB", "GiB", "TiB"};
	std::size_t unit = 0;
	auto value = static_cast<double>(bytes);
	for (; value >= 1024 && unit + 1 < UNITS.size(); ++unit) value /= 1024;
	return format(unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
}


std::string signalText(std::int64_t number)
{
	const char* name = ::sigabbrev_np(static_cast<int>(number));
	return name != nullptr ? std::string("SIG") + name : "signal " + std::to_string(number);
}


} // namespace TaskDaemon::Cli
