#ifndef TaskDaemon_Http_StatusPage_INCLUDED
#define TaskDaemon_Http_StatusPage_INCLUDED


#include "Http/Response.h"
#include "TaskDaemon/Base/Json.h"


namespace TaskDaemon {


Response statusPage(const Json& status);
/// The status document as a page for people; nothing in it runs, and every text in it is escaped.


} // namespace TaskDaemon


#endif // TaskDaemon_Http_StatusPage_INCLUDED
