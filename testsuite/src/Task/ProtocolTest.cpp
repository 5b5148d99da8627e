#include "TaskDaemon/Task/Protocol.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Wire.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <random>


using namespace TaskDaemon;
using namespace std::string_literals;


class ProtocolTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(ProtocolTest);
	CPPUNIT_TEST(testRoundTrip);
	CPPUNIT_TEST(testFields);
	CPPUNIT_TEST(testTypesOnTheWire);
	CPPUNIT_TEST(testEmptyPacket);
	CPPUNIT_TEST(testRefusals);
	CPPUNIT_TEST(testTruncations);
	CPPUNIT_TEST(testBitFlips);
	CPPUNIT_TEST(testRandomDamage);
	CPPUNIT_TEST_SUITE_END();

	static std::vector<Message> oneOfEach()
	{
		const RunKey key{INT64_MAX, UINT32_MAX};
		return {Hello{7, "boot/life", 3}, HelloEnd{}, Ready{}, Failed{-78, "no\nsuch file"},
			Spawn{key, {"sh", "", "a\0b"s}, {"A=1", "\xFF=\xFF"}, "/tmp", 0777, "/o", "/e", INT64_MAX, INT64_MIN}, Cancel{key},
			Adopt{key, INT64_MIN, UINT64_MAX, 5}, Acknowledge{{-1, 0}}, Started{key, 17, 18, 19},
			Ended{key, EndReason::UNSEEN, INT32_MIN, std::string(70000, 'd'), 1, 2, 3, 4}, Drain{}, Shutdown{}, ReopenLogs{}, DumpStatus{}};
	}

	static std::string packetOf(const std::vector<Message>& messages)
	{
		std::string packet;
		for (const Message& message : messages) encode(message, packet);
		return packet;
	}

	static std::string refusal(const std::string& packet)
	{
		try
		{
			decode(packet);
			return "accepted";
		}
		catch (const ProtocolException& exception)
		{
			return exception.what();
		}
	}

	static void expectRefusalOrSameAgain(const std::string& packet)
	/// A form for each value and no other: what is accepted is what encode makes.
	{
		try
		{
			CPPUNIT_ASSERT(packetOf(decode(packet)) == packet);
		}
		catch (const ProtocolException&)
		{} // one of the two permitted results
	}

	static std::string smallPacket()
	{
		std::vector<Message> messages = oneOfEach();
		std::get<Ended>(messages[9]).detail = "x";
		return packetOf(messages);
	}

