#include "Config/ValueParser.h"
#include "Config/ConfigText.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <climits>
#include <grp.h>
#include <optional>
#include <sys/un.h>
#include <thread>


namespace TaskDaemon {


namespace {


// unix(7): a path and its terminating NUL.
constexpr std::size_t MAX_SOCKET_PATH = sizeof(sockaddr_un::sun_path) - 1;


bool isOptional(ValueType type)
{
	return type == ValueType::OPTIONAL_PATH || type == ValueType::OPTIONAL_ADDRESS || type == ValueType::OPTIONAL_GROUP;
}


bool holdsControls(const std::string& text)
{
	return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}


[[noreturn]] void refuse(const SchemaKey& key, const std::string& text)
{
	throw ConfigurationException(quote(text) + " is wrong; write " + key.allowed());
}


void checkPath(const std::string& text, std::size_t most)
{
	if (text[0] != '/') throw ConfigurationException(quote(text) + " is not an absolute path; begin it with /");
	if (text.size() > most)
	{
		throw ConfigurationException(quote(text) + " has " + std::to_string(text.size()) + " bytes, " + std::to_string(most) +
									 " are possible; choose a shorter path");
	}
}


std::int64_t parseNumber(const SchemaKey& key, const std::string& text, const std::optional<std::int64_t>& number)
{
	if (!number || *number < key.least || *number > key.most) refuse(key, text);
	return *number;
}


std::int64_t parseBoolean(const SchemaKey& key, const std::string& text)
{
	if (text != "true" && text != "false") refuse(key, text);
	return text == "true" ? 1 : 0;
}


std::int64_t parseParallelism(const SchemaKey& key, const std::string& text)
{
	if (text != "cores") return parseNumber(key, text, parseInteger(text));
	return std::clamp<std::int64_t>(std::thread::hardware_concurrency(), key.least, key.most); // 0 when not known
}


std::int64_t parseChoice(const SchemaKey& key, const std::string& text)
{
	const auto found = std::find(key.choices.begin(), key.choices.end(), text);
	if (found == key.choices.end()) refuse(key, text);
	return found - key.choices.begin();
}


bool isHost(const std::string& host)
/// An IPv4 address or a name (RFC 1123, section 2.1: what has only digits and dots must be an address).
{
	if (host.empty() || host.size() > 253) return false;
	in_addr address{};
	if (host.find_first_not_of("0123456789.") == std::string::npos) return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
	return host.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-") == std::string::npos;
}


Value parseAddress(const SchemaKey& key, const std::string& text)
{
	const std::size_t colon = text.rfind(':');
	if (colon == std::string::npos) refuse(key, text);
	Value value;
	value.text = text.substr(0, colon);
	value.number = parseNumber(key, text, parseInteger(text.substr(colon + 1)));
	if (value.text.size() > 2 && value.text.front() == '[' && value.text.back() == ']')
	{
		value.text = value.text.substr(1, value.text.size() - 2);
		in6_addr address{};
		if (::inet_pton(AF_INET6, value.text.c_str(), &address) != 1) refuse(key, text);
	}
	else if (!isHost(value.text))
	{
		refuse(key, text);
	}
	return value;
}


void checkGroup(const std::string& name)
{
	group entry{};
	group* found = nullptr;
	std::vector<char> buffer(1024);
	int error = 0;
	while ((error = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found)) == ERANGE) buffer.resize(buffer.size() * 2);
	if (found != nullptr) return;
	// getgrnam(3): a missing group may be reported as 0 or as one of several errors; anything else is a failure of the look-up.
	if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM)
	{
		throw ConfigurationException("there is no group " + quote(name) + "; create it, or name another one");
	}
	throw ConfigurationException(SystemException("cannot look up group " + quote(name), error).what());
}


} // namespace


Value parseValue(const SchemaKey& key, const std::string& text)
{
	if (text.empty() && isOptional(key.type)) return {};
	if (text.empty()) throw ConfigurationException("has no value; write " + key.allowed() + ", or leave the key out");
	if (!isUtf8(text) || holdsControls(text)) throw ConfigurationException(quote(text) + " holds a control character; remove it");
	Value value;
	switch (key.type)
	{
	case ValueType::PATH:
	case ValueType::OPTIONAL_PATH: checkPath(text, PATH_MAX - 1); break;
	case ValueType::SOCKET_PATH: checkPath(text, MAX_SOCKET_PATH); break;
	case ValueType::DURATION: value.number = parseNumber(key, text, parseDuration(text)); break;
	case ValueType::INTEGER: value.number = parseNumber(key, text, parseInteger(text)); break;
	case ValueType::PARALLELISM: value.number = parseParallelism(key, text); break;
	case ValueType::BOOLEAN: value.number = parseBoolean(key, text); break;
	case ValueType::MODE: value.number = parseNumber(key, text, parseOctalMode(text)); break;
	case ValueType::CHOICE: value.number = parseChoice(key, text); break;
	case ValueType::OPTIONAL_ADDRESS: return parseAddress(key, text);
	case ValueType::OPTIONAL_GROUP: checkGroup(text); break;
	}
	value.text = text;
	return value;
}


} // namespace TaskDaemon
