#ifndef TaskDaemon_Http_HttpException_INCLUDED
#define TaskDaemon_Http_HttpException_INCLUDED


#include "TaskDaemon/Base/Exception.h"
#include <cstddef>
#include <string>


namespace TaskDaemon {


class HttpException: public Exception
/// A request that fails for a reason of HTTP itself: the status and the `code` of the error document are given, not derived.
{
public:
	HttpException(int status, const std::string& code, const std::string& message): Exception(message), _status(status), _code(code) {}

	int status() const
	{
		return _status;
	}

	const std::string& code() const
	{
		return _code;
	}

private:
	int _status;
	std::string _code;
};


class MethodException: public HttpException
/// The resource exists, but not for this method.
{
public:
	MethodException(const std::string& method, const std::string& allowed):
		HttpException(405, "method", "the method " + method + " is not allowed here; allowed: " + allowed), _allowed(allowed)
	{}

	const std::string& allowed() const
	/// For the header Allow, which RFC 9110, section 15.5.6 demands.
	{
		return _allowed;
	}

private:
	std::string _allowed;
};


class BatchException: public ValidationException
/// One task of a batch is wrong: index() counts from 0.
{
public:
	BatchException(const ValidationException& error, std::size_t index): ValidationException(error), _index(index) {}

	std::size_t index() const
	{
		return _index;
	}

private:
	std::size_t _index;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Http_HttpException_INCLUDED
