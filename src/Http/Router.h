#ifndef TaskDaemon_Http_Router_INCLUDED
#define TaskDaemon_Http_Router_INCLUDED


#include "Http/Request.h"
#include "Http/Response.h"
#include <functional>
#include <string>
#include <vector>


namespace TaskDaemon {


struct Route
/// A row of the table: "*" in the path stands for one segment, which the handler finds in Request::captures.
{
	std::string method;
	std::string path;
	std::vector<std::string> parameters; /// the query's; any other is an error, so that a misspelt filter cannot show everything
	std::function<Response(const Request&)> handler;
};


class Router
/// Finds the handler of a request in a table. Immutable, so safe from any thread when the handlers are.
{
public:
	explicit Router(std::vector<Route> routes);

	Response dispatch(Request& request) const;
	/// Fills Request::captures. Throws NotFoundException, MethodException, ValidationException, and what the handler throws.

private:
	struct Row
	{
		Route route;
		std::vector<std::string> segments;
	};

	std::vector<Row> _rows;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_Router_INCLUDED
