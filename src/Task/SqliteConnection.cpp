#include "SqliteConnection.h"
#include "SqliteHeader.h"
#include <Poco/Data/SQLite/Connector.h>
#include <Poco/Data/SQLite/SQLiteException.h>
#include <Poco/Data/SQLite/Utility.h>
#include <sqlite3.h>
#include <system_error>


namespace TaskDaemon {


namespace {


constexpr std::size_t OPEN_TIMEOUT_SECONDS = 1;
constexpr int BUSY_TIMEOUT_MILLISECONDS = 5000; // for an administrator's sqlite3; readers and writer never wait for each other in WAL mode


Poco::Data::Session openSession(const std::string& path)
{
	static const bool registered = (Poco::Data::SQLite::Connector::registerConnector(), true);
	static_cast<void>(registered);
	try
	{
		return {Poco::Data::SQLite::Connector::KEY, path, OPEN_TIMEOUT_SECONDS};
	}
	catch (const Poco::Exception& exception)
	{
		throw StoreException("cannot open the task store '" + path + "': " + exception.displayText());
	}
}


struct Diagnosis
{
	std::string reason;
	int exitCode;
};


Diagnosis diagnose(sqlite3* handle, const Poco::Exception& exception)
{
	const int code = sqlite3_errcode(handle) & 0xff;
	const std::string text = sqlite3_errmsg(handle);
	const int error = sqlite3_system_errno(handle);
	// Thrown by POCO for SQLITE_CORRUPT, and by SqliteRows for values that we never wrote.
	if (dynamic_cast<const Poco::Data::SQLite::CorruptImageException*>(&exception) != nullptr)
		return {"the file is damaged (" + exception.message() + "); " + DAMAGE_REMEDY, EXIT_CONFIG};
	const std::string withErrno = error != 0 ? text + " (" + std::generic_category().message(error) + ")" : text;
	switch (code)
	{
	case SQLITE_FULL: return {"no space is left (" + text + "); make room on its disk", EXIT_SOFTWARE};
	case SQLITE_BUSY: return {"another program holds a lock on it (" + text + "); end that program", EXIT_TEMPFAIL};
	case SQLITE_PERM:
	case SQLITE_READONLY: return {withErrno, EXIT_NOPERM};
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE: return {exception.displayText(), EXIT_SOFTWARE};
	default: return {withErrno, EXIT_SOFTWARE};
	}
}


} // namespace


SqliteConnection::SqliteConnection(const std::string& path, Use use):
	_path(path), _session(openSession(path)), _handle(Poco::Data::SQLite::Utility::dbHandle(_session))
{
	sqlite3_busy_timeout(_handle, BUSY_TIMEOUT_MILLISECONDS);
	attempt("open a session",
		[&]
		{
			// The file may be anybody's work: check every page as it is read, and let its schema call nothing.
			execute("PRAGMA cell_size_check = ON");
			execute("PRAGMA trusted_schema = OFF");
			execute("PRAGMA temp_store = MEMORY");
			if (use == Use::READ)
			{
				execute("PRAGMA query_only = ON");
				execute("PRAGMA cache_size = -2048");
				return;
			}
			execute("PRAGMA synchronous = FULL");
			execute("PRAGMA foreign_keys = ON");
			execute("PRAGMA cache_size = -16384");
			execute("PRAGMA wal_autocheckpoint = 2000");
			execute("PRAGMA journal_size_limit = 67108864");
		});
}


void SqliteConnection::keepLogOnClose(bool keep)
{
	sqlite3_db_config(_handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep ? 1 : 0, nullptr);
}


void SqliteConnection::fail(const char* what, const Poco::Exception& exception) const
{
	const Diagnosis diagnosis = diagnose(_handle, exception);
	throw StoreException(std::string("cannot ") + what + " in the task store '" + _path + "': " + diagnosis.reason, diagnosis.exitCode);
}


} // namespace TaskDaemon
