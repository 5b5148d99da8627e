#ifndef TaskDaemon_Http_Request_INCLUDED
#define TaskDaemon_Http_Request_INCLUDED


#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon {


class Query
/// The parameters of a request's target. Immutable.
{
public:
	Query() = default;

	explicit Query(std::string_view text);
	/// Percent-decoding only: '+' is itself (RFC 3986). Throws ValidationException for a parameter given twice and for malformed ones.

	std::optional<std::string> get(const std::string& name) const;

	std::optional<std::int64_t> getInteger(const std::string& name, std::int64_t least, std::int64_t most) const;
	/// Throws ValidationException naming the parameter when it is no integer or out of range.

	void expectOnly(const std::vector<std::string>& names) const;
	/// Throws ValidationException naming a parameter that is not among names.

private:
	std::map<std::string, std::string> _parameters;
};


struct Request
/// A request as handlers see it, its body read and its path taken apart by the router.
{
	std::string method;
	std::string path; /// as sent
	Query query;
	std::string body;
	bool chunks = true; /// the client understands chunks: HTTP/1.1
	std::vector<std::string> captures; /// what the route's wildcards matched, decoded
};


std::string percentDecode(std::string_view text, const std::string& field);
/// Throws ValidationException naming field for a malformed escape and for a result that is not UTF-8 or holds NUL.


} // namespace TaskDaemon


#endif // TaskDaemon_Http_Request_INCLUDED
