#ifndef TaskDaemon_Base_Time_INCLUDED
#define TaskDaemon_Base_Time_INCLUDED


#include <cstdint>
#include <optional>
#include <string>
#include <string_view>


namespace TaskDaemon {


using Microseconds = std::int64_t;
/// A duration, or a time since the epoch in UTC.


constexpr Microseconds MILLISECOND = 1000;
constexpr Microseconds SECOND = 1000 * MILLISECOND;


Microseconds realTime();
/// CLOCK_REALTIME: what is stored and shown.

Microseconds monotonicTime();
/// CLOCK_MONOTONIC: what deadlines are reckoned in.

std::optional<Microseconds> parseDuration(std::string_view text);
/// "500ms", "30s", "5m", "2h", "1d", "250us"; a bare "0" is allowed, any other number needs its unit. Nothing for anything
/// else, for negative values and for overflow.

std::string formatDuration(Microseconds duration);
/// The shortest form that parseDuration reads back, in one unit: "90s", "5m", "1500ms".

std::string formatTime(Microseconds time);
/// ISO 8601 in UTC with milliseconds: 2026-11-23T14:05:06.123Z.


} // namespace TaskDaemon


#endif // TaskDaemon_Base_Time_INCLUDED
