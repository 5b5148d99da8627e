#ifndef TaskDaemon_Test_SchedulerFixture_INCLUDED
#define TaskDaemon_Test_SchedulerFixture_INCLUDED


#include "FakeProcessControl.h"
#include "FakeTaskStore.h"
#include "TaskDaemon/Task/Scheduler.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <future>
#include <memory>


namespace TaskDaemon {


class SchedulerFixture: public CppUnit::TestFixture
/// A scheduler between a fake store and a fake supervisor. Queues: default with 2 slots, single with 1.
{
public:
	void setUp() override
	{
		settings = std::make_shared<Settings>();
		settings->taskLogDir = "/logs";
		settings->queues["default"].parallelism = 2;
		settings->queues["single"].parallelism = 1;
		store = std::make_unique<FakeTaskStore>();
		processes = std::make_unique<FakeProcessControl>();
	}

	void tearDown() override
	{
		if (store) store->holdCommits(false);
		scheduler.reset();
		processes.reset();
		store.reset();
	}

protected:
	static constexpr Microseconds PATIENCE = 10 * SECOND;

	void start(const std::vector<Message>& known = {})
	{
		scheduler = std::make_unique<Scheduler>(*store, *processes, settings);
		scheduler->start("me", known);
	}

	static TaskSpec spec(const std::string& queue = "default", int priority = 0)
	{
		TaskSpec result;
		result.command = {"true"};
		result.cwd = "/";
		result.queue = queue;
		result.priority = priority;
		return result;
	}

	TaskId submit(const TaskSpec& wanted)
	{
		return scheduler->submit({wanted}).front();
	}

	std::vector<TaskId> submit(std::size_t count)
	{
		return scheduler->submit(std::vector<TaskSpec>(count, spec()));
	}

	void settle()
	/// Returns when all that was posted before is done, sent and told: a turn answers before it sends, so the second answer proves it.
	{
		scheduler->probeCommit(PATIENCE);
		scheduler->probeCommit(PATIENCE);
	}

	static Ended ended(TaskId task, int exitCode = 0, std::uint32_t run = 1)
	{
		Ended message;
		message.key = {task, run};
		message.status = exitCode << 8;
		message.finishedAt = 1234;
		return message;
	}

	void end(TaskId task, std::uint32_t run = 1)
	/// Returns when that is stored.
	{
		const std::size_t before = processes->sent<Acknowledge>().size();
		scheduler->ended(ended(task, 0, run));
		CPPUNIT_ASSERT_EQUAL(before + 1, processes->await<Acknowledge>(before + 1).size());
	}

	std::vector<TaskId> spawned(std::size_t count)
	/// Waits for that many spawns.
	{
		std::vector<TaskId> tasks;
		for (const Spawn& spawn : processes->await<Spawn>(count)) tasks.push_back(spawn.key.task);
		return tasks;
	}

	TaskState stateOf(TaskId task) const
	{
		return store->task(task).state;
	}

	template <typename E, typename F>
	static std::string messageOf(F&& function)
	{
		try
		{
			function();
		}
		catch (const E& e)
		{
			return e.what();
		}
		return "no exception";
	}

	std::shared_ptr<Settings> settings;
	std::unique_ptr<FakeTaskStore> store;
	std::unique_ptr<FakeProcessControl> processes;
	std::unique_ptr<Scheduler> scheduler;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_SchedulerFixture_INCLUDED
