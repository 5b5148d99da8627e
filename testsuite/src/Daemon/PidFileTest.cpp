#include "Daemon/PidFile.h"
#include "ChildProcess.h"
#include "TemporaryFolder.h"
#include <sys/file.h>
#include <sys/stat.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class PidFileTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(PidFileTest);
	CPPUNIT_TEST(testWriteAndRelease);
	CPPUNIT_TEST(testSecondHolder);
	CPPUNIT_TEST(testStaleContent);
	CPPUNIT_TEST(testNotPlain);
	CPPUNIT_TEST(testForeignOwner);
	CPPUNIT_TEST(testForbidden);
	CPPUNIT_TEST(testForkedChildRemovesNothing);
	CPPUNIT_TEST(testLockPassesOn);
	CPPUNIT_TEST(testCloseInChild);
	CPPUNIT_TEST(testReplacedFileStays);
	CPPUNIT_TEST(testRaceOfStarters);
	CPPUNIT_TEST(testRaceWithRelease);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;
	std::string _path = _folder.path("run/x.pid");

	bool exists() const
	{
		return std::filesystem::exists(std::filesystem::symlink_status(_path));
	}

	std::string content() const
	{
		return _folder.read("run/x.pid");
	}

	std::string busyMessage(const std::string& pid) const
	{
		return "already running with PID " + pid + " (PID file '" + _path + "')";
	}

	std::string refusal(int exitCode) const
	{
		try
		{
			const PidFile file(_path);
		}
		catch (const Exception& exception)
		{
			CPPUNIT_ASSERT_EQUAL(exitCode, exception.exitCode());
			return exception.what();
		}
		return "accepted";
	}

