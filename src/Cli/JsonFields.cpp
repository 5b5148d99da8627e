#include "Cli/JsonFields.h"
#include "TaskDaemon/Base/Exception.h"


namespace TaskDaemon::Cli {


namespace {


const Json& field(const Json& object, const char* name)
{
	static const Json UNKNOWN;
	if (!object.is_object()) return UNKNOWN;
	const auto found = object.find(name);
	return found == object.end() ? UNKNOWN : *found;
}


std::string bytesOf(const Json& value)
{
	if (value.is_null()) return {};
	try
	{
		return bytesFromJson(value, "");
	}
	catch (const ValidationException&)
	{
		return dumpJson(value); // shown as it came
	}
}


} // namespace


std::string textField(const Json& object, const char* name)
{
	return bytesOf(field(object, name));
}


std::optional<std::int64_t> numberField(const Json& object, const char* name)
{
	const Json& value = field(object, name);
	return value.is_number_integer() ? std::optional(value.get<std::int64_t>()) : std::nullopt;
}


bool flagField(const Json& object, const char* name)
{
	const Json& value = field(object, name);
	return value.is_boolean() && value.get<bool>();
}


std::vector<std::string> listField(const Json& object, const char* name)
{
	std::vector<std::string> result;
	for (const Json& item : arrayField(object, name)) result.push_back(bytesOf(item));
	return result;
}


const Json& arrayField(const Json& object, const char* name)
{
	static const Json EMPTY = Json::array();
	const Json& value = field(object, name);
	return value.is_array() ? value : EMPTY;
}


} // namespace TaskDaemon::Cli
