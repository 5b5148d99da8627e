#include "TaskDaemon/Base/Paths.h"
#include "ChildProcess.h"
#include "TemporaryFolder.h"
#include <cstdlib>


using namespace TaskDaemon;
using namespace std::string_literals;


class PathsTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(PathsTest);
	CPPUNIT_TEST(testHome);
	CPPUNIT_TEST(testRelativeHome);
	CPPUNIT_TEST(testRoot);
	CPPUNIT_TEST(testXdg);
	CPPUNIT_TEST(testNoHome);
	CPPUNIT_TEST_SUITE_END();

	static void becomeOrdinaryUser()
	{
		if (::geteuid() == 0) CPPUNIT_ASSERT_EQUAL(0, ::setresuid(65534, 65534, 65534));
	}

	static std::string render(const Paths& p)
	{
		return p.config + "\n" + p.pidFile + "\n" + p.controlSocket + "\n" + p.store + "\n" + p.taskLogs + "\n" + p.logFile + "\n" +
			   p.statusFile;
	}

public:
	void testHome()
	{
		CPPUNIT_ASSERT_EQUAL(
			"/h/taskdaemon.properties\n/h/taskdaemon.pid\n/h/control.sock\n/h/tasks.db\n/h/tasks\n/h/taskdaemon.log\n/h/status.json"s,
			render(Paths::defaults("/h")));
	}

	void testRelativeHome()
	{
		inChild(
			[]
			{
				const TemporaryFolder folder;
				CPPUNIT_ASSERT_EQUAL(0, ::chdir(folder.path().c_str()));
				CPPUNIT_ASSERT_EQUAL(folder.path("h/tasks.db"), Paths::defaults("h").store);
			});
	}

	void testRoot()
	{
		if (::geteuid() != 0) return;
		CPPUNIT_ASSERT_EQUAL("/etc/taskdaemon/taskdaemon.properties\n/run/taskdaemon/taskdaemon.pid\n/run/taskdaemon/control.sock\n"
							 "/var/lib/taskdaemon/tasks.db\n/var/log/taskdaemon/tasks\n/var/log/taskdaemon/taskdaemon.log\n"
							 "/run/taskdaemon/status.json"s,
			render(Paths::defaults("")));
	}

	void testXdg()
	{
		inChild(
			[]
			{
				becomeOrdinaryUser();
				::setenv("HOME", "/home/u", 1);
				::setenv("XDG_CONFIG_HOME", "relative, so ignored", 1);
				::unsetenv("XDG_STATE_HOME");
				::unsetenv("XDG_RUNTIME_DIR");
				const std::string state = "/home/u/.local/state/taskdaemon/";
				CPPUNIT_ASSERT_EQUAL("/home/u/.config/taskdaemon/taskdaemon.properties\n" + state + "taskdaemon.pid\n" + state +
										 "control.sock\n" + state + "tasks.db\n" + state + "tasks\n" + state + "taskdaemon.log\n" + state +
										 "status.json",
					render(Paths::defaults("")));

				::setenv("XDG_CONFIG_HOME", "/c", 1);
				::setenv("XDG_STATE_HOME", "/s", 1);
				::setenv("XDG_RUNTIME_DIR", "/r", 1);
				CPPUNIT_ASSERT_EQUAL(
					"/c/taskdaemon/taskdaemon.properties\n/r/taskdaemon/taskdaemon.pid\n/r/taskdaemon/control.sock\n"
					"/s/taskdaemon/tasks.db\n/s/taskdaemon/tasks\n/s/taskdaemon/taskdaemon.log\n/r/taskdaemon/status.json"s,
					render(Paths::defaults("")));
			});
	}

	void testNoHome()
	{
		inChild(
			[]
			{
				becomeOrdinaryUser();
				const std::string message = "HOME is not an absolute path: set it, or say --home=DIR";
				::unsetenv("HOME");
				CPPUNIT_ASSERT_EQUAL(message, messageOf<Exception>([] { Paths::defaults(""); }));
				::setenv("HOME", "somewhere", 1);
				CPPUNIT_ASSERT_EQUAL(message, messageOf<Exception>([] { Paths::defaults(""); }));
			});
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(PathsTest, "Base");
