#include "TaskDaemon/Base/Time.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <ctime>
#include <limits>


using namespace TaskDaemon;
using namespace std::string_literals;


class TimeTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(TimeTest);
	CPPUNIT_TEST(testClocks);
	CPPUNIT_TEST(testParseDuration);
	CPPUNIT_TEST(testParseDurationRefuses);
	CPPUNIT_TEST(testFormatDuration);
	CPPUNIT_TEST(testFormatTime);
	CPPUNIT_TEST_SUITE_END();

public:
	void testClocks()
	{
		const std::time_t seconds = std::time(nullptr);
		const Microseconds real = realTime();
		CPPUNIT_ASSERT(real / SECOND >= seconds && real / SECOND <= seconds + 60);
		const Microseconds first = monotonicTime();
		CPPUNIT_ASSERT(first > 0 && monotonicTime() >= first);
	}

	void testParseDuration()
	{
		const struct
		{
			const char* text;
			Microseconds duration;
		} cases[] = {
			{"0", 0},
			{"0s", 0},
			{"250us", 250},
			{"500ms", 500 * MILLISECOND},
			{"30s", 30 * SECOND},
			{"007s", 7 * SECOND},
			{"5m", 300 * SECOND},
			{"2h", 7200 * SECOND},
			{"1d", 86400 * SECOND},
			{"9223372036854775807us", std::numeric_limits<Microseconds>::max()},
			{"106751991d", 86400 * SECOND * 106751991},
		};
		for (const auto& c : cases) CPPUNIT_ASSERT_EQUAL_MESSAGE(c.text, c.duration, parseDuration(c.text).value_or(-1));
	}

	void testParseDurationRefuses()
	{
		for (const std::string text : {"", "5", "00", "s", "ms", "-1s", "+1s", " 1s", "1s ", "1 s", "1.5s", "1S", "1sec", "1s1s", "1m30s",
				 "0x1s", "9223372036854775808us", "106751992d", "99999999999999999999999s", "1w"})
			CPPUNIT_ASSERT_MESSAGE("'" + text + "'", !parseDuration(text));
		CPPUNIT_ASSERT(!parseDuration("1\0s"s));
	}

	void testFormatDuration()
	{
		const struct
		{
			const char* text;
			Microseconds duration;
		} cases[] = {
			{"0", 0},
			{"1us", 1},
			{"1500ms", 1500 * MILLISECOND},
			{"90s", 90 * SECOND},
			{"5m", 300 * SECOND},
			{"36h", 36 * 3600 * SECOND},
			{"1d", 86400 * SECOND},
			{"9223372036854775807us", std::numeric_limits<Microseconds>::max()},
		};
		for (const auto& c : cases)
		{
			CPPUNIT_ASSERT_EQUAL(std::string(c.text), formatDuration(c.duration));
			CPPUNIT_ASSERT_EQUAL(c.duration, parseDuration(c.text).value_or(-1));
		}
	}

	void testFormatTime()
	{
		CPPUNIT_ASSERT_EQUAL("1970-01-01T00:00:00.000Z"s, formatTime(0));
		CPPUNIT_ASSERT_EQUAL("1970-01-01T00:00:00.000Z"s, formatTime(999));
		CPPUNIT_ASSERT_EQUAL("2026-11-23T14:05:06.123Z"s, formatTime(1795442706 * SECOND + 123 * MILLISECOND + 999));
		CPPUNIT_ASSERT_EQUAL("2024-02-29T23:59:59.999Z"s, formatTime(1709251200 * SECOND - 1));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(TimeTest, "Base");
