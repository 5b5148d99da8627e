#ifndef TaskDaemon_Http_RequestBody_INCLUDED
#define TaskDaemon_Http_RequestBody_INCLUDED


#include "TaskDaemon/Base/Time.h"
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <string>


namespace TaskDaemon {


class RequestBody
/// Reads the body of a request, not one byte less or more: what is left unread would be taken for the next request. POCO's own
/// streams do not serve: the chunked one takes a malformed chunk for the end, hangs when it is read past the end, and ignores trailers.
///
/// Thread safety: none; a temporary of the thread that serves the request. Errors: HttpException; after one the connection must be closed.
{
public:
	RequestBody(Poco::Net::HTTPServerRequestImpl& request, std::size_t cap);
	/// Takes over what POCO has read beyond the head.

	std::string read();
	/// The whole body, empty when the request has none; what follows it goes back to the connection.

private:
	std::string readLength(std::size_t length);
	std::string readChunks();
	std::size_t readChunkSize();
	std::string readLine();
	void take(std::size_t size, std::string& out);
	void fill(std::size_t size);

	Poco::Net::HTTPServerRequestImpl& _request;
	const std::size_t _cap;
	const Microseconds _deadline;
	std::string _buffer;
	std::size_t _position = 0;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_RequestBody_INCLUDED
