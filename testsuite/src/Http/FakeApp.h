#ifndef TaskDaemon_Test_FakeApp_INCLUDED
#define TaskDaemon_Test_FakeApp_INCLUDED


#include "TaskDaemon/Task/TaskDaemonApp.h"
#include <atomic>


namespace TaskDaemon {


class FakeApp: public TaskDaemonApp
/// Answers what a test sets.
{
public:
	HealthStatus health;
	Json document = {{"state", "running"}, {"version", "1.2.3"}};
	std::atomic<bool> ready{true};

	void run() override {}
	void stopAcceptingWork() override {}

	bool hasActiveWork() const override
	{
		return false;
	}

	void saveState() override {}
	void shutdown() override {}

	HealthStatus healthStatus() override
	{
		return health;
	}

	bool isReady() const override
	{
		return ready;
	}

	Json status() override
	{
		return document;
	}

	void dumpStatus() override {}
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_FakeApp_INCLUDED
