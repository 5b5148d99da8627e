#include "Http/Router.h"
#include "Http/HttpException.h"
#include "TaskDaemon/Base/Text.h"
#include <optional>


namespace TaskDaemon {


namespace {


std::vector<std::string> split(std::string_view path)
{
	std::vector<std::string> segments;
	while (!path.empty())
	{
		path.remove_prefix(1); // the slash
		const std::size_t end = std::min(path.find('/'), path.size());
		segments.emplace_back(path.substr(0, end));
		path.remove_prefix(end);
	}
	return segments;
}


std::optional<std::vector<std::string>> match(const std::vector<std::string>& pattern, const std::vector<std::string>& segments)
{
	if (pattern.size() != segments.size()) return std::nullopt;
	std::vector<std::string> captures;
	for (std::size_t i = 0; i < pattern.size(); ++i)
	{
		if (pattern[i] == "*" && !segments[i].empty())
			captures.push_back(segments[i]);
		else if (pattern[i] != segments[i])
			return std::nullopt;
	}
	return captures;
}


} // namespace


Router::Router(std::vector<Route> routes)
{
	for (auto& route : routes)
	{
		std::vector<std::string> segments = split(route.path);
		_rows.push_back(Row{std::move(route), std::move(segments)});
	}
}


Response Router::dispatch(Request& request) const
{
	const std::vector<std::string> segments = split(request.path);
	std::string allowed;
	for (const auto& row : _rows)
	{
		const auto captures = match(row.segments, segments);
		if (!captures) continue;
		if (row.route.method != request.method)
		{
			allowed += (allowed.empty() ? "" : ", ") + row.route.method;
			continue;
		}
		request.query.expectOnly(row.route.parameters);
		for (const auto& capture : *captures) request.captures.push_back(percentDecode(capture, "path"));
		return row.route.handler(request);
	}
	if (!allowed.empty()) throw MethodException(request.method, allowed);
	throw NotFoundException("no such resource: " + escapeControls(request.path));
}


} // namespace TaskDaemon
