#ifndef TaskDaemon_Base_Json_INCLUDED
#define TaskDaemon_Base_Json_INCLUDED


#include <nlohmann/json.hpp>
#include <string>
#include <string_view>


namespace TaskDaemon {


using Json = nlohmann::ordered_json;
/// Ordered, so that what we print has its fields in the order in which they are documented.


std::string dumpJson(const Json& value, int indent = -1);
/// Never throws for malformed UTF-8: it becomes U+FFFD.

Json bytesToJson(std::string_view bytes);
/// A string where bytes are UTF-8, else {"base64": "..."}: arguments, paths and environments are bytes, JSON is not.

std::string bytesFromJson(const Json& value, const std::string& field);
/// The reverse. Throws ValidationException naming field for any other type, for bad base64, and for a NUL byte, which no
/// argument or path can hold.


} // namespace TaskDaemon


#endif // TaskDaemon_Base_Json_INCLUDED
