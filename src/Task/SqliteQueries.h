#ifndef TaskDaemon_Task_SqliteQueries_INCLUDED
#define TaskDaemon_Task_SqliteQueries_INCLUDED


#include "SqliteConnection.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <map>
#include <optional>
#include <string>
#include <vector>


namespace TaskDaemon {


// What is read of the store, each on a connection that the caller has to himself. Throw Poco::Exception: to be called within attempt().


extern const std::string SELECT_NEXT;
/// The tasks to claim of a queue, at most so many; parameters: queue, limit.


std::vector<Task> nextTasks(SqliteConnection& connection, const std::string& queue, int atMost);

std::optional<Task> findTask(SqliteConnection& connection, TaskId id);

std::vector<Task> listTasks(SqliteConnection& connection, const TaskFilter& filter);

std::map<std::string, QueueCounts> countTasks(SqliteConnection& connection);

std::vector<RunningTask> runningTasks(SqliteConnection& connection);


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SqliteQueries_INCLUDED
