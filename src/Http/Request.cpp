#include "Http/Request.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <charconv>


namespace TaskDaemon {


Query::Query(std::string_view text)
{
	while (!text.empty())
	{
		const std::size_t end = std::min(text.find('&'), text.size());
		const std::string_view parameter = text.substr(0, end);
		text.remove_prefix(std::min(end + 1, text.size()));
		if (parameter.empty()) continue;
		const std::size_t equals = std::min(parameter.find('='), parameter.size());
		const std::string name = percentDecode(parameter.substr(0, equals), "query");
		const std::string value = percentDecode(parameter.substr(std::min(equals + 1, parameter.size())), name);
		if (!_parameters.emplace(name, value).second) throw ValidationException(name, "given twice");
	}
}


std::optional<std::string> Query::get(const std::string& name) const
{
	const auto found = _parameters.find(name);
	if (found == _parameters.end()) return std::nullopt;
	return found->second;
}


std::optional<std::int64_t> Query::getInteger(const std::string& name, std::int64_t least, std::int64_t most) const
{
	const auto text = get(name);
	if (!text) return std::nullopt;
	const auto value = parseInteger(*text);
	if (!value || *value < least || *value > most)
		throw ValidationException(name, "must be an integer from " + std::to_string(least) + " to " + std::to_string(most));
	return value;
}


void Query::expectOnly(const std::vector<std::string>& names) const
{
	for (const auto& parameter : _parameters)
	{
		if (std::find(names.begin(), names.end(), parameter.first) == names.end())
			throw ValidationException(parameter.first, "unknown parameter");
	}
}


std::string percentDecode(std::string_view text, const std::string& field)
{
	std::string out;
	for (std::size_t i = 0; i < text.size(); ++i)
	{
		if (text[i] != '%')
		{
			out += text[i];
			continue;
		}
		unsigned value = 0;
		const std::string_view digits = text.substr(i + 1, 2);
		const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
		if (digits.size() != 2 || error != std::errc() || stop != digits.data() + 2)
			throw ValidationException(field, "malformed percent escape");
		out += static_cast<char>(static_cast<unsigned char>(value));
		i += 2;
	}
	if (out.find('\0') != std::string::npos || !isUtf8(out)) throw ValidationException(field, "is not UTF-8 text");
	return out;
}


} // namespace TaskDaemon
