#include "Task/Mailbox.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <future>


using namespace TaskDaemon;


class MailboxTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(MailboxTest);
	CPPUNIT_TEST(testOrder);
	CPPUNIT_TEST(testRows);
	CPPUNIT_TEST(testWaits);
	CPPUNIT_TEST(testDeadline);
	CPPUNIT_TEST(testClose);
	CPPUNIT_TEST(testProgress);
	CPPUNIT_TEST_SUITE_END();

	class NamedJob: public Job
	{
	public:
		NamedJob(char name, std::size_t rows): _name(name), _rows(rows) {}

		void apply(Turn&) override {}
		void committed() override {}
		void failed(const std::exception_ptr&) override {}

		std::size_t rows() const override
		{
			return _rows;
		}

		char name() const
		{
			return _name;
		}

	private:
		char _name;
		std::size_t _rows;
	};

	static bool post(Mailbox& mailbox, char name, Mailbox::Lane lane = Mailbox::Lane::CLIENTS, std::size_t rows = 1)
	{
		return mailbox.post(std::make_unique<NamedJob>(name, rows), lane);
	}

	static std::string take(Mailbox& mailbox, std::size_t maxRows = 10)
	{
		Jobs jobs;
		if (!mailbox.take(jobs, maxRows, monotonicTime())) return "closed";
		std::string names;
		for (const auto& job : jobs) names += dynamic_cast<NamedJob&>(*job).name();
		return names;
	}

public:
	void testOrder()
	{
		Mailbox mailbox;
		post(mailbox, 'a');
		post(mailbox, 'b');
		post(mailbox, 'x', Mailbox::Lane::SUPERVISOR);
		post(mailbox, 'y', Mailbox::Lane::SUPERVISOR);
		CPPUNIT_ASSERT_EQUAL(std::string("xyab"), take(mailbox));
		CPPUNIT_ASSERT_EQUAL(std::string(), take(mailbox));
	}

	void testRows()
	{
		Mailbox mailbox;
		post(mailbox, 'a', Mailbox::Lane::CLIENTS, 6);
		post(mailbox, 'b', Mailbox::Lane::CLIENTS, 4);
		post(mailbox, 'c', Mailbox::Lane::CLIENTS, 1);
		post(mailbox, 'd', Mailbox::Lane::CLIENTS, 5000);
		post(mailbox, 'e', Mailbox::Lane::CLIENTS, 0);
		CPPUNIT_ASSERT_EQUAL(std::string("ab"), take(mailbox));
		post(mailbox, 'x', Mailbox::Lane::SUPERVISOR);
		CPPUNIT_ASSERT_EQUAL(std::string("xc"), take(mailbox));
		CPPUNIT_ASSERT_EQUAL(std::string("d"), take(mailbox));
		CPPUNIT_ASSERT_EQUAL(std::string("e"), take(mailbox));
	}

	void testWaits()
	{
		Mailbox mailbox;
		auto taken = std::async(std::launch::async,
			[&]
			{
				Jobs jobs;
				return mailbox.take(jobs, 10, std::nullopt) ? jobs.size() : 0;
			});
		CPPUNIT_ASSERT(taken.wait_for(std::chrono::milliseconds(10)) == std::future_status::timeout);
		post(mailbox, 'a');
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), taken.get());
	}

	void testDeadline()
	{
		Mailbox mailbox;
		Jobs jobs;
		const Microseconds deadline = monotonicTime() + 20 * MILLISECOND;
		CPPUNIT_ASSERT(mailbox.take(jobs, 10, deadline));
		CPPUNIT_ASSERT(jobs.empty());
		CPPUNIT_ASSERT(monotonicTime() >= deadline);
	}

	void testClose()
	{
		Mailbox mailbox;
		CPPUNIT_ASSERT(post(mailbox, 'a'));
		mailbox.close();
		CPPUNIT_ASSERT(!post(mailbox, 'b'));
		CPPUNIT_ASSERT_EQUAL(std::string("a"), take(mailbox));
		CPPUNIT_ASSERT_EQUAL(std::string("closed"), take(mailbox));
	}

	void testProgress()
	{
		Mailbox mailbox;
		CPPUNIT_ASSERT(!mailbox.busy());
		const Microseconds before = monotonicTime();
		post(mailbox, 'a');
		CPPUNIT_ASSERT(mailbox.busy());
		const Microseconds first = mailbox.lastProgress();
		CPPUNIT_ASSERT(first >= before);
		post(mailbox, 'b');
		CPPUNIT_ASSERT_EQUAL(first, mailbox.lastProgress());
		take(mailbox);
		CPPUNIT_ASSERT(mailbox.busy()); // it is being worked on
		const Microseconds taken = mailbox.lastProgress();
		post(mailbox, 'c');
		CPPUNIT_ASSERT_EQUAL(taken, mailbox.lastProgress());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(MailboxTest, "Task");
