#include "Task/HealthChecks.h"
#include "SchedulerFixture.h"
#include "TemporaryFolder.h"
#include <optional>
#include <thread>


using namespace TaskDaemon;


class HealthChecksTest: public SchedulerFixture
{
	CPPUNIT_TEST_SUITE(HealthChecksTest);
	CPPUNIT_TEST(testHealthy);
	CPPUNIT_TEST(testFloodDoesNotCommit);
	CPPUNIT_TEST(testStoreFails);
	CPPUNIT_TEST(testEndsWait);
	CPPUNIT_TEST(testSupervisorGone);
	CPPUNIT_TEST(testFolderGone);
	CPPUNIT_TEST(testLimits);
	CPPUNIT_TEST_SUITE_END();

	std::optional<TemporaryFolder> _folder;
	FileDescriptor _supervisor;
	std::optional<SupervisorLink> _link;
	std::optional<HealthChecks> _checks;

	static const HealthCheck& find(const HealthStatus& status, const std::string& name)
	{
		for (const HealthCheck& check : status.checks)
			if (check.name == name) return check;
		throw std::runtime_error("no check " + name);
	}

	HealthCheck check(const std::string& name)
	{
		return find(_checks->check(), name);
	}

	static void assertState(HealthState expected, HealthState actual)
	{
		CPPUNIT_ASSERT_EQUAL(std::string(toString(expected)), std::string(toString(actual)));
	}

public:
	void setUp() override
	{
		SchedulerFixture::setUp();
		_folder.emplace();
		settings->storePath = _folder->path("tasks.db");
		settings->taskLogDir = _folder->path();
		auto [supervisor, service] = PacketSocket::makePair();
		_supervisor = std::move(supervisor);
		_link.emplace(std::move(service));
		start();
		_checks.emplace(*scheduler, *_link, settings);
	}

	void tearDown() override
	{
		_checks.reset();
		SchedulerFixture::tearDown();
		_link.reset();
		_supervisor.reset();
		_folder.reset();
	}

	void testHealthy()
	{
		const Microseconds before = realTime();
		const HealthStatus status = _checks->check();
		CPPUNIT_ASSERT_EQUAL(std::size_t(4), status.checks.size());
		for (const HealthCheck& check : status.checks)
		{
			// The disk is that of whoever runs this test.
			if (check.name != "disk") assertState(HealthState::HEALTHY, check.state);
			CPPUNIT_ASSERT(!check.observed.empty());
			CPPUNIT_ASSERT(check.checkedAt >= before);
		}
		CPPUNIT_ASSERT_EQUAL(std::string("connected"), find(status, "supervisor").observed);
		CPPUNIT_ASSERT_EQUAL(std::string("tasks running: 0"), find(status, "scheduler").observed);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), find(status, "store").observed.find("commit took "));
		CPPUNIT_ASSERT(find(status, "disk").observed.find(" MiB free in /") != std::string::npos);
	}

	void testFloodDoesNotCommit()
	{
		settle();
		const int before = store->commits();
		std::vector<std::thread> clients;
		for (int i = 0; i < 8; ++i)
			clients.emplace_back(
				[&]
				{
					for (int k = 0; k < 20; ++k) _checks->check();
				});
		for (std::thread& client : clients) client.join();
		CPPUNIT_ASSERT_EQUAL(before + 1, store->commits());
	}

	void testStoreFails()
	{
		settle();
		store->failCommits(1000000);
		const HealthStatus status = _checks->check();
		assertState(HealthState::UNHEALTHY, status.overall);
		assertState(HealthState::UNHEALTHY, find(status, "store").state);
		CPPUNIT_ASSERT_EQUAL(std::string("disk full"), find(status, "store").observed);
	}

	void testEndsWait()
	{
		submit(1);
		settle();
		store->failCommits(1000000);
		scheduler->ended(ended(1));
		CPPUNIT_ASSERT_THROW(settle(), StoreException);
		CPPUNIT_ASSERT_THROW(settle(), StoreException);
		assertState(HealthState::DEGRADED, check("scheduler").state);
		CPPUNIT_ASSERT_EQUAL(std::string("reports on tasks that wait for the store: 1"), check("scheduler").observed);
	}

	void testSupervisorGone()
	{
		_supervisor.reset();
		assertState(HealthState::UNHEALTHY, check("supervisor").state);
		assertState(HealthState::UNHEALTHY, _checks->check().overall);
	}

	void testFolderGone()
	{
		settings->taskLogDir = "/nonexistent/tasks";
		assertState(HealthState::UNHEALTHY, check("disk").state);
		CPPUNIT_ASSERT_EQUAL(
			std::string("cannot look at the disk of '/nonexistent/tasks': No such file or directory"), check("disk").observed);
	}

	void testLimits()
	{
		constexpr std::uint64_t MIB = 1024 * 1024;
		constexpr std::uint64_t GIB = 1024 * MIB;
		assertState(HealthState::HEALTHY, HealthChecks::judgeSpace(6 * GIB, 100 * GIB));
		assertState(HealthState::DEGRADED, HealthChecks::judgeSpace(4 * GIB, 100 * GIB));
		assertState(HealthState::DEGRADED, HealthChecks::judgeSpace(255 * MIB, GIB));
		assertState(HealthState::HEALTHY, HealthChecks::judgeSpace(257 * MIB, GIB));
		assertState(HealthState::UNHEALTHY, HealthChecks::judgeSpace(15 * MIB, GIB));
		assertState(HealthState::HEALTHY, HealthChecks::judgeCommit(SECOND));
		assertState(HealthState::DEGRADED, HealthChecks::judgeCommit(SECOND + 1));
		assertState(HealthState::HEALTHY, HealthChecks::judgeStall(10 * SECOND));
		assertState(HealthState::UNHEALTHY, HealthChecks::judgeStall(10 * SECOND + 1));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(HealthChecksTest, "Task");