public:
	void testWriteAndRelease()
	{
		const mode_t before = ::umask(022);
		const std::size_t open = openDescriptors();
		{
			PidFile file(_path);
			struct stat info = {};
			CPPUNIT_ASSERT_EQUAL(0, ::stat(_path.c_str(), &info));
			CPPUNIT_ASSERT_EQUAL(0644U, info.st_mode & 07777U);
			CPPUNIT_ASSERT_EQUAL(""s, content());
			file.write();
			CPPUNIT_ASSERT_EQUAL(std::to_string(::getpid()) + "\n", content());
			file.release();
			CPPUNIT_ASSERT(!exists());
			file.release();
		}
		{
			PidFile file(_path);
			file.write();
		}
		::umask(before);
		CPPUNIT_ASSERT(!exists());
		CPPUNIT_ASSERT_EQUAL(open, openDescriptors());
	}

	void testSecondHolder()
	{
		PidFile first(_path);
		CPPUNIT_ASSERT_EQUAL(busyMessage("unknown"), refusal(EXIT_TEMPFAIL));
		first.write();
		inChild([this] { CPPUNIT_ASSERT_EQUAL(busyMessage(std::to_string(::getppid())), refusal(EXIT_TEMPFAIL)); });
		CPPUNIT_ASSERT_EQUAL_MESSAGE("refused starters change nothing", std::to_string(::getpid()) + "\n", content());
	}

	void testStaleContent()
	{
		for (const std::string left : {"1\n", "99999999999999999999999999999999999999999999\n", "nonsense", "", "\0\xFF"})
		{
			std::filesystem::create_directory(_folder.path("run"));
			_folder.write("run/x.pid", left);
			PidFile file(_path);
			CPPUNIT_ASSERT_EQUAL_MESSAGE("not emptied before it is ours to write", left, content());
			file.write();
			CPPUNIT_ASSERT_EQUAL(std::to_string(::getpid()) + "\n", content());
		}
	}

	void testNotPlain()
	{
		std::filesystem::create_directory(_folder.path("run"));
		const std::string target = _folder.write("target", "precious");
		std::filesystem::create_symlink(target, _path);
		CPPUNIT_ASSERT_EQUAL("cannot use the PID file '" + _path + "': it is a symbolic link; remove it", refusal(EXIT_NOPERM));
		std::filesystem::remove(_path);
		std::filesystem::create_symlink(_folder.path("nowhere"), _path);
		CPPUNIT_ASSERT_EQUAL("cannot use the PID file '" + _path + "': it is a symbolic link; remove it", refusal(EXIT_NOPERM));
		CPPUNIT_ASSERT(!std::filesystem::exists(_folder.path("nowhere")));
		std::filesystem::remove(_path);

		const std::string notPlain = "cannot use the PID file '" + _path + "': it is not a plain file with one name; remove it";
		std::filesystem::create_hard_link(target, _path);
		CPPUNIT_ASSERT_EQUAL(notPlain, refusal(EXIT_NOPERM));
		CPPUNIT_ASSERT_EQUAL("precious"s, _folder.read("target"));
		std::filesystem::remove(_path);
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(_path.c_str(), 0600));
		CPPUNIT_ASSERT_EQUAL(notPlain, refusal(EXIT_NOPERM));
		CPPUNIT_ASSERT_MESSAGE("what was refused is not removed", exists());
		std::filesystem::remove(_path);
		std::filesystem::create_directory(_path);
		CPPUNIT_ASSERT_EQUAL("cannot open the PID file '" + _path + "' (daemon.pidFile): Is a directory", refusal(EXIT_SOFTWARE));
	}

	void testForeignOwner()
	{
		if (::geteuid() != 0) return;
		std::filesystem::create_directory(_folder.path("run"));
		_folder.write("run/x.pid", "1\n");
		CPPUNIT_ASSERT_EQUAL(0, ::chown(_path.c_str(), 65534, 65534));
		CPPUNIT_ASSERT_EQUAL("cannot use the PID file '" + _path + "': it belongs to user 65534; remove it", refusal(EXIT_NOPERM));
		CPPUNIT_ASSERT_EQUAL("1\n"s, content());
	}

	void testForbidden()
	{
		inChild(
			[this]
			{
				std::filesystem::permissions(_folder.path(), std::filesystem::perms(0555));
				if (::geteuid() == 0) CPPUNIT_ASSERT_EQUAL(0, ::setresuid(65534, 65534, 65534));
				CPPUNIT_ASSERT_EQUAL("cannot create the folder '" + _folder.path("run") + "': Permission denied", refusal(EXIT_NOPERM));
			});
		std::filesystem::permissions(_folder.path(), std::filesystem::perms(0700));
	}

	void testForkedChildRemovesNothing()
	{
		PidFile file(_path);
		file.write();
		ChildProcess child(
			[&file]
			{
				file.release();
				file.~PidFile(); // as an exception that leaves the child's frames would
				return 0;
			});
		CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
		CPPUNIT_ASSERT_EQUAL(std::to_string(::getpid()) + "\n", content());
		CPPUNIT_ASSERT_EQUAL(busyMessage(std::to_string(::getpid())), refusal(EXIT_TEMPFAIL));
	}

	void testLockPassesOn()
	/// As in daemonizing: the launcher locks, the daemon writes and removes.
	{
		FileDescriptor goReading, goWriting;
		std::tie(goReading, goWriting) = makePipe();
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		pid_t daemon = 0;
		{
			auto file = std::make_unique<PidFile>(_path);
			ChildProcess child(
				[&, go = goReading.get(), out = writing.get()]
				{
					goWriting.reset();
					file->write();
					writeAll(out, "\n", 1, "a pipe");
					readUntilEnd(go);
					file.reset();
					return exists() ? 1 : 0;
				});
			daemon = child.pid();
			readLine(reading.get());
			file->closeInChild(); // the launcher's share, as when it ends
			CPPUNIT_ASSERT_EQUAL(busyMessage(std::to_string(daemon)), refusal(EXIT_TEMPFAIL));
			file.reset();
			CPPUNIT_ASSERT(exists());
			goWriting.reset();
			CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
		}
		CPPUNIT_ASSERT(!exists());
	}

	void testCloseInChild()
	/// A service that outlives its supervisor for a moment must not keep the lock.
	{
		FileDescriptor reading, writing;
		std::tie(reading, writing) = makePipe();
		FileDescriptor readyReading, readyWriting;
		std::tie(readyReading, readyWriting) = makePipe();
		auto file = std::make_unique<PidFile>(_path);
		ChildProcess child(
			[&, in = reading.get(), out = readyWriting.get()]
			{
				writing.reset();
				file->closeInChild();
				writeAll(out, "\n", 1, "a pipe");
				readUntilEnd(in);
				return 0;
			});
		readLine(readyReading.get());
		file.reset();
		const PidFile next(_path);
		writing.reset();
		CPPUNIT_ASSERT_EQUAL(0, child.exitCode());
	}

	void testReplacedFileStays()
	/// Somebody removed the file of a live daemon and started a second: the first one's end must not take the second one's file.
	{
		auto first = std::make_unique<PidFile>(_path);
		first->write();
		std::filesystem::remove(_path);
		PidFile second(_path);
		second.write();
		first.reset();
		CPPUNIT_ASSERT_EQUAL(std::to_string(::getpid()) + "\n", content());
		inChild([this] { CPPUNIT_ASSERT_EQUAL(busyMessage(std::to_string(::getppid())), refusal(EXIT_TEMPFAIL)); });
	}

	void testRaceOfStarters()
	/// Two at once, two hundred times, on what a crash left and on nothing: one wins at least, and when both do, it was one after the other.
	{
		for (int round = 0; round < 200; ++round)
		{
			if (round % 2 == 1) _folder.write("run/x.pid", "4711\n");
			FileDescriptor go, start;
			std::tie(go, start) = makePipe();
			FileDescriptor reading, writing;
			std::tie(reading, writing) = makePipe();
			const auto starter = [&, in = go.get(), out = writing.get()]
			{
				start.reset();
				readUntilEnd(in);
				try
				{
					PidFile file(_path);
					file.write();
					writeAll(out, "+", 1, "a pipe");
					const bool ours = content() == std::to_string(::getpid()) + "\n";
					writeAll(out, "-", 1, "a pipe");
					return ours ? 0 : 1;
				}
				catch (const BusyException&)
				{
					return 75;
				}
			};
			ChildProcess a(starter);
			ChildProcess b(starter);
			start.reset();
			writing.reset();
			const std::string holds = readUntilEnd(reading.get());
			const int codes[] = {a.exitCode(), b.exitCode()};
			for (const int code : codes) CPPUNIT_ASSERT_MESSAGE(std::to_string(code), code == 0 || code == 75);
			CPPUNIT_ASSERT_MESSAGE(holds, holds == "+-" || holds == "+-+-");
			CPPUNIT_ASSERT(!exists());
		}
	}

	void testRaceWithRelease()
	/// A starter that meets a daemon just leaving gets the lock of the file at the path or is told that it is busy, never the lock of a removed one.
	{
		const auto loop = [this]
		{
			for (int i = 0; i < 2000; ++i)
			{
				try
				{
					PidFile file(_path);
					file.write();
					if (content() != std::to_string(::getpid()) + "\n") return 1;
				}
				catch (const BusyException&)
				{} // the other one's turn
			}
			return 0;
		};
		ChildProcess a(loop);
		ChildProcess b(loop);
		CPPUNIT_ASSERT_EQUAL(0, a.exitCode());
		CPPUNIT_ASSERT_EQUAL(0, b.exitCode());
		CPPUNIT_ASSERT(!exists());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(PidFileTest, "Daemon");
