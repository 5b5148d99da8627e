#ifndef TaskDaemon_Task_SqliteHeader_INCLUDED
#define TaskDaemon_Task_SqliteHeader_INCLUDED


#include <string>


namespace TaskDaemon {


constexpr int SQLITE_APPLICATION_ID = 0x54736B44;
/// "TskD", in the header of every store: tells it from other programs' databases.

constexpr const char* DAMAGE_REMEDY =
	"restore a backup, or move the file away together with its -wal and -shm files to begin with an empty store";


void checkSqliteHeader(int fd, const std::string& path, bool hasLog);
/// Reads the first 100 bytes (https://www.sqlite.org/fileformat.html, section 1.3) and the size: whether this is a database, ours and not
/// cut short. Before SQLite opens it, since SQLite would roll a foreign program's journal back, and takes an empty file for a new database.
/// With a log beside it the file may rightly be shorter than it says. Throws StoreException (exit code 78), SystemException.


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteHeader_INCLUDED
