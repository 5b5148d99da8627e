#include "Daemon/Folders.h"
#include "TaskDaemon/Base/Exception.h"
#include <cerrno>
#include <sys/stat.h>


namespace TaskDaemon {


std::string parentFolder(const std::string& path)
{
	const std::size_t slash = path.rfind('/');
	return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}


void makeFolders(const std::string& path, unsigned mode)
{
	if (path == "/" || ::mkdir(path.c_str(), mode) == 0) return;
	if (errno == ENOENT)
	{
		makeFolders(parentFolder(path), mode);
		if (::mkdir(path.c_str(), mode) == 0) return;
	}
	const int error = errno;
	struct stat info = {};
	if (error == EEXIST && ::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return;
	throw SystemException("cannot create the folder '" + path + "'", error);
}


} // namespace TaskDaemon
