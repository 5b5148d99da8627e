#include "TaskDaemon/Base/Wire.h"
#include "TaskDaemon/Base/Exception.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <functional>


using namespace TaskDaemon;
using namespace std::string_literals;


class WireTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(WireTest);
	CPPUNIT_TEST(testRoundTrip);
	CPPUNIT_TEST(testForm);
	CPPUNIT_TEST(testTake);
	CPPUNIT_TEST(testBounds);
	CPPUNIT_TEST(testHostileLengths);
	CPPUNIT_TEST_SUITE_END();

	static std::string refusal(const std::string& data, const std::function<void(WireReader&)>& read)
	{
		WireReader reader(data);
		try
		{
			read(reader);
			return "accepted";
		}
		catch (const ProtocolException& exception)
		{
			return exception.what();
		}
	}

public:
	void testRoundTrip()
	{
		const std::vector<std::string> words{"", "a\0b"s, std::string(100000, 'x'), "\xFF"};
		WireWriter writer;
		writer.u8(255);
		writer.u32(UINT32_MAX);
		writer.u64(UINT64_MAX);
		writer.i64(INT64_MIN);
		writer.bytes("\0\xFF"s);
		writer.list(words);
		writer.list({});
		WireReader reader(writer.data());
		CPPUNIT_ASSERT_EQUAL(255, int(reader.u8()));
		CPPUNIT_ASSERT_EQUAL(UINT32_MAX, reader.u32());
		CPPUNIT_ASSERT_EQUAL(UINT64_MAX, reader.u64());
		CPPUNIT_ASSERT_EQUAL(INT64_MIN, reader.i64());
		CPPUNIT_ASSERT_EQUAL("\0\xFF"s, std::string(reader.bytes()));
		CPPUNIT_ASSERT(words == reader.list());
		CPPUNIT_ASSERT(!reader.atEnd());
		CPPUNIT_ASSERT(reader.list().empty());
		CPPUNIT_ASSERT(reader.atEnd());
		reader.expectEnd();
	}

	void testForm()
	{
		WireWriter writer;
		writer.u8(1);
		writer.u32(0x05040302);
		writer.u64(0x0D0C0B0A09080706);
		writer.i64(-2);
		writer.bytes("ab");
		CPPUNIT_ASSERT_EQUAL("\1\2\3\4\5\6\7\x8\x9\xA\xB\xC\xD\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\2\0\0\0ab"s, writer.data());
	}

	void testTake()
	{
		WireWriter writer;
		writer.u8(1);
		CPPUNIT_ASSERT_EQUAL("\1"s, writer.take());
		CPPUNIT_ASSERT_EQUAL(""s, writer.data());
	}

	void testBounds()
	{
		CPPUNIT_ASSERT_EQUAL("message ends early: 1 bytes wanted, 0 left"s, refusal("", [](WireReader& in) { in.u8(); }));
		CPPUNIT_ASSERT_EQUAL("message ends early: 4 bytes wanted, 3 left"s, refusal("abc", [](WireReader& in) { in.u32(); }));
		CPPUNIT_ASSERT_EQUAL("message ends early: 8 bytes wanted, 7 left"s, refusal("abcdefg", [](WireReader& in) { in.u64(); }));
		CPPUNIT_ASSERT_EQUAL("message ends early: 8 bytes wanted, 7 left"s, refusal("abcdefg", [](WireReader& in) { in.i64(); }));
		CPPUNIT_ASSERT_EQUAL("message ends early: 2 bytes wanted, 1 left"s, refusal("\2\0\0\0a"s, [](WireReader& in) { in.bytes(); }));
		CPPUNIT_ASSERT_EQUAL(
			"message ends early: 2 bytes wanted, 1 left"s, refusal("\1\0\0\0\2\0\0\0a"s, [](WireReader& in) { in.list(); }));
		CPPUNIT_ASSERT_EQUAL("1 bytes after the end of the message"s, refusal("a", [](WireReader& in) { in.expectEnd(); }));
	}

	void testHostileLengths()
	{
		CPPUNIT_ASSERT_EQUAL(
			"message ends early: 4294967295 bytes wanted, 0 left"s, refusal("\xFF\xFF\xFF\xFF", [](WireReader& in) { in.bytes(); }));
		CPPUNIT_ASSERT_EQUAL(
			"list of 4294967295 values in 4 bytes"s, refusal("\xFF\xFF\xFF\xFF\0\0\0\0"s, [](WireReader& in) { in.list(); }));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(WireTest, "Base");
