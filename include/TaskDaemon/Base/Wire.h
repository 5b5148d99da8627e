#ifndef TaskDaemon_Base_Wire_INCLUDED
#define TaskDaemon_Base_Wire_INCLUDED


#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>


namespace TaskDaemon {


class WireWriter
/// Appends values in a fixed form: integers little-endian, byte strings with a 32-bit length in front. Not thread-safe.
{
public:
	void u8(std::uint8_t value);
	void u32(std::uint32_t value);
	void u64(std::uint64_t value);
	void i64(std::int64_t value);
	void bytes(std::string_view value);
	void list(const std::vector<std::string>& values);

	const std::string& data() const
	{
		return _data;
	}

	std::string take()
	/// Gives the bytes away and starts anew.
	{
		return std::exchange(_data, std::string());
	}

private:
	std::string _data;
};


class WireReader
/// Reads what WireWriter wrote, from bytes that may come from anywhere: every read checks the bounds and throws
/// ProtocolException. The bytes must outlive the reader. Not thread-safe.
{
public:
	explicit WireReader(std::string_view data): _data(data) {}

	std::uint8_t u8();
	std::uint32_t u32();
	std::uint64_t u64();
	std::int64_t i64();
	std::string_view bytes();
	std::vector<std::string> list();

	bool atEnd() const
	{
		return _data.empty();
	}

	void expectEnd() const;
	/// Throws ProtocolException when bytes are left.

private:
	std::string_view take(std::size_t size);

	std::string_view _data;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Base_Wire_INCLUDED
