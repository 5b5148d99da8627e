#ifndef TaskDaemon_Base_Exception_INCLUDED
#define TaskDaemon_Base_Exception_INCLUDED


#include "TaskDaemon/Base/ExitCode.h"
#include <stdexcept>
#include <string>


namespace TaskDaemon {


class Exception: public std::runtime_error
/// The root of all exceptions of ours. The message is one sentence for the user: what was attempted, on what, the
/// reason, and the remedy where there is one. Immutable, so safe to pass between threads.
{
public:
	explicit Exception(const std::string& message, int exitCode = EXIT_SOFTWARE): std::runtime_error(message), _exitCode(exitCode) {}

	int exitCode() const
	/// What a program that ends because of this exits with (ExitCode).
	{
		return _exitCode;
	}

private:
	int _exitCode;
};


class SystemException: public Exception
/// A system call failed: "cannot open '/x': Permission denied". Exit code 77 for EACCES, EPERM and EROFS, else 70.
{
public:
	SystemException(const std::string& attempted, int error);
	/// attempted reads like "cannot open '/x'"; errno's text is appended.

	int error() const
	/// The errno value.
	{
		return _error;
	}

private:
	int _error;
};


class UsageException: public Exception
/// The command line is wrong.
{
public:
	explicit UsageException(const std::string& message): Exception(message, EXIT_USAGE) {}
};


class ValidationException: public Exception
/// A field of a request is wrong; field() is its name as the client wrote it ("command", "env.PATH").
{
public:
	ValidationException(const std::string& field, const std::string& reason): Exception(field + ": " + reason, EXIT_USAGE), _field(field) {}

	const std::string& field() const
	{
		return _field;
	}

private:
	std::string _field;
};


class NotFoundException: public Exception
/// The task or queue that a request names does not exist.
{
public:
	explicit NotFoundException(const std::string& message): Exception(message, EXIT_NO) {}
};


class ConflictException: public Exception
/// The request does not fit the state of what it names: cancel of a finished task.
{
public:
	explicit ConflictException(const std::string& message): Exception(message, EXIT_NO) {}
};


class ConfigurationException: public Exception
/// The configuration is wrong; the message names file, line and key.
{
public:
	explicit ConfigurationException(const std::string& message): Exception(message, EXIT_CONFIG) {}
};


class UnavailableException: public Exception
/// No daemon answers, or it is stopping.
{
public:
	explicit UnavailableException(const std::string& message): Exception(message, EXIT_UNAVAILABLE) {}
};


class BusyException: public Exception
/// Already running, address in use: trying again later can succeed.
{
public:
	explicit BusyException(const std::string& message): Exception(message, EXIT_TEMPFAIL) {}
};


class ProtocolException: public Exception
/// Bytes from another process do not follow the protocol.
{
public:
	explicit ProtocolException(const std::string& message): Exception(message, EXIT_SOFTWARE) {}
};


[[noreturn]] void throwErrno(const std::string& attempted);
/// Throws SystemException(attempted, errno).


} // namespace TaskDaemon


#endif // TaskDaemon_Base_Exception_INCLUDED
