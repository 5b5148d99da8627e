#ifndef TaskDaemon_Http_JsonBody_INCLUDED
#define TaskDaemon_Http_JsonBody_INCLUDED


#include "TaskDaemon/Base/Json.h"
#include <string>
#include <vector>


namespace TaskDaemon {


Json parseBody(const std::string& body);
/// Parses a request's JSON document. Deep nesting and a mass of tiny values are refused before they are built: a value takes
/// up to fifty times the memory of its text. Throws HttpException 400 that tells the byte, from 1, where the text is wrong.

const Json& expectObject(const Json& document, const std::vector<std::string>& fields);
/// document. Throws ValidationException when it is no object or has a field that is not among fields.

void expectNoBody(const std::string& body);
/// For requests that take no document; an empty object does no harm. Throws ValidationException.


} // namespace TaskDaemon


#endif // TaskDaemon_Http_JsonBody_INCLUDED
