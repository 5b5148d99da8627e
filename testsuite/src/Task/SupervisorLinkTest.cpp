#include "Task/SupervisorLink.h"
#include "TaskDaemon/Base/Exception.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <future>
#include <optional>


using namespace TaskDaemon;


class SupervisorLinkTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(SupervisorLinkTest);
	CPPUNIT_TEST(testPackets);
	CPPUNIT_TEST(testLargeMessage);
	CPPUNIT_TEST(testSendNow);
	CPPUNIT_TEST(testReceive);
	CPPUNIT_TEST(testMalformed);
	CPPUNIT_TEST(testSupervisorGone);
	CPPUNIT_TEST(testStopReceiving);
	CPPUNIT_TEST_SUITE_END();

	std::optional<PacketSocket> _supervisor;
	std::optional<SupervisorLink> _link;

	static Spawn spawn(TaskId task, std::size_t size)
	{
		Spawn message;
		message.key = {task, 1};
		message.command = {std::string(size, 'x')};
		return message;
	}

	std::string packet()
	{
		std::string bytes;
		CPPUNIT_ASSERT(_supervisor->receive(bytes) == PacketSocket::Receive::PACKET);
		return bytes;
	}

	static std::vector<TaskId> tasks(const std::string& packet)
	{
		std::vector<TaskId> result;
		for (const Message& message : decode(packet)) result.push_back(std::get<Spawn>(message).key.task);
		return result;
	}

public:
	void setUp() override
	{
		auto [supervisor, service] = PacketSocket::makePair();
		_supervisor.emplace(std::move(supervisor));
		_link.emplace(std::move(service));
	}

	void tearDown() override
	{
		_link.reset();
		_supervisor.reset();
	}

	void testPackets()
	{
		for (TaskId task = 1; task <= 5; ++task) _link->send(spawn(task, 20 * 1024));
		_link->flush();
		_link->flush();
		std::string first = packet();
		CPPUNIT_ASSERT(first.size() <= 48 * 1024);
		CPPUNIT_ASSERT(tasks(first) == (std::vector<TaskId>{1, 2}));
		CPPUNIT_ASSERT(tasks(packet()) == (std::vector<TaskId>{3, 4}));
		CPPUNIT_ASSERT(tasks(packet()) == std::vector<TaskId>{5});
		_link->send(spawn(6, 1));
		_link->flush();
		CPPUNIT_ASSERT(tasks(packet()) == std::vector<TaskId>{6});
	}

	void testLargeMessage()
	{
		_link->send(spawn(1, 10));
		_link->send(spawn(2, 3 * 1024 * 1024));
		_link->send(spawn(3, 10));
		_link->flush();
		CPPUNIT_ASSERT(tasks(packet()) == std::vector<TaskId>{1});
		CPPUNIT_ASSERT(tasks(packet()) == std::vector<TaskId>{2});
		CPPUNIT_ASSERT(tasks(packet()) == std::vector<TaskId>{3});
	}

	void testSendNow()
	{
		_link->send(Acknowledge{{1, 1}});
		_link->sendNow(Ready());
		CPPUNIT_ASSERT(std::holds_alternative<Ready>(decode(packet()).at(0)));
		_link->flush();
		CPPUNIT_ASSERT(std::holds_alternative<Acknowledge>(decode(packet()).at(0)));
	}

	void testReceive()
	{
		std::string packet;
		encode(Drain(), packet);
		encode(Ended{{7, 2}, EndReason::EXITED, 256, "", 1, 2, 3, 4}, packet);
		_supervisor->send(packet);
		std::vector<Message> messages = {Hello()};
		CPPUNIT_ASSERT(_link->receive(messages));
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), messages.size());
		CPPUNIT_ASSERT(std::get<Ended>(messages.at(1)).key == (RunKey{7, 2}));
	}

	void testMalformed()
	{
		_supervisor->send("\xff nonsense");
		std::vector<Message> messages;
		CPPUNIT_ASSERT_THROW(_link->receive(messages), ProtocolException);
	}

	void testSupervisorGone()
	{
		CPPUNIT_ASSERT(_link->connected());
		_supervisor.reset();
		CPPUNIT_ASSERT(!_link->connected());
		_link->send(spawn(1, 1));
		_link->flush();
		_link->sendNow(Ready());
		std::vector<Message> messages;
		CPPUNIT_ASSERT(!_link->receive(messages));
	}

	void testStopReceiving()
	{
		std::string packet;
		encode(Drain(), packet);
		_supervisor->send(packet);
		auto received = std::async(std::launch::async,
			[&]
			{
				std::vector<Message> messages;
				std::size_t count = 0;
				while (_link->receive(messages)) count += messages.size();
				return count;
			});
		_link->stopReceiving();
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), received.get());
		CPPUNIT_ASSERT(_link->connected());
		_link->sendNow(Ready());
		CPPUNIT_ASSERT(std::holds_alternative<Ready>(decode(this->packet()).at(0)));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SupervisorLinkTest, "Task");
