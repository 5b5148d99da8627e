#ifndef TaskDaemon_Task_SqliteConnection_INCLUDED
#define TaskDaemon_Task_SqliteConnection_INCLUDED


#include "TaskDaemon/Task/TaskStore.h"
#include <Poco/Data/Binding.h>
#include <Poco/Data/Session.h>
#include <Poco/Data/Statement.h>
#include <Poco/Exception.h>
#include <string>
#include <utility>


struct sqlite3;


namespace TaskDaemon {


template <typename T>
auto parameter(const T& value)
/// A copy of value, bound. Not Keywords::bind by its bare name, with which std::bind would compete.
{
	return Poco::Data::Keywords::bind(value);
}


class SqliteConnection
/// One session with the database, set up, and the place where POCO's and SQLite's errors become StoreExceptions.
/// Not thread-safe; may move between threads. Owned by SqliteTaskStore (the writer) or SqliteReaderPool.
///
/// Statements are built for each execution and not kept: Poco::Data 1.11 prepares a SQLite statement again whenever it is executed
/// again, so that a kept one saves nothing, and it is dead after an error. What is executed once with many rows is prepared once, so
/// the bulk of the work binds vectors.
{
public:
	enum class Use
	{
		WRITE,
		READ
	};

	SqliteConnection(const std::string& path, Use use);

	template <typename... Parameters>
	std::size_t execute(const std::string& sql, Parameters&&... parameters)
	/// Executes with the given parameter(), use() and into(); gives back the rows changed or read. Throws Poco::Exception: to be called within attempt().
	{
		Poco::Data::Statement statement(_session);
		statement << sql;
		static_cast<void>((statement, ..., std::forward<Parameters>(parameters)));
		return statement.execute();
	}

	template <typename Function>
	auto attempt(const char* what, Function&& function) -> decltype(function())
	/// Calls function and translates what it throws: "cannot WHAT in the task store '/x': ...".
	{
		try
		{
			return function();
		}
		catch (const Poco::Exception& exception)
		{
			fail(what, exception);
		}
	}

	sqlite3* handle() const
	/// For what Poco::Data does not offer.
	{
		return _handle;
	}

	void keepLogOnClose(bool keep);
	/// Whether closing leaves the write-ahead log alone instead of writing it back into the file.

	const std::string& path() const
	{
		return _path;
	}

private:
	[[noreturn]] void fail(const char* what, const Poco::Exception& exception) const;

	std::string _path;
	Poco::Data::Session _session;
	sqlite3* _handle;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteConnection_INCLUDED
