#include "SqliteRows.h"
#include <Poco/Data/SQLite/SQLiteException.h>
#include <algorithm>


namespace TaskDaemon {


namespace {


template <typename T>
void require(const std::optional<T>& found, const std::string& name, T& value)
{
	if (!found) throw Poco::Data::SQLite::CorruptImageException("unknown value '" + name + "'");
	value = *found;
}


} // namespace


Poco::Data::CLOB blockOf(const std::vector<std::string>& strings)
{
	std::string block;
	std::size_t size = strings.size();
	for (const std::string& string : strings) size += string.size();
	block.reserve(size);
	for (const std::string& string : strings) (block += string) += '\0';
	return {block.data(), block.size()};
}


std::vector<std::string> stringsOf(const Poco::Data::CLOB& block)
{
	std::vector<std::string> strings;
	const std::vector<char>& bytes = block.content();
	for (auto begin = bytes.begin(); begin != bytes.end();)
	{
		const auto end = std::find(begin, bytes.end(), '\0');
		strings.emplace_back(begin, end);
		begin = end == bytes.end() ? end : end + 1;
	}
	return strings;
}


ColumnReader& ColumnReader::operator>>(TaskState& value)
{
	std::string name;
	*this >> name;
	require(taskStateFrom(name), name, value);
	return *this;
}


ColumnReader& ColumnReader::operator>>(Cause& value)
{
	std::string name;
	*this >> name;
	require(causeFrom(name), name, value);
	return *this;
}


ColumnReader& ColumnReader::operator>>(OnCrash& value)
{
	std::string name;
	*this >> name;
	require(onCrashFrom(name), name, value);
	return *this;
}


ColumnReader& ColumnReader::operator>>(std::vector<std::string>& value)
{
	Poco::Data::CLOB block;
	*this >> block;
	value = stringsOf(block);
	return *this;
}


void writeRow(ColumnWriter& columns, const NewTask& task)
{
	const TaskSpec& spec = task.spec;
	columns << task.id << TaskState::QUEUED << spec.queue << spec.priority << spec.held << task.submittedAt << spec.label << spec.umask
			<< spec.timeout << spec.killAfter << spec.onCrash << task.environment << spec.cwd << task.command;
}


void writeRow(ColumnWriter& columns, const NewRun& run)
{
	columns << run.key.task << run.key.run << run.attempt << run.supervisor << run.startedAt;
}


void writeRow(ColumnWriter& columns, const Outcome& outcome)
{
	columns << outcome.state << outcome.cause << outcome.exitCode << outcome.signal << outcome.detail << outcome.finishedAt
			<< outcome.userTime << outcome.systemTime << outcome.maxRss;
}


void writeRow(ColumnWriter& columns, const Counter& counter)
{
	columns << counter.queue << counter.state << counter.n;
}


void readRow(ColumnReader& columns, Task& task)
{
	TaskSpec& spec = task.spec;
	columns >> task.id >> task.state >> task.cause >> spec.queue >> spec.priority >> task.held >> task.attempt >> task.run >>
		task.exitCode >> task.signal >> task.detail >> task.submittedAt >> task.finishedAt >> spec.label >> spec.umask >> spec.timeout >>
		spec.killAfter >> spec.onCrash >> spec.cwd >> spec.command >> task.pid >> task.startedAt >> spec.environment;
	spec.held = task.held;
	if (task.state != TaskState::RUNNING) task.pid = 0;
}


void readRow(ColumnReader& columns, Run& run)
{
	std::optional<std::string> state;
	Outcome outcome;
	columns >> run.run >> run.attempt >> run.pid >> run.startedAt >> state >> outcome.cause >> outcome.exitCode >> outcome.signal >>
		outcome.detail >> outcome.finishedAt >> outcome.userTime >> outcome.systemTime >> outcome.maxRss;
	if (!state) return;
	require(taskStateFrom(*state), *state, outcome.state);
	run.outcome = outcome;
}


void readRow(ColumnReader& columns, RunningTask& task)
{
	columns >> task.key.task >> task.key.run >> task.queue >> task.onCrash >> task.supervisor >> task.pid >> task.pidStartTime;
}


void readRow(ColumnReader& columns, Counter& counter)
{
	columns >> counter.queue >> counter.state >> counter.n;
}


} // namespace TaskDaemon
