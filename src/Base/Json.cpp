#include "TaskDaemon/Base/Json.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <array>


namespace TaskDaemon {


namespace {


constexpr std::string_view ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";


std::string encodeBase64(std::string_view bytes)
/// RFC 4648, section 4.
{
	std::string out;
	for (std::size_t i = 0; i < bytes.size(); i += 3)
	{
		const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
		std::uint32_t group = 0;
		for (std::size_t j = 0; j < 3; ++j) group = group << 8U | (j < count ? static_cast<unsigned char>(bytes[i + j]) : 0U);
		for (std::size_t j = 0; j < 4; ++j) out += j <= count ? ALPHABET[group >> (18 - 6 * j) & 63U] : '=';
	}
	return out;
}


bool decodeBase64(std::string_view text, std::string& out)
{
	if (text.size() % 4 != 0) return false;
	for (int padding = 0; padding < 2 && !text.empty() && text.back() == '='; ++padding) text.remove_suffix(1);
	std::uint32_t bits = 0;
	unsigned count = 0;
	for (const char c : text)
	{
		const std::size_t value = ALPHABET.find(c);
		if (value == std::string_view::npos) return false;
		bits = bits << 6U | static_cast<std::uint32_t>(value);
		count += 6;
		if (count < 8) continue;
		count -= 8;
		out += static_cast<char>(static_cast<unsigned char>(bits >> count));
	}
	return true;
}


} // namespace


std::string dumpJson(const Json& value, int indent)
{
	return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}


Json bytesToJson(std::string_view bytes)
{
	if (isUtf8(bytes)) return Json(bytes);
	return Json{{"base64", encodeBase64(bytes)}};
}


std::string bytesFromJson(const Json& value, const std::string& field)
{
	std::string bytes;
	if (value.is_string())
		bytes = value.get<std::string>();
	else if (!value.is_object() || value.size() != 1 || !value.contains("base64") || !value["base64"].is_string())
		throw ValidationException(field, "must be a string, or {\"base64\": \"...\"} for bytes that are not UTF-8");
	else if (!decodeBase64(value["base64"].get<std::string>(), bytes))
		throw ValidationException(field, "is not valid base64");
	if (bytes.find('\0') != std::string::npos) throw ValidationException(field, "must not contain a NUL byte");
	return bytes;
}


} // namespace TaskDaemon
