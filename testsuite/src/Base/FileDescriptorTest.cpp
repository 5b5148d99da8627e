#include "TaskDaemon/Base/FileDescriptor.h"
#include "ChildProcess.h"
#include "TemporaryFolder.h"
#include <sys/stat.h>
#include <thread>


using namespace TaskDaemon;
using namespace std::string_literals;


class FileDescriptorTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(FileDescriptorTest);
	CPPUNIT_TEST(testOwnership);
	CPPUNIT_TEST(testMove);
	CPPUNIT_TEST(testOpenFile);
	CPPUNIT_TEST(testWriteAll);
	CPPUNIT_TEST(testReadFile);
	CPPUNIT_TEST(testReadFileRefuses);
	CPPUNIT_TEST_SUITE_END();

	static bool isOpen(int fd)
	{
		return ::fcntl(fd, F_GETFD) >= 0;
	}

	TemporaryFolder _folder;

public:
	void testOwnership()
	{
		const FileDescriptor none;
		CPPUNIT_ASSERT(!none);
		CPPUNIT_ASSERT_EQUAL(-1, none.get());

		int first = -1;
		int second = -1;
		{
			FileDescriptor fd = openFile("/dev/null", O_RDONLY);
			CPPUNIT_ASSERT(fd);
			first = fd.get();
			second = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
			fd.reset(second);
			CPPUNIT_ASSERT(!isOpen(first));
			CPPUNIT_ASSERT(isOpen(second));
		}
		CPPUNIT_ASSERT(!isOpen(second));

		FileDescriptor given = openFile("/dev/null", O_RDONLY);
		const FileDescriptor taken(given.release());
		CPPUNIT_ASSERT(!given);
		given.reset();
		CPPUNIT_ASSERT(isOpen(taken.get()));
	}

	void testMove()
	{
		const std::size_t before = openDescriptors();
		{
			FileDescriptor a = openFile("/dev/null", O_RDONLY);
			FileDescriptor b(std::move(a));
			CPPUNIT_ASSERT(!a); // what is left is the point
			FileDescriptor c = openFile("/dev/null", O_RDONLY);
			const int old = c.get();
			c = std::move(b);
			CPPUNIT_ASSERT(!isOpen(old));
			FileDescriptor& same = c;
			c = std::move(same);
			CPPUNIT_ASSERT(isOpen(c.get()));
		}
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
	}

	void testOpenFile()
	{
		const FileDescriptor fd = openFile(_folder.path("f"), O_WRONLY | O_CREAT, 0640);
		CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(fd.get(), F_GETFD));
		struct stat info = {};
		CPPUNIT_ASSERT_EQUAL(0, ::fstat(fd.get(), &info));
		CPPUNIT_ASSERT_EQUAL(0U, info.st_mode & 0137U);
		const std::string missing = _folder.path("none/f");
		CPPUNIT_ASSERT_EQUAL(
			"cannot open '" + missing + "': No such file or directory", messageOf<SystemException>([&] { openFile(missing, O_RDONLY); }));
	}

	void testWriteAll()
	{
		// More than a pipe holds: the write comes back short, or interrupted, again and again.
		const std::string sent(1000 * 1000, 'x');
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		std::thread writer(
			[&sent, out = writing.get()]
			{
				writeAll(out, sent.data(), sent.size(), "x");
				::close(out);
			});
		writing.release();
		const std::string received = readUntilEnd(reading.get());
		writer.join();
		CPPUNIT_ASSERT(sent == received);

		const FileDescriptor full = openFile("/dev/full", O_WRONLY);
		CPPUNIT_ASSERT_EQUAL(
			"cannot write the log: No space left on device"s, messageOf<SystemException>([&] { writeAll(full.get(), "x", 1, "the log"); }));
	}

	void testReadFile()
	{
		const std::string content = "a\0b\n"s + std::string(100 * 1000, 'x');
		CPPUNIT_ASSERT(content == readFile(_folder.write("f", content), content.size()));
		CPPUNIT_ASSERT_EQUAL(""s, readFile(_folder.write("empty", ""), 0));
		// Of a file whose size the kernel does not tell.
		CPPUNIT_ASSERT(!readFile("/proc/self/status", 65536).empty());
	}

	void testReadFileRefuses()
	{
		const std::string path = _folder.write("f", "12345");
		CPPUNIT_ASSERT_EQUAL("cannot read '" + path + "': larger than 4 bytes", messageOf<Exception>([&] { readFile(path, 4); }));
		CPPUNIT_ASSERT_EQUAL(
			"cannot read '" + _folder.path() + "': not a regular file", messageOf<Exception>([&] { readFile(_folder.path(), 4); }));
		const std::string fifo = _folder.path("fifo");
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(fifo.c_str(), 0600));
		CPPUNIT_ASSERT_EQUAL("cannot read '" + fifo + "': not a regular file", messageOf<Exception>([&] { readFile(fifo, 4); }));
		const std::string none = _folder.path("none");
		CPPUNIT_ASSERT_EQUAL(
			"cannot open '" + none + "': No such file or directory", messageOf<SystemException>([&] { readFile(none, 4); }));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(FileDescriptorTest, "Base");
