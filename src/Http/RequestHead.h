#ifndef TaskDaemon_Http_RequestHead_INCLUDED
#define TaskDaemon_Http_RequestHead_INCLUDED


#include <string_view>


namespace TaskDaemon {


void checkRequestHead(std::string_view head);
/// Checks the syntax and the framing of a request head, whole with its empty line, before POCO sees it: POCO skips lines
/// without a colon, joins folded ones, takes any line of two characters for the end, and closes without an answer on a bad
/// Content-Length. What differs in two readings of one head is how requests are smuggled (RFC 9112, section 11.2).
/// Throws HttpException (400, 501, 505).


} // namespace TaskDaemon


#endif // TaskDaemon_Http_RequestHead_INCLUDED
