#include "TaskDaemon/Base/Exception.h"
#include <cerrno>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class ExceptionTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(ExceptionTest);
	CPPUNIT_TEST(testExitCodes);
	CPPUNIT_TEST(testSystemException);
	CPPUNIT_TEST(testThrowErrno);
	CPPUNIT_TEST(testValidationException);
	CPPUNIT_TEST_SUITE_END();

public:
	void testExitCodes()
	{
		CPPUNIT_ASSERT_EQUAL(70, Exception("x").exitCode());
		CPPUNIT_ASSERT_EQUAL(78, Exception("x", EXIT_CONFIG).exitCode());
		CPPUNIT_ASSERT_EQUAL(64, UsageException("x").exitCode());
		CPPUNIT_ASSERT_EQUAL(64, ValidationException("f", "x").exitCode());
		CPPUNIT_ASSERT_EQUAL(1, NotFoundException("x").exitCode());
		CPPUNIT_ASSERT_EQUAL(1, ConflictException("x").exitCode());
		CPPUNIT_ASSERT_EQUAL(78, ConfigurationException("x").exitCode());
		CPPUNIT_ASSERT_EQUAL(69, UnavailableException("x").exitCode());
		CPPUNIT_ASSERT_EQUAL(75, BusyException("x").exitCode());
		CPPUNIT_ASSERT_EQUAL(70, ProtocolException("x").exitCode());
	}

	void testSystemException()
	{
		const SystemException missing("cannot open '/x'", ENOENT);
		CPPUNIT_ASSERT_EQUAL("cannot open '/x': No such file or directory"s, std::string(missing.what()));
		CPPUNIT_ASSERT_EQUAL(ENOENT, missing.error());
		CPPUNIT_ASSERT_EQUAL(70, missing.exitCode());
		for (const int forbidden : {EACCES, EPERM, EROFS}) CPPUNIT_ASSERT_EQUAL(77, SystemException("x", forbidden).exitCode());
	}

	void testThrowErrno()
	{
		try
		{
			errno = EAGAIN;
			throwErrno("cannot fork");
		}
		catch (const SystemException& exception)
		{
			CPPUNIT_ASSERT_EQUAL("cannot fork: Resource temporarily unavailable"s, std::string(exception.what()));
			CPPUNIT_ASSERT_EQUAL(EAGAIN, exception.error());
		}
	}

	void testValidationException()
	{
		const ValidationException exception("env.PATH", "must be a string");
		CPPUNIT_ASSERT_EQUAL("env.PATH: must be a string"s, std::string(exception.what()));
		CPPUNIT_ASSERT_EQUAL("env.PATH"s, exception.field());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ExceptionTest, "Base");
