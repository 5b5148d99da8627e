#ifndef TaskDaemon_Task_Protocol_INCLUDED
#define TaskDaemon_Task_Protocol_INCLUDED


#include "TaskDaemon/Task/Task.h"
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>


namespace TaskDaemon {


// The protocol between supervisor and service, over a SOCK_SEQPACKET pair. A packet holds one or more messages, each
// u8 type, u32 length, body (WireWriter's forms). The first message each way is Hello, with the version: both ends come from one
// program file except across an upgrade, so an unknown version, type or trailing byte is an error, never skipped.
// ARCHITECTURE.md, "The protocol", tells which message follows which.


constexpr std::uint32_t PROTOCOL_VERSION = 1;


struct Hello
/// Supervisor to service, first: who the supervisor is. Followed, for each process it knows, by its Started and, if its end is
/// not yet acknowledged, its Ended; then HelloEnd.
{
	std::uint32_t version = PROTOCOL_VERSION;
	std::string supervisor; /// unique for each life of a supervisor, kept across an upgrade
	std::uint32_t serviceRestarts = 0;
};

struct HelloEnd
/// Supervisor to service: all processes have been told.
{};

struct Ready
/// Service to supervisor: store open, servers serving.
{};

struct Failed
/// Service to supervisor: cannot start; the text is for the user, the code for the exit.
{
	std::int32_t exitCode = 0;
	std::string message;
};

struct Spawn
/// Service to supervisor: start a process. A key that the supervisor knows already is ignored: a second
/// request for the same run cannot start it twice.
{
	RunKey key;
	std::vector<std::string> command;
	std::vector<std::string> environment;
	std::string cwd;
	std::uint32_t umask = 022;
	std::string stdoutFile; /// absolute; created, appended to
	std::string stderrFile;
	Microseconds timeout = 0; /// 0: none
	Microseconds killAfter = 0; /// from TERM to KILL, for timeout, cancel and stop alike
};

struct Cancel
/// Service to supervisor: TERM to the process group, KILL after the run's killAfter. An unknown key is ignored: it has ended.
{
	RunKey key;
};

struct Adopt
/// Service to supervisor: a process that another supervisor started may still run. Answered by Started, or by Ended with UNSEEN
/// when that process is gone. It ends UNSEEN, since only a parent is told the status.
{
	RunKey key;
	std::int64_t pid = 0;
	std::uint64_t pidStartTime = 0;
	Microseconds killAfter = 0;
};

struct Acknowledge
/// Service to supervisor: the end of this run is on disk and may be forgotten.
{
	RunKey key;
};

struct Started
/// Supervisor to service.
{
	RunKey key;
	std::int64_t pid = 0;
	std::uint64_t pidStartTime = 0;
	Microseconds startedAt = 0;
};

enum class EndReason : std::uint8_t
/// Why the supervisor sees the run at its end.
{
	EXITED, /// by itself: status is wait(2)'s
	TIMED_OUT, /// after our TERM because its time was up; status is wait(2)'s
	CANCELED, /// after our TERM because of Cancel; status is wait(2)'s
	INTERRUPTED, /// after our TERM because of the daemon's stop; status is wait(2)'s
	NOT_SPAWNED, /// could not be started: status is errno, detail says what failed
	REFUSED, /// never tried: the supervisor was stopping
	UNSEEN /// gone, its status unknown
};

struct Ended
/// Supervisor to service; repeated to every new service until acknowledged.
{
	RunKey key;
	EndReason reason = EndReason::EXITED;
	std::int32_t status = 0;
	std::string detail;
	Microseconds finishedAt = 0;
	Microseconds userTime = 0;
	Microseconds systemTime = 0;
	std::int64_t maxRss = 0; /// bytes
};

struct Drain
/// Supervisor to service: claim nothing more; /ready turns false.
{};

struct Shutdown
/// Supervisor to service: finish requests, close the store, exit 0.
{};

struct ReopenLogs
/// Supervisor to service.
{};

struct DumpStatus
/// Supervisor to service: write the status JSON to the log and to status.file.
{};


using Message = std::variant<Hello, HelloEnd, Ready, Failed, Spawn, Cancel, Adopt, Acknowledge, Started, Ended, Drain, Shutdown, ReopenLogs,
	DumpStatus>;
/// The type on the wire is the index: append new messages, never reorder.


void encode(const Message& message, std::string& packet);
/// Appends one message to a packet.

std::vector<Message> decode(std::string_view packet);
/// All messages of a packet. Throws ProtocolException for anything malformed.


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Protocol_INCLUDED
