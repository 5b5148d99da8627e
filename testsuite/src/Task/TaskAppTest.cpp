#include "TaskDaemon/Task/TaskApp.h"
#include "TaskDaemon/Task/PacketSocket.h"
#include "TaskDaemon/Task/Protocol.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <future>
#include <optional>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>


using namespace TaskDaemon;


class TaskAppTest: public CppUnit::TestFixture
/// The service with its real store, this test being its supervisor.
{
	CPPUNIT_TEST_SUITE(TaskAppTest);
	CPPUNIT_TEST(testTaskRuns);
	CPPUNIT_TEST(testStatus);
	CPPUNIT_TEST(testDumpStatus);
	CPPUNIT_TEST(testDumpFails);
	CPPUNIT_TEST(testLifecycle);
	CPPUNIT_TEST(testMessagesBehindHello);
	CPPUNIT_TEST(testRestart);
	CPPUNIT_TEST(testShutdownFromOutside);
	CPPUNIT_TEST(testSupervisorGone);
	CPPUNIT_TEST(testBadHello);
	CPPUNIT_TEST(testBadMessage);
	CPPUNIT_TEST(testLogFolder);
	CPPUNIT_TEST_SUITE_END();

	std::optional<TemporaryFolder> _folder;
	std::shared_ptr<Settings> _settings;
	std::optional<PacketSocket> _supervisor;
	std::unique_ptr<TaskApp> _app;
	std::future<void> _running;

	void make()
	{
		auto [supervisor, service] = PacketSocket::makePair();
		_supervisor.emplace(std::move(supervisor));
		_app = std::make_unique<TaskApp>(_settings, std::move(service), realTime() - 90 * SECOND);
	}

	void tell(const std::vector<Message>& messages)
	{
		std::string packet;
		for (const Message& message : messages) encode(message, packet);
		CPPUNIT_ASSERT(_supervisor->send(packet));
	}

	static Hello hello()
	{
		return Hello{PROTOCOL_VERSION, "supervisor-1", 3};
	}

	void openWith(const std::vector<Message>& messages)
	{
		make();
		tell(messages);
		_app->open();
		_app->start();
	}

	void open()
	{
		openWith({hello(), HelloEnd()});
	}

	void run()
	{
		_running = std::async(std::launch::async, [this] { _app->run(); });
	}

	template <typename M>
	M hear()
	/// The next message of the service, which must be an M.
	{
		std::string packet;
		CPPUNIT_ASSERT(_supervisor->receive(packet) == PacketSocket::Receive::PACKET);
		const std::vector<Message> messages = decode(packet);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), messages.size());
		return std::get<M>(messages.front());
	}

	void shutDown()
	{
		tell({Shutdown()});
		_running.get();
		_app->shutdown();
	}

	static TaskSpec spec()
	{
		TaskSpec result;
		result.command = {"true"};
		result.cwd = "/";
		return result;
	}

	template <typename E>
	std::string failureOf(const std::vector<Message>& messages)
	{
		make();
		tell(messages);
		try
		{
			_app->open();
		}
		catch (const E& e)
		{
			return e.what();
		}
		return "no exception";
	}

