#include "TaskDaemon/Base/Wire.h"
#include "TaskDaemon/Base/Exception.h"


namespace TaskDaemon {


namespace {


template <typename T>
void append(std::string& data, T value)
{
	for (std::size_t i = 0; i < sizeof(T); ++i) data += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}


template <typename T>
T extract(std::string_view bytes)
{
	T value = 0;
	for (std::size_t i = 0; i < sizeof(T); ++i) value |= static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i);
	return value;
}


} // namespace


void WireWriter::u8(std::uint8_t value)
{
	_data += static_cast<char>(value);
}


void WireWriter::u32(std::uint32_t value)
{
	append(_data, value);
}


void WireWriter::u64(std::uint64_t value)
{
	append(_data, value);
}


void WireWriter::i64(std::int64_t value)
{
	append(_data, static_cast<std::uint64_t>(value));
}


void WireWriter::bytes(std::string_view value)
{
	u32(static_cast<std::uint32_t>(value.size()));
	_data += value;
}


void WireWriter::list(const std::vector<std::string>& values)
{
	u32(static_cast<std::uint32_t>(values.size()));
	for (const std::string& value : values) bytes(value);
}


std::string_view WireReader::take(std::size_t size)
{
	if (size > _data.size())
		throw ProtocolException("message ends early: " + std::to_string(size) + " bytes wanted, " + std::to_string(_data.size()) + " left");
	const std::string_view taken = _data.substr(0, size);
	_data.remove_prefix(size);
	return taken;
}


std::uint8_t WireReader::u8()
{
	return extract<std::uint8_t>(take(1));
}


std::uint32_t WireReader::u32()
{
	return extract<std::uint32_t>(take(4));
}


std::uint64_t WireReader::u64()
{
	return extract<std::uint64_t>(take(8));
}


std::int64_t WireReader::i64()
{
	return static_cast<std::int64_t>(u64());
}


std::string_view WireReader::bytes()
{
	return take(u32());
}


std::vector<std::string> WireReader::list()
{
	const std::uint32_t count = u32();
	// Each value takes 4 bytes at least: a hostile count must not reserve memory that the message cannot fill.
	if (count > _data.size() / 4)
		throw ProtocolException("list of " + std::to_string(count) + " values in " + std::to_string(_data.size()) + " bytes");
	std::vector<std::string> values;
	values.reserve(count);
	for (std::uint32_t i = 0; i < count; ++i) values.emplace_back(bytes());
	return values;
}


void WireReader::expectEnd() const
{
	if (!_data.empty()) throw ProtocolException(std::to_string(_data.size()) + " bytes after the end of the message");
}


} // namespace TaskDaemon
