#include "TaskDaemon/Base/FileLock.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>


using namespace TaskDaemon;


class FileLockTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(FileLockTest);
	CPPUNIT_TEST(testExclusive);
	CPPUNIT_TEST(testAskingTakesNothing);
	CPPUNIT_TEST(testReadOnly);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	FileDescriptor open(int flags)
	{
		return openFile(_folder.path("f"), flags | O_CREAT);
	}

public:
	void testExclusive()
	{
		FileDescriptor first = open(O_RDWR);
		const FileDescriptor second = open(O_RDWR);
		CPPUNIT_ASSERT(tryLockFile(first.get()));
		CPPUNIT_ASSERT(!tryLockFile(second.get()));
		CPPUNIT_ASSERT(isFileLocked(second.get()));
		CPPUNIT_ASSERT(!isFileLocked(first.get())); // its own lock is no other's
		first.reset();
		CPPUNIT_ASSERT(!isFileLocked(second.get()));
		CPPUNIT_ASSERT(tryLockFile(second.get()));
	}

	void testAskingTakesNothing()
	{
		const FileDescriptor asking = open(O_RDONLY);
		const FileDescriptor locking = open(O_RDWR);
		CPPUNIT_ASSERT(!isFileLocked(asking.get()));
		CPPUNIT_ASSERT(tryLockFile(locking.get()));
		CPPUNIT_ASSERT(isFileLocked(asking.get()));
	}

	void testReadOnly()
	{
		CPPUNIT_ASSERT_THROW(tryLockFile(open(O_RDONLY).get()), SystemException);
		CPPUNIT_ASSERT_THROW(isFileLocked(-1), SystemException);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(FileLockTest, "Base");
