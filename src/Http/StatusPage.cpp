#include "Http/StatusPage.h"
#include "TaskDaemon/Base/Text.h"
#include <initializer_list>


namespace TaskDaemon {


namespace {


constexpr const char* STYLE =
	"body{font:16px/1.5 sans-serif;max-width:45em;margin:2em auto;padding:0 1em}"
	"table{border-collapse:collapse;margin:0 0 1.5em}th,td{border:1px solid #bbb;padding:.2em .7em;text-align:left}";


std::string escapeHtml(std::string_view text)
{
	std::string out;
	for (const char c : sanitizeUtf8(text))
	{
		switch (c)
		{
		case '&': out += "&amp;"; break;
		case '<': out += "&lt;"; break;
		case '>': out += "&gt;"; break;
		case '"': out += "&quot;"; break;
		case '\'': out += "&#39;"; break;
		default: out += c; break;
		}
	}
	return out;
}


std::string text(const Json& value)
{
	if (value.is_null()) return "";
	return escapeHtml(value.is_string() ? value.get<std::string>() : dumpJson(value));
}


std::string field(const Json& object, const char* name)
{
	const auto found = object.is_object() ? object.find(name) : object.end();
	return object.is_object() && found != object.end() ? text(*found) : "";
}


std::string row(std::initializer_list<std::string> cells, const char* tag)
{
	std::string line = "<tr>";
	for (const auto& cell : cells) line.append("<").append(tag).append(">").append(cell).append("</").append(tag).append(">");
	return line + "</tr>\n";
}


const Json& part(const Json& status, const char* name)
{
	static const Json NONE;
	const auto found = status.is_object() ? status.find(name) : status.end();
	return status.is_object() && found != status.end() ? *found : NONE;
}


std::string tasksTable(const Json& tasks)
{
	std::string table = "<h2>Tasks</h2>\n<table>\n" + row({"state", "tasks"}, "th");
	for (const auto& item : tasks.items()) table += row({escapeHtml(item.key()), text(item.value())}, "td");
	return table + "</table>\n";
}


std::string queuesTable(const Json& queues)
{
	std::string table = "<h2>Queues</h2>\n<table>\n" + row({"queue", "parallelism", "paused", "queued", "running"}, "th");
	for (const auto& queue : queues)
		table += row(
			{field(queue, "name"), field(queue, "parallelism"), field(queue, "paused"), field(queue, "queued"), field(queue, "running")},
			"td");
	return table + "</table>\n";
}


std::string checksTable(const Json& checks)
{
	std::string table = "<h2>Checks</h2>\n<table>\n" + row({"check", "status", "observed"}, "th");
	for (const auto& check : checks) table += row({field(check, "name"), field(check, "status"), field(check, "observed")}, "td");
	return table + "</table>\n";
}


} // namespace


Response statusPage(const Json& status)
{
	Response response;
	response.contentType = "text/html; charset=utf-8";
	response.headers.emplace_back("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'");
	response.body = std::string("<!DOCTYPE html>\n<html lang=\"en\">\n<head><title>TaskDaemon</title><style>") + STYLE +
					"</style></head>\n<body>\n<h1>TaskDaemon</h1>\n<p>Version " + field(status, "version") + ", " + field(status, "state") +
					", up for " + field(status, "uptime_seconds") + " s.</p>\n" + tasksTable(part(status, "tasks")) +
					queuesTable(part(status, "queues")) + checksTable(part(status, "checks")) + "</body>\n</html>\n";
	return response;
}


} // namespace TaskDaemon
