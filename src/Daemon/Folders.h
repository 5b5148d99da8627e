#ifndef TaskDaemon_Daemon_Folders_INCLUDED
#define TaskDaemon_Daemon_Folders_INCLUDED


#include <string>


namespace TaskDaemon {


std::string parentFolder(const std::string& path);
/// "/" for a file in the root folder.

void makeFolders(const std::string& path, unsigned mode);
/// Makes a folder and those above it that are missing, all with the given mode. Throws SystemException that names the one that could not be made.


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_Folders_INCLUDED
