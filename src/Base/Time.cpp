#include "TaskDaemon/Base/Time.h"
#include "TaskDaemon/Base/Text.h"
#include <array>
#include <cstdio>
#include <ctime>


namespace TaskDaemon {


namespace {


struct Unit
{
	const char* name;
	Microseconds length;
};


// Longest first: formatDuration takes the first that divides.
constexpr std::array<Unit, 6> UNITS{
	{{"d", 86400 * SECOND}, {"h", 3600 * SECOND}, {"m", 60 * SECOND}, {"s", SECOND}, {"ms", MILLISECOND}, {"us", 1}}};


Microseconds readClock(clockid_t clock)
{
	timespec now{};
	::clock_gettime(clock, &now);
	return now.tv_sec * SECOND + now.tv_nsec / 1000;
}


} // namespace


Microseconds realTime()
{
	return readClock(CLOCK_REALTIME);
}


Microseconds monotonicTime()
{
	return readClock(CLOCK_MONOTONIC);
}


std::optional<Microseconds> parseDuration(std::string_view text)
{
	if (text == "0") return 0;
	const std::size_t digits = text.find_first_not_of("0123456789");
	if (digits == 0 || digits == std::string_view::npos) return std::nullopt;
	const auto number = parseInteger(text.substr(0, digits));
	if (!number) return std::nullopt;
	for (const Unit& unit : UNITS)
	{
		Microseconds result = 0;
		if (text.substr(digits) == unit.name)
			return __builtin_mul_overflow(*number, unit.length, &result) ? std::nullopt : std::optional(result);
	}
	return std::nullopt;
}


std::string formatDuration(Microseconds duration)
{
	if (duration == 0) return "0";
	for (const Unit& unit : UNITS)
	{
		if (duration % unit.length == 0) return std::to_string(duration / unit.length) + unit.name;
	}
	return std::to_string(duration) + "us";
}


std::string formatTime(Microseconds time)
{
	const std::time_t seconds = time / SECOND;
	std::tm parts{};
	::gmtime_r(&seconds, &parts);
	std::array<char, 32> buffer{};
	const std::size_t length = std::strftime(buffer.data(), buffer.size(), "%Y-%m-%dT%H:%M:%S", &parts);
	std::array<char, 8> fraction{};
	std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(time % SECOND / MILLISECOND));
	return std::string(buffer.data(), length) + fraction.data();
}


} // namespace TaskDaemon