public:
	void setUp() override
	{
		_folder.emplace();
		_settings = std::make_shared<Settings>();
		_settings->configFile = "/etc/taskdaemon.properties";
		_settings->queues["default"].parallelism = 2;
		_settings->storePath = _folder->path("tasks.db");
		_settings->taskLogDir = _folder->path("tasks");
		_settings->statusFile = _folder->path("status.json");
	}

	void tearDown() override
	{
		_app.reset();
		_supervisor.reset();
		_folder.reset();
	}

	void testTaskRuns()
	{
		open();
		run();
		std::promise<TaskId> finished;
		_app->scheduler().onFinished([&](TaskId task) { finished.set_value(task); });
		const TaskId task = _app->scheduler().submit({spec()}).front();
		const Spawn spawn = hear<Spawn>();
		CPPUNIT_ASSERT(spawn.key == (RunKey{task, 1}));
		CPPUNIT_ASSERT_EQUAL(_folder->path("tasks") + "/0/1.1.out", spawn.stdoutFile);
		CPPUNIT_ASSERT(_app->hasActiveWork());
		tell({Started{spawn.key, 300, 4711, 10}, Ended{spawn.key, EndReason::EXITED, 3 << 8, "", 20, 1, 2, 4096}});
		CPPUNIT_ASSERT(hear<Acknowledge>().key == spawn.key);
		CPPUNIT_ASSERT_EQUAL(task, finished.get_future().get());
		const Task stored = _app->store().find(task).value();
		CPPUNIT_ASSERT(stored.state == TaskState::FAILED);
		CPPUNIT_ASSERT_EQUAL(3, stored.exitCode.value());
		CPPUNIT_ASSERT_EQUAL(Microseconds(10), stored.runs.at(0).startedAt);
		CPPUNIT_ASSERT_EQUAL(Microseconds(20), stored.finishedAt);
		_app->saveState();
		CPPUNIT_ASSERT(!_app->hasActiveWork());
		shutDown();
	}

	void testStatus()
	{
		open();
		_app->scheduler().pause("default");
		_app->scheduler().submit({spec(), spec()});
		_app->setHealthAddress("127.0.0.1:9786");
		const Json status = _app->status();
		CPPUNIT_ASSERT_EQUAL(std::string("starting"), status.at("state").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string(TASKDAEMON_VERSION), status.at("version").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(::getppid(), status.at("supervisor_pid").get<pid_t>());
		CPPUNIT_ASSERT_EQUAL(::getpid(), status.at("service_pid").get<pid_t>());
		const int uptime = status.at("uptime_seconds").get<int>();
		CPPUNIT_ASSERT(uptime >= 90 && uptime < 200);
		CPPUNIT_ASSERT_EQUAL(3, status.at("service_restarts").get<int>());
		const Json& config = status.at("config");
		CPPUNIT_ASSERT_EQUAL(std::string("/etc/taskdaemon.properties"), config.at("file").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(1, config.at("generation").get<int>());
		CPPUNIT_ASSERT(config.at("loaded_at").get<Microseconds>() <= realTime());
		CPPUNIT_ASSERT(config.at("last_error").is_null());
		CPPUNIT_ASSERT_EQUAL(std::string("127.0.0.1:9786"), status.at("health_address").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string(R"({"queued":2,"running":0,"succeeded":0,"failed":0,"timed_out":0,"canceled":0,"lost":0})"),
			status.at("tasks").dump());
		CPPUNIT_ASSERT_EQUAL(
			std::string(R"([{"name":"default","parallelism":2,"paused":true,"queued":2,"running":0}])"), status.at("queues").dump());
		CPPUNIT_ASSERT_EQUAL(std::size_t(4), status.at("checks").size());
		const Json& check = status.at("checks").at(0);
		CPPUNIT_ASSERT_EQUAL(std::string("supervisor"), check.at("name").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string("healthy"), check.at("status").get<std::string>());
		CPPUNIT_ASSERT(check.contains("observed") && check.contains("checked_at"));
	}

	void testDumpStatus()
	{
		// Neither a leftover nor a link laid in our way is written through.
		const std::string victim = _folder->write("victim", "untouched");
		CPPUNIT_ASSERT_EQUAL(0, ::symlink(victim.c_str(), _folder->path("status.json.new").c_str()));
		CPPUNIT_ASSERT_EQUAL(0, ::symlink(victim.c_str(), _folder->path("status.json").c_str()));
		open();
		_app->dumpStatus();
		CPPUNIT_ASSERT_EQUAL(std::string("untouched"), _folder->read("victim"));
		CPPUNIT_ASSERT_EQUAL(std::string("starting"), Json::parse(_folder->read("status.json")).at("state").get<std::string>());
		struct stat info;
		CPPUNIT_ASSERT_EQUAL(0, ::lstat(_folder->path("status.json").c_str(), &info));
		CPPUNIT_ASSERT(S_ISREG(info.st_mode));
		CPPUNIT_ASSERT_EQUAL(0u, info.st_mode & 0137u);
		CPPUNIT_ASSERT(!std::filesystem::exists(_folder->path("status.json.new")));
	}

	void testDumpFails()
	{
		_settings->statusFile = _folder->path("nowhere/status.json");
		open();
		_app->dumpStatus();
		CPPUNIT_ASSERT(!std::filesystem::exists(_folder->path("nowhere")));
	}

	void testLifecycle()
	{
		make();
		tell({hello()});
		tell({HelloEnd()});
		std::promise<void> reopened;
		_app->onReopenLogs([&] { reopened.set_value(); });
		_app->open();
		_app->start();
		CPPUNIT_ASSERT(!_app->isReady());
		_app->announceReady();
		hear<Ready>();
		CPPUNIT_ASSERT(_app->isReady());
		CPPUNIT_ASSERT_EQUAL(std::string("running"), _app->status().at("state").get<std::string>());
		run();
		tell({ReopenLogs()});
		reopened.get_future().get();
		tell({Drain(), DumpStatus(), Shutdown()});
		_running.get();
		CPPUNIT_ASSERT(!_app->isReady());
		CPPUNIT_ASSERT(_app->scheduler().draining());
		CPPUNIT_ASSERT_EQUAL(std::string("draining"), Json::parse(_folder->read("status.json")).at("state").get<std::string>());
		CPPUNIT_ASSERT_EQUAL(std::string("stopping"), _app->status().at("state").get<std::string>());
		_app->shutdown();
		CPPUNIT_ASSERT_THROW(_app->saveState(), UnavailableException);
		CPPUNIT_ASSERT_THROW(_app->scheduler().submit({spec()}), UnavailableException);
	}

	void testMessagesBehindHello()
	/// A packet holds what was to be said at the time: also a Drain before we are ready.
	{
		openWith({hello(), HelloEnd(), Drain(), Shutdown()});
		_app->announceReady();
		_app->run();
		CPPUNIT_ASSERT(!_app->isReady());
		CPPUNIT_ASSERT(_app->scheduler().draining());
	}

	void testRestart()
	/// Another service takes over where the first one left off, an end between them included.
	{
		open();
		_app->scheduler().submit({spec(), spec(), spec()});
		std::string packet;
		CPPUNIT_ASSERT(_supervisor->receive(packet) == PacketSocket::Receive::PACKET);
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), decode(packet).size());
		_app.reset();
		openWith({hello(), Started{{1, 1}, 300, 4711, 10}, Ended{{2, 1}, EndReason::EXITED, 0, "", 20, 1, 2, 3}, HelloEnd()});
		CPPUNIT_ASSERT(_supervisor->receive(packet) == PacketSocket::Receive::PACKET);
		const std::vector<Message> messages = decode(packet);
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), messages.size());
		CPPUNIT_ASSERT(std::get<Acknowledge>(messages[0]).key == (RunKey{2, 1}));
		CPPUNIT_ASSERT(std::get<Spawn>(messages[1]).key == (RunKey{3, 1}));
		_app->saveState();
		CPPUNIT_ASSERT_EQUAL(std::int64_t(300), _app->store().find(1)->pid);
		CPPUNIT_ASSERT(_app->store().find(2)->state == TaskState::SUCCEEDED);
		CPPUNIT_ASSERT_EQUAL(std::string(R"({"queued":0,"running":2,"succeeded":1,"failed":0,"timed_out":0,"canceled":0,"lost":0})"),
			_app->status().at("tasks").dump());
	}

	void testShutdownFromOutside()
	{
		open();
		run();
		tell({Drain()});
		_app->shutdown();
		CPPUNIT_ASSERT(_running.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
		_running.get();
	}

	void testSupervisorGone()
	{
		make();
		tell({hello(), HelloEnd()});
		const pid_t service = ::fork();
		if (service == 0)
		{
			_supervisor.reset();
			_app->open();
			_app->start();
			_app->run();
			::_exit(0);
		}
		_supervisor.reset();
		_app.reset();
		int status = 0;
		CPPUNIT_ASSERT_EQUAL(service, ::waitpid(service, &status, 0));
		CPPUNIT_ASSERT(WIFEXITED(status));
		CPPUNIT_ASSERT_EQUAL(int(EXIT_SOFTWARE), WEXITSTATUS(status));
	}

	void testBadHello()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("the supervisor speaks version 9 of the protocol, this program version 1; restart the daemon"),
			failureOf<ProtocolException>({Hello{9, "s", 0}, HelloEnd()}));
		CPPUNIT_ASSERT_EQUAL(std::string("the supervisor's Hello has no id"), failureOf<ProtocolException>({Hello()}));
		CPPUNIT_ASSERT_EQUAL(std::string("the supervisor did not begin with Hello"), failureOf<ProtocolException>({HelloEnd()}));
		make();
		tell({hello()});
		_supervisor.reset();
		CPPUNIT_ASSERT_THROW(_app->open(), UnavailableException);
	}

	void testBadMessage()
	{
		openWith({hello(), HelloEnd(), Ready()});
		CPPUNIT_ASSERT_THROW(_app->run(), ProtocolException);
	}

	void testLogFolder()
	{
		open();
		struct stat info;
		CPPUNIT_ASSERT_EQUAL(0, ::stat(_settings->taskLogDir.c_str(), &info));
		CPPUNIT_ASSERT_EQUAL(0u, info.st_mode & 027u);
		_app.reset();
		_settings->taskLogDir = _folder->write("file", "");
		CPPUNIT_ASSERT_EQUAL(
			"cannot open '" + _folder->path("file") + "': Not a directory", failureOf<SystemException>({hello(), HelloEnd()}));
		_settings->taskLogDir = _folder->path("no/such");
		CPPUNIT_ASSERT_EQUAL("cannot create the folder '" + _folder->path("no/such") + "': No such file or directory",
			failureOf<SystemException>({hello(), HelloEnd()}));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TaskAppTest, "Task");
