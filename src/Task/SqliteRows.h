#ifndef TaskDaemon_Task_SqliteRows_INCLUDED
#define TaskDaemon_Task_SqliteRows_INCLUDED


#include "TaskDaemon/Task/Task.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <Poco/Data/LOB.h>
#include <Poco/Data/TypeHandler.h>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>


// How our structures become rows and back: for each an overload of writeRow or readRow, and a Poco::Data::TypeHandler at the end, so
// that use() and into() take them and vectors of them.


namespace TaskDaemon {


Poco::Data::CLOB blockOf(const std::vector<std::string>& strings);
/// Each string with a NUL behind it.

std::vector<std::string> stringsOf(const Poco::Data::CLOB& block);


struct NewTask
/// What submit writes.
{
	TaskId id = 0;
	TaskSpec spec; /// command and environment are not used
	Poco::Data::CLOB command;
	std::int64_t environment = 0;
	Microseconds submittedAt = 0;
};


struct NewRun
/// What claim writes.
{
	RunKey key;
	int attempt = 0;
	std::string supervisor;
	Microseconds startedAt = 0;
};


struct Counter
{
	std::string queue;
	TaskState state = TaskState::QUEUED;
	std::int64_t n = 0;
};


class ColumnWriter
/// Binds values to a statement's parameters, one after the other. A temporary of the type handlers.
{
public:
	ColumnWriter(std::size_t position, Poco::Data::AbstractBinder& binder): _position(position), _binder(binder) {}

	template <typename T>
	ColumnWriter& operator<<(const T& value)
	{
		_binder.bind(_position++, value);
		return *this;
	}

	template <typename T>
	ColumnWriter& operator<<(const std::optional<T>& value)
	{
		if (value) return *this << *value;
		_binder.bind(_position++, Poco::Data::Keywords::null);
		return *this;
	}

	ColumnWriter& operator<<(TaskState value)
	{
		return *this << std::string(toString(value));
	}

	ColumnWriter& operator<<(Cause value)
	{
		return *this << std::string(toString(value));
	}

	ColumnWriter& operator<<(OnCrash value)
	{
		return *this << std::string(toString(value));
	}

private:
	std::size_t _position;
	Poco::Data::AbstractBinder& _binder;
};


class ColumnReader
/// Takes the columns of a row, one after the other; NULL gives an empty optional, else 0 or "". A temporary of the type handlers.
/// Throws Poco::Data::SQLite::CorruptImageException for a name that no version of ours wrote.
{
public:
	ColumnReader(std::size_t position, Poco::Data::AbstractExtractor& extractor): _position(position), _extractor(extractor) {}

	template <typename T>
	ColumnReader& operator>>(std::optional<T>& value)
	{
		T found{};
		value.reset();
		if (_extractor.extract(_position++, found)) value = found;
		return *this;
	}

	template <typename T>
	ColumnReader& operator>>(T& value)
	{
		value = T();
		_extractor.extract(_position++, value);
		return *this;
	}

	ColumnReader& operator>>(TaskState& value);
	ColumnReader& operator>>(Cause& value);
	ColumnReader& operator>>(OnCrash& value);
	ColumnReader& operator>>(std::vector<std::string>& value);

private:
	std::size_t _position;
	Poco::Data::AbstractExtractor& _extractor;
};


void writeRow(ColumnWriter& columns, const NewTask& task);
void writeRow(ColumnWriter& columns, const NewRun& run);
void writeRow(ColumnWriter& columns, const Outcome& outcome);
void writeRow(ColumnWriter& columns, const Counter& counter);
void readRow(ColumnReader& columns, Task& task);
void readRow(ColumnReader& columns, Run& run);
void readRow(ColumnReader& columns, RunningTask& task);
void readRow(ColumnReader& columns, Counter& counter);


template <typename T, std::size_t COLUMNS>
class RowHandler
/// What Poco::Data asks of a TypeHandler, by writeRow and readRow.
{
public:
	static std::size_t size()
	{
		return COLUMNS;
	}

	static void bind(std::size_t position, const T& row, Poco::Data::AbstractBinder::Ptr binder, Poco::Data::AbstractBinder::Direction)
	{
		ColumnWriter columns(position, *binder);
		writeRow(columns, row);
	}

	static void prepare(std::size_t, const T&, const Poco::Data::AbstractPreparator::Ptr&)
	/// Never called for SQLite.
	{}

	static void extract(std::size_t position, T& row, const T&, Poco::Data::AbstractExtractor::Ptr extractor)
	{
		ColumnReader columns(position, *extractor);
		readRow(columns, row);
	}
};


// The columns that the readRow functions expect, in their order; that of a task ends with its environment's block.
constexpr const char* TASK_COLUMNS =
	"tasks.id, tasks.state, tasks.cause, tasks.queue, tasks.priority, tasks.held, tasks.attempt, tasks.run, tasks.exit_code, tasks.signal,"
	" tasks.detail, tasks.submitted_at, tasks.finished_at, tasks.label, tasks.umask, tasks.timeout, tasks.kill_after, tasks.on_crash, "
	"tasks.cwd,"
	" tasks.command, runs.pid, runs.started_at";
constexpr const char* RUN_COLUMNS =
	"run, attempt, pid, started_at, state, cause, exit_code, signal, detail, finished_at, user_time, system_time, max_rss";


} // namespace TaskDaemon


namespace Poco::Data {


template <>
class TypeHandler<TaskDaemon::NewTask>: public TaskDaemon::RowHandler<TaskDaemon::NewTask, 14>
{
};


template <>
class TypeHandler<TaskDaemon::NewRun>: public TaskDaemon::RowHandler<TaskDaemon::NewRun, 5>
{
};


template <>
class TypeHandler<TaskDaemon::Outcome>: public TaskDaemon::RowHandler<TaskDaemon::Outcome, 9>
{
};


template <>
class TypeHandler<TaskDaemon::Counter>: public TaskDaemon::RowHandler<TaskDaemon::Counter, 3>
{
};


template <>
class TypeHandler<TaskDaemon::Task>: public TaskDaemon::RowHandler<TaskDaemon::Task, 23>
{
};


template <>
class TypeHandler<TaskDaemon::Run>: public TaskDaemon::RowHandler<TaskDaemon::Run, 13>
{
};


template <>
class TypeHandler<TaskDaemon::RunningTask>: public TaskDaemon::RowHandler<TaskDaemon::RunningTask, 7>
{
};


} // namespace Poco::Data


#endif // TaskDaemon_Task_SqliteRows_INCLUDED
