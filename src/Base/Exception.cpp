#include "TaskDaemon/Base/Exception.h"
#include <cerrno>
#include <system_error>


namespace TaskDaemon {


namespace {


int exitCodeFor(int error)
{
	return error == EACCES || error == EPERM || error == EROFS ? EXIT_NOPERM : EXIT_SOFTWARE;
}


} // namespace


SystemException::SystemException(const std::string& attempted, int error):
	Exception(attempted + ": " + std::generic_category().message(error), exitCodeFor(error)), _error(error)
{}


void throwErrno(const std::string& attempted)
{
	throw SystemException(attempted, errno);
}


} // namespace TaskDaemon
