#include "Daemon/Folders.h"
#include "ChildProcess.h"
#include "TemporaryFolder.h"
#include <sys/stat.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class FoldersTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(FoldersTest);
	CPPUNIT_TEST(testParentFolder);
	CPPUNIT_TEST(testMakeFolders);
	CPPUNIT_TEST(testExisting);
	CPPUNIT_TEST(testFailures);
	CPPUNIT_TEST(testRace);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	unsigned modeOf(const std::string& name) const
	{
		struct stat info = {};
		CPPUNIT_ASSERT_EQUAL_MESSAGE(name, 0, ::stat(_folder.path(name).c_str(), &info));
		return info.st_mode & 07777U;
	}

public:
	void testParentFolder()
	{
		CPPUNIT_ASSERT_EQUAL("/run/taskdaemon"s, parentFolder("/run/taskdaemon/x.pid"));
		CPPUNIT_ASSERT_EQUAL("/run"s, parentFolder("/run/x.pid"));
		CPPUNIT_ASSERT_EQUAL("/"s, parentFolder("/x.pid"));
		CPPUNIT_ASSERT_EQUAL("/"s, parentFolder("/"));
	}

	void testMakeFolders()
	{
		const mode_t before = ::umask(0);
		makeFolders(_folder.path("a/b/c"), 0750);
		makeFolders(_folder.path("d//e/"), 0755);
		::umask(before);
		for (const char* name : {"a", "a/b", "a/b/c"}) CPPUNIT_ASSERT_EQUAL(0750U, modeOf(name));
		CPPUNIT_ASSERT_EQUAL(0755U, modeOf("d/e"));
	}

	void testExisting()
	{
		CPPUNIT_ASSERT_EQUAL(0, ::mkdir(_folder.path("a").c_str(), 0700));
		makeFolders(_folder.path("a"), 0755);
		CPPUNIT_ASSERT_EQUAL_MESSAGE("the administrator's mode stays", 0700U, modeOf("a"));
		std::filesystem::create_directory_symlink(_folder.path("a"), _folder.path("link"));
		makeFolders(_folder.path("link"), 0755);
		makeFolders(_folder.path("link/b"), 0755);
		CPPUNIT_ASSERT(std::filesystem::is_directory(_folder.path("a/b")));
		makeFolders("/", 0755);
	}

	void testFailures()
	{
		const std::string file = _folder.write("file", "");
		CPPUNIT_ASSERT_EQUAL(
			"cannot create the folder '" + file + "': File exists", messageOf<SystemException>([&] { makeFolders(file, 0755); }));
		CPPUNIT_ASSERT_EQUAL("cannot create the folder '" + file + "/a': Not a directory",
			messageOf<SystemException>([&] { makeFolders(file + "/a", 0755); }));
		std::filesystem::create_directory_symlink(_folder.path("nowhere"), _folder.path("link"));
		CPPUNIT_ASSERT_EQUAL("cannot create the folder '" + _folder.path("link") + "': File exists",
			messageOf<SystemException>([&] { makeFolders(_folder.path("link"), 0755); }));
		// /proc refuses everybody, root too; the name is that of the one that could not be made.
		CPPUNIT_ASSERT_EQUAL("cannot create the folder '/proc/nope': No such file or directory"s,
			messageOf<SystemException>([] { makeFolders("/proc/nope/a/b", 0755); }));
	}

	void testRace()
	{
		const std::string deep = _folder.path("a/b/c/d/e/f/g/h");
		ChildProcess other(
			[&]
			{
				for (int i = 0; i < 200; ++i) makeFolders(deep + std::to_string(i) + "/x/y", 0700);
				return 0;
			});
		for (int i = 0; i < 200; ++i) makeFolders(deep + std::to_string(i) + "/x/y", 0700);
		CPPUNIT_ASSERT_EQUAL(0, other.exitCode());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(FoldersTest, "Daemon");