public:
	void testRoundTrip()
	{
		const std::vector<Message> messages = oneOfEach();
		CPPUNIT_ASSERT_EQUAL(std::variant_size_v<Message>, messages.size());
		const std::string packet = packetOf(messages);
		const std::vector<Message> decoded = decode(packet);
		CPPUNIT_ASSERT_EQUAL(messages.size(), decoded.size());
		for (std::size_t i = 0; i < decoded.size(); ++i) CPPUNIT_ASSERT_EQUAL(i, decoded[i].index());
		CPPUNIT_ASSERT(packetOf(decoded) == packet);
	}

	void testFields()
	/// The round trip alone would not see a field that is on neither list.
	{
		const std::vector<Message> decoded = decode(packetOf(oneOfEach()));
		const auto& hello = std::get<Hello>(decoded[0]);
		CPPUNIT_ASSERT(hello.version == 7 && hello.supervisor == "boot/life" && hello.serviceRestarts == 3);
		const auto& failed = std::get<Failed>(decoded[3]);
		CPPUNIT_ASSERT(failed.exitCode == -78 && failed.message == "no\nsuch file");
		const RunKey key{INT64_MAX, UINT32_MAX};
		const auto& spawn = std::get<Spawn>(decoded[4]);
		CPPUNIT_ASSERT(
			spawn.key == key && spawn.cwd == "/tmp" && spawn.umask == 0777 && spawn.stdoutFile == "/o" && spawn.stderrFile == "/e");
		CPPUNIT_ASSERT((spawn.command == std::vector<std::string>{"sh", "", "a\0b"s}));
		CPPUNIT_ASSERT((spawn.environment == std::vector<std::string>{"A=1", "\xFF=\xFF"}));
		CPPUNIT_ASSERT(spawn.timeout == INT64_MAX && spawn.killAfter == INT64_MIN);
		CPPUNIT_ASSERT(std::get<Cancel>(decoded[5]).key == key);
		const auto& adopt = std::get<Adopt>(decoded[6]);
		CPPUNIT_ASSERT(adopt.key == key && adopt.pid == INT64_MIN && adopt.pidStartTime == UINT64_MAX && adopt.killAfter == 5);
		CPPUNIT_ASSERT((std::get<Acknowledge>(decoded[7]).key == RunKey{-1, 0}));
		const auto& started = std::get<Started>(decoded[8]);
		CPPUNIT_ASSERT(started.key == key && started.pid == 17 && started.pidStartTime == 18 && started.startedAt == 19);
		const auto& ended = std::get<Ended>(decoded[9]);
		CPPUNIT_ASSERT(ended.key == key && ended.reason == EndReason::UNSEEN && ended.status == INT32_MIN && ended.detail.size() == 70000);
		CPPUNIT_ASSERT(ended.finishedAt == 1 && ended.userTime == 2 && ended.systemTime == 3 && ended.maxRss == 4);
	}

	void testTypesOnTheWire()
	{
		CPPUNIT_ASSERT_EQUAL("\0\x0D\0\0\0\1\0\0\0\1\0\0\0s\0\0\0\0"s, packetOf({Hello{1, "s", 0}}));
		CPPUNIT_ASSERT_EQUAL("\x01\0\0\0\0"s, packetOf({HelloEnd{}}));
		CPPUNIT_ASSERT_EQUAL("\x05\x0C\0\0\0\2\0\0\0\0\0\0\0\3\0\0\0"s, packetOf({Cancel{{2, 3}}}));
		CPPUNIT_ASSERT_EQUAL("\x0D\0\0\0\0"s, packetOf({DumpStatus{}}));
	}

	void testEmptyPacket()
	{
		CPPUNIT_ASSERT(decode("").empty());
	}

	void testRefusals()
	{
		CPPUNIT_ASSERT_EQUAL("unknown message type 14"s, refusal("\x0E\0\0\0\0"s));
		CPPUNIT_ASSERT_EQUAL("unknown message type 255"s, refusal("\xFF\0\0\0\0"s));
		CPPUNIT_ASSERT_EQUAL("1 bytes after the end of the message"s, refusal("\x01\x01\0\0\0x"s));
		CPPUNIT_ASSERT_EQUAL("message ends early: 4 bytes wanted, 3 left"s, refusal("\x01\0\0\0"s));
		// A valid message does not make what follows it acceptable.
		CPPUNIT_ASSERT_EQUAL("unknown message type 120"s, refusal("\x01\0\0\0\0x"s));
		std::string ended = packetOf({Ended{}});
		ended[1 + 4 + 8 + 4] = 7;
		CPPUNIT_ASSERT_EQUAL("unknown end reason 7"s, refusal(ended));
		std::string spawn = packetOf({Spawn{}});
		spawn.replace(1 + 4 + 8 + 4, 4, "\xFF\xFF\xFF\xFF");
		CPPUNIT_ASSERT_EQUAL("list of 4294967295 values in 36 bytes"s, refusal(spawn));
	}

	void testTruncations()
	{
		const std::string packet = smallPacket();
		std::size_t accepted = 0;
		for (std::size_t size = 0; size < packet.size(); ++size)
		{
			expectRefusalOrSameAgain(packet.substr(0, size));
			if (refusal(packet.substr(0, size)) == "accepted") ++accepted;
		}
		CPPUNIT_ASSERT_EQUAL_MESSAGE("only at the ends of messages", std::variant_size_v<Message>, accepted);
		for (const Message& message : decode(packet))
		{
			const std::string single = packetOf({message});
			for (std::size_t size = 1; size < single.size(); ++size) CPPUNIT_ASSERT(refusal(single.substr(0, size)) != "accepted");
		}
	}

	void testBitFlips()
	{
		std::string packet = smallPacket();
		for (std::size_t bit = 0; bit < packet.size() * 8; ++bit)
		{
			packet[bit / 8] = static_cast<char>(packet[bit / 8] ^ (1 << bit % 8));
			expectRefusalOrSameAgain(packet);
			packet[bit / 8] = static_cast<char>(packet[bit / 8] ^ (1 << bit % 8));
		}
	}

	void testRandomDamage()
	{
		const std::string valid = smallPacket();
		std::mt19937 random(20260101); // a test that fails must fail again
		for (int round = 0; round < 20000; ++round)
		{
			std::string packet = valid;
			for (std::uint32_t changes = random() % 8 + 1; changes > 0; --changes)
			{
				const std::size_t place = random() % packet.size();
				switch (random() % 4)
				{
				case 0: packet[place] = static_cast<char>(random()); break;
				case 1: packet.insert(place, 1, static_cast<char>(random())); break;
				case 2: packet.erase(place, random() % 8 + 1); break;
				default: packet.insert(place, valid.substr(random() % valid.size(), random() % 32)); break;
				}
				if (packet.empty()) packet = valid;
			}
			expectRefusalOrSameAgain(packet);
		}
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ProtocolTest, "Task");
