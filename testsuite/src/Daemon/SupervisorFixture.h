#ifndef TaskDaemon_Test_SupervisorFixture_INCLUDED
#define TaskDaemon_Test_SupervisorFixture_INCLUDED


#include "Daemon/SupervisedService.h"
#include "Daemon/Supervisor.h"
#include "Daemon/TaskScripts.h"
#include "TaskDaemon/Base/Time.h"
#include <fstream>
#include <set>


namespace TaskDaemon {


class SupervisorFixture: public CppUnit::TestFixture
/// What the tests of the supervisor share: settings without waits, tasks, the steps of a stop.
{
public:
	void setUp() override
	{
		_scripts = std::make_unique<TaskScripts>();
	}

	void tearDown() override
	{
		_scripts.reset();
	}

protected:
	static Settings settings()
	{
		Settings settings;
		settings.restartDelay = MILLISECOND;
		settings.restartMaxDelay = MILLISECOND;
		settings.shutdownGrace = 600 * SECOND;
		return settings;
	}

	Started runSleeper(SupervisedService& service, TaskId id)
	{
		service.say(_scripts->sleeper(id));
		CPPUNIT_ASSERT_EQUAL(std::string("ready"), _scripts->told());
		return service.expect<Started>();
	}

	static void stopIdle(SupervisedService& service)
	{
		service.signal(SIGTERM);
		service.expect<Drain>();
		service.expect<Shutdown>();
		service.exitService(0);
		CPPUNIT_ASSERT_EQUAL(0, service.exitCode());
		CPPUNIT_ASSERT_EQUAL(std::string(""), service.eventsUntilEnd());
	}

	static Ended expectEnd(SupervisedService& service, TaskId id, EndReason reason)
	{
		Ended ended = service.expect<Ended>();
		CPPUNIT_ASSERT_EQUAL(id, ended.key.task);
		CPPUNIT_ASSERT_EQUAL(static_cast<int>(reason), static_cast<int>(ended.reason));
		service.say(Acknowledge{ended.key});
		return ended;
	}

	static void leave(SupervisedService& service, int exitCode = 0)
	/// The last steps of a stop.
	{
		service.expect<Shutdown>();
		service.exitService(0);
		CPPUNIT_ASSERT_EQUAL(exitCode, service.exitCode());
	}

	static std::string render(const std::vector<Message>& greeting)
	{
		std::string text = "restart " + std::to_string(std::get<Hello>(greeting.at(0)).serviceRestarts);
		for (std::size_t i = 1; i < greeting.size(); ++i)
		{
			if (const auto* started = std::get_if<Started>(&greeting[i])) text += ", started " + std::to_string(started->key.task);
			const auto* ended = std::get_if<Ended>(&greeting[i]);
			if (ended == nullptr) continue;
			text += ", ended " + std::to_string(ended->key.task) + " with ";
			text += WIFSIGNALED(ended->status) ? "signal " + std::to_string(WTERMSIG(ended->status))
											   : std::to_string(WEXITSTATUS(ended->status));
		}
		return text;
	}

	static std::size_t descriptorsOf(pid_t pid)
	{
		std::size_t count = 0;
		for (const auto& entry : std::filesystem::directory_iterator("/proc/" + std::to_string(pid) + "/fd"))
			count += entry.path().empty() ? 0 : 1;
		return count;
	}

	std::unique_ptr<TaskScripts> _scripts;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_SupervisorFixture_INCLUDED
