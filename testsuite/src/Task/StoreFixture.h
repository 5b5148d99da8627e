#ifndef TaskDaemon_Test_StoreFixture_INCLUDED
#define TaskDaemon_Test_StoreFixture_INCLUDED


#include "TaskDaemon/Task/TaskStore.h"
#include "TemporaryFolder.h"
#include <csignal>
#include <cstdio>
#include <functional>
#include <sqlite3.h>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <unistd.h>
#include <vector>


namespace TaskDaemon {


inline TaskSpec simpleSpec(const std::string& queue = "default", int priority = 0)
{
	TaskSpec spec;
	spec.command = {"/bin/true"};
	spec.cwd = "/";
	spec.environment = {"PATH=/bin", "HOME=/root"};
	spec.queue = queue;
	spec.priority = priority;
	return spec;
}


inline Outcome success(Microseconds finishedAt = 900)
{
	Outcome outcome;
	outcome.exitCode = 0;
	outcome.finishedAt = finishedAt;
	return outcome;
}


inline void inTransaction(TaskStore& store, const std::function<void()>& body)
{
	store.begin();
	body();
	store.commit();
}


inline TaskId submitOne(TaskStore& store, const TaskSpec& spec = simpleSpec(), Microseconds now = 100)
{
	TaskId id = 0;
	inTransaction(store, [&] { id = store.submit(spec, now); });
	return id;
}


inline std::vector<Task> claimSome(TaskStore& store, int atMost, const std::string& queue = "default")
{
	std::vector<Task> tasks;
	inTransaction(store, [&] { tasks = store.claim(queue, atMost, "supervisor-1", 200); });
	return tasks;
}


inline std::vector<std::string> runSql(const std::string& path, const std::string& sql)
/// As an administrator's sqlite3 would: the values of all rows, in one list.
{
	sqlite3* handle = nullptr;
	std::vector<std::string> values;
	const auto collect = [](void* list, int count, char** columns, char**)
	{
		for (int i = 0; i < count; ++i)
			static_cast<std::vector<std::string>*>(list)->emplace_back(columns[i] != nullptr ? columns[i] : "NULL");
		return 0;
	};
	char* message = nullptr;
	int code = sqlite3_open(path.c_str(), &handle);
	sqlite3_busy_timeout(handle, 5000);
	if (code == SQLITE_OK) code = sqlite3_exec(handle, sql.c_str(), collect, &values, &message);
	const std::string error = message != nullptr ? message : "";
	sqlite3_free(message);
	sqlite3_close(handle);
	if (code != SQLITE_OK) throw std::runtime_error(sql + ": " + error);
	return values;
}


inline std::string failureOf(const std::function<void()>& body, int exitCode)
/// The message of the Exception that body throws; else, or with another exit code, what is wrong.
{
	try
	{
		body();
	}
	catch (const Exception& exception)
	{
		if (exception.exitCode() == exitCode) return exception.what();
		return "exit code " + std::to_string(exception.exitCode()) + ": " + exception.what();
	}
	return "no exception";
}


inline pid_t forkChild(const std::function<void()>& body)
/// A child process that runs body; it never returns into the test, whatever body does, and goes when the test driver goes.
{
	const pid_t child = ::fork();
	if (child != 0) return child;
	::prctl(PR_SET_PDEATHSIG, SIGKILL);
	try
	{
		body();
	}
	catch (const std::exception& exception)
	{
		std::fprintf(stderr, "in the child process: %s\n", exception.what());
	}
	::_exit(1);
}


inline bool contains(const std::string& text, const std::string& part)
{
	return text.find(part) != std::string::npos;
}


} // namespace TaskDaemon


#endif // TaskDaemon_Test_StoreFixture_INCLUDED
