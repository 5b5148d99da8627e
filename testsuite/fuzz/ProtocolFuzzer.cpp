#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Task/Protocol.h"
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>


extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
/// decode() refuses a packet by ProtocolException and in no other way, and what it accepts has one form only: encoded again it is the same bytes.
/// Build: clang++ -std=c++17 -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude testsuite/fuzz/ProtocolFuzzer.cpp src/Task/Protocol.cpp
/// src/Base/Wire.cpp src/Base/Exception.cpp
{
	const std::string_view packet(reinterpret_cast<const char*>(data), size);
	try
	{
		std::string again;
		for (const TaskDaemon::Message& message : TaskDaemon::decode(packet)) TaskDaemon::encode(message, again);
		if (again != packet) std::abort();
	}
	catch (const TaskDaemon::ProtocolException&)
	{} // the only permitted refusal
	return 0;
}
