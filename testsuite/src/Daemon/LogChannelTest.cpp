#include "Daemon/LogChannel.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include "TemporaryFolder.h"
#include <Poco/Logger.h>
#include <atomic>
#include <cerrno>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <csignal>
#include <fcntl.h>
#include <regex>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>


using Poco::AutoPtr;
using Poco::Logger;
using Poco::Message;
using namespace TaskDaemon;
using namespace std::string_literals;


namespace {


Settings fileSettings(const std::string& path, LogLevel level = LogLevel::INFORMATION)
{
	Settings settings;
	settings.logTarget = LogTarget::FILE;
	settings.logFile = path;
	settings.logLevel = level;
	return settings;
}


std::vector<std::string> linesOf(const std::string& text)
{
	std::vector<std::string> lines;
	std::istringstream stream(text);
	for (std::string line; std::getline(stream, line);) lines.push_back(line);
	return lines;
}


std::string withoutTime(const std::string& line)
{
	const std::string pattern = "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z ";
	return std::regex_replace(line, std::regex(pattern), "");
}


std::string pidText()
{
	return "[" + std::to_string(::getpid()) + "] ";
}


class FileSizeLimit
/// Makes writes beyond a size fail as on a full disk, until the object goes (setrlimit(2)).
{
public:
	explicit FileSizeLimit(rlim_t size): _handler(std::signal(SIGXFSZ, SIG_IGN))
	{
		::getrlimit(RLIMIT_FSIZE, &_before);
		const rlimit limit{size, _before.rlim_max};
		CPPUNIT_ASSERT_EQUAL(0, ::setrlimit(RLIMIT_FSIZE, &limit));
	}

	~FileSizeLimit()
	{
		::setrlimit(RLIMIT_FSIZE, &_before);
		std::signal(SIGXFSZ, _handler);
	}

	FileSizeLimit(const FileSizeLimit&) = delete;
	FileSizeLimit& operator=(const FileSizeLimit&) = delete;

private:
	void (*_handler)(int);
	rlimit _before{};
};


class RedirectedStderr
/// Standard error goes to a file until the object goes.
{
public:
	explicit RedirectedStderr(const std::string& path): _before(::dup(STDERR_FILENO))
	{
		const FileDescriptor file = openFile(path, O_WRONLY | O_CREAT | O_APPEND);
		::dup2(file.get(), STDERR_FILENO);
	}

	~RedirectedStderr()
	{
		::dup2(_before.get(), STDERR_FILENO);
	}

	RedirectedStderr(const RedirectedStderr&) = delete;
	RedirectedStderr& operator=(const RedirectedStderr&) = delete;

private:
	FileDescriptor _before;
};


} // namespace


class LogChannelTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(LogChannelTest);
	CPPUNIT_TEST(testLine);
	CPPUNIT_TEST(testLevelWords);
	CPPUNIT_TEST(testForgedLines);
	CPPUNIT_TEST(testLevels);
	CPPUNIT_TEST(testStderrAtFirst);
	CPPUNIT_TEST(testFileAttributes);
	CPPUNIT_TEST(testReconfigure);
	CPPUNIT_TEST(testWrongTargets);
	CPPUNIT_TEST(testReopen);
	CPPUNIT_TEST(testReopenFails);
	CPPUNIT_TEST(testFullDisk);
	CPPUNIT_TEST(testTornLine);
	CPPUNIT_TEST(testFullStderr);
	CPPUNIT_TEST(testErrnoKept);
	CPPUNIT_TEST(testProcessesShareFile);
	CPPUNIT_TEST(testReloadWhileLogging);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;
	AutoPtr<LogChannel> _channel;

	std::string log() const
	{
		return _folder.read("log");
	}

	void expectFailure(const Settings& settings, const std::string& message)
	{
		try
		{
			_channel->configure(settings);
			CPPUNIT_FAIL("accepted: " + settings.logFile);
		}
		catch (const Exception& exc)
		{
			CPPUNIT_ASSERT_EQUAL(message, std::string(exc.what()));
		}
	}

public:
	void setUp() override
	{
		_channel = LogChannel::install();
	}

	void tearDown() override
	{
		Logger::setChannel("", nullptr);
		Logger::setLevel("", Message::PRIO_INFORMATION);
	}

	void testLine()
	{
		_channel->configure(fileSettings(_folder.path("log")));
		Message message("supervisor", LogLine("task started").field("task", 17).field("pid", 4711), Message::PRIO_INFORMATION);
		message.setTime(Poco::Timestamp(1795442706123456));
		_channel->log(message);
		CPPUNIT_ASSERT_EQUAL("2026-11-23T14:05:06.123Z INFO supervisor" + pidText() + "task started task=17 pid=4711\n", log());
	}

	void testLevelWords()
	{
		_channel->configure(fileSettings(_folder.path("log")));
		for (int level = Message::PRIO_FATAL; level <= Message::PRIO_TRACE; ++level)
		{
			_channel->log(Message("", "x", static_cast<Message::Priority>(level)));
		}
		std::string words;
		for (const std::string& line : linesOf(log())) words += withoutTime(line).substr(0, withoutTime(line).find('[')) + ",";
		CPPUNIT_ASSERT_EQUAL("FATAL taskdaemon,CRITICAL taskdaemon,ERROR taskdaemon,WARNING taskdaemon,NOTICE taskdaemon,INFO taskdaemon,"
							 "DEBUG taskdaemon,TRACE taskdaemon,"s,
			words);
	}

	void testForgedLines()
	{
		_channel->configure(fileSettings(_folder.path("log")));
		Logger::get("a\nb").information("x\n2026-01-01T00:00:00.000Z ERROR supervisor[1] forged\x1b[2J\xff");
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), linesOf(log()).size());
		CPPUNIT_ASSERT_EQUAL(
			"INFO a\\nb" + pidText() + "x\\n2026-01-01T00:00:00.000Z ERROR supervisor[1] forged\\x1b[2J\\xff\n", withoutTime(log()));
	}

	void testLevels()
	{
		Logger& early = Logger::get("early");
		const std::pair<LogLevel, std::string> cases[] = {
			{LogLevel::ERROR, "e"}, {LogLevel::WARNING, "ew"}, {LogLevel::INFORMATION, "ewi"}, {LogLevel::DEBUG, "ewid"}};
		for (const auto& [level, expected] : cases)
		{
			const std::string name = "log" + expected;
			_channel->configure(fileSettings(_folder.path(name), level));
			for (Logger* logger : {&early, &Logger::get("late" + expected)})
			{
				logger->error("e");
				logger->warning("w");
				logger->information("i");
				logger->debug("d");
			}
			std::string seen;
			for (const std::string& line : linesOf(_folder.read(name))) seen += line.back();
			CPPUNIT_ASSERT_EQUAL(expected + expected, seen);
		}
	}

	void testStderrAtFirst()
	{
		{
			const RedirectedStderr redirected(_folder.path("stderr"));
			Logger::get("start").information("no configuration yet");
			Logger::get("start").debug("not shown");
		}
		CPPUNIT_ASSERT_EQUAL("INFO start" + pidText() + "no configuration yet\n", withoutTime(_folder.read("stderr")));
	}

	void testFileAttributes()
	{
		const mode_t before = ::umask(0);
		_channel->configure(fileSettings(_folder.path("log")));
		::umask(before);
		struct stat info
		{
		};
		CPPUNIT_ASSERT_EQUAL(0, ::stat(_folder.path("log").c_str(), &info));
		CPPUNIT_ASSERT_EQUAL(mode_t(0640), info.st_mode & 07777);
		int found = 0;
		for (int fd = 3; fd < 256; ++fd)
		{
			struct stat open
			{
			};
			if (::fstat(fd, &open) != 0 || open.st_ino != info.st_ino || open.st_dev != info.st_dev) continue;
			++found;
			CPPUNIT_ASSERT(::fcntl(fd, F_GETFD) & FD_CLOEXEC);
			CPPUNIT_ASSERT(::fcntl(fd, F_GETFL) & O_APPEND);
		}
		CPPUNIT_ASSERT_EQUAL(1, found);
	}

	void testReconfigure()
	{
		Logger& logger = Logger::get("x");
		_folder.write("log", "older\n");
		_channel->configure(fileSettings(_folder.path("log")));
		logger.information("one");
		_channel->configure(fileSettings(_folder.path("other")));
		logger.information("two");
		{
			const RedirectedStderr redirected(_folder.path("stderr"));
			Settings settings;
			settings.logTarget = LogTarget::STDERR;
			_channel->configure(settings);
			logger.information("three");
		}
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), linesOf(log()).size());
		CPPUNIT_ASSERT_EQUAL("older"s, linesOf(log())[0]);
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "one", withoutTime(linesOf(log())[1]));
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "two\n", withoutTime(_folder.read("other")));
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "three\n", withoutTime(_folder.read("stderr")));
	}

	void testWrongTargets()
	{
		_channel->configure(fileSettings(_folder.path("log"), LogLevel::WARNING));
		const std::string missing = _folder.path("missing/log");
		const std::string link = _folder.path("link");
		const std::string pipe = _folder.path("pipe");
		std::filesystem::create_symlink(_folder.path("target"), link);
		CPPUNIT_ASSERT_EQUAL(0, ::mkfifo(pipe.c_str(), 0600));
		expectFailure(fileSettings(missing), "cannot open log file '" + missing + "': No such file or directory");
		expectFailure(fileSettings(_folder.path()), "cannot open log file '" + _folder.path() + "': Is a directory");
		expectFailure(fileSettings(link), "cannot open log file '" + link + "': it is a symbolic link; set log.file to where it points");
		expectFailure(fileSettings(pipe), "cannot open log file '" + pipe + "': not a regular file");
		expectFailure(fileSettings("/dev/null"), "cannot open log file '/dev/null': not a regular file");
		CPPUNIT_ASSERT(!std::filesystem::exists(_folder.path("target")));
		Logger::get("x").information("still below the level");
		Logger::get("x").warning("still here");
		CPPUNIT_ASSERT_EQUAL("WARNING x" + pidText() + "still here\n", withoutTime(log()));
	}

	void testReopen()
	{
		Logger& logger = Logger::get("x");
		_channel->configure(fileSettings(_folder.path("log")));
		logger.information("one");
		std::filesystem::rename(_folder.path("log"), _folder.path("log.1"));
		logger.information("two");
		_channel->reopen();
		logger.information("three");
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), linesOf(_folder.read("log.1")).size());
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "three\n", withoutTime(log()));
	}

	void testReopenFails()
	{
		std::filesystem::create_directory(_folder.path("logs"));
		_channel->configure(fileSettings(_folder.path("logs/log")));
		std::filesystem::rename(_folder.path("logs"), _folder.path("moved"));
		CPPUNIT_ASSERT_THROW(_channel->reopen(), SystemException);
		Logger::get("x").information("kept");
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "kept\n", withoutTime(_folder.read("moved/log")));
	}

	void testFullDisk()
	{
		Logger& logger = Logger::get("x");
		_channel->configure(fileSettings(_folder.path("log")));
		logger.information("before");
		{
			const FileSizeLimit limit(log().size());
			for (int i = 0; i < 5; ++i) logger.information("lost");
		}
		logger.information("after");
		logger.information("later");
		const std::vector<std::string> lines = linesOf(log());
		CPPUNIT_ASSERT_EQUAL(std::size_t(4), lines.size());
		CPPUNIT_ASSERT_EQUAL("WARNING log" + pidText() + "log lines were lost lines=5 reason=\"File too large\"", withoutTime(lines[1]));
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "after", withoutTime(lines[2]));
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "later", withoutTime(lines[3]));
	}

	void testTornLine()
	{
		Logger& logger = Logger::get("x");
		_channel->configure(fileSettings(_folder.path("log")));
		logger.information("before");
		{
			const FileSizeLimit limit(log().size() + 10);
			logger.information("torn");
			logger.information("lost");
		}
		logger.information("after");
		const std::vector<std::string> lines = linesOf(log());
		CPPUNIT_ASSERT_EQUAL(std::size_t(4), lines.size());
		CPPUNIT_ASSERT_EQUAL(std::size_t(10), lines[1].size());
		CPPUNIT_ASSERT_EQUAL(
			"WARNING log" + pidText() + "log lines were lost lines=2 reason=\"No space left on device\"", withoutTime(lines[2]));
		CPPUNIT_ASSERT_EQUAL("INFO x" + pidText() + "after", withoutTime(lines[3]));
	}

	void testFullStderr()
	{
		{
			const RedirectedStderr redirected("/dev/full");
			Logger::get("x").information("lost");
		}
		const RedirectedStderr redirected(_folder.path("stderr"));
		Logger::get("x").information("after");
		const std::vector<std::string> lines = linesOf(_folder.read("stderr"));
		CPPUNIT_ASSERT_EQUAL(std::size_t(2), lines.size());
		CPPUNIT_ASSERT_EQUAL(
			"WARNING log" + pidText() + "log lines were lost lines=1 reason=\"No space left on device\"", withoutTime(lines[0]));
	}

	void testErrnoKept()
	{
		const RedirectedStderr redirected("/dev/full");
		errno = EXDEV;
		Logger::get("x").information("lost");
		CPPUNIT_ASSERT_EQUAL(EXDEV, errno);
	}

	void testProcessesShareFile()
	{
		constexpr int PROCESSES = 4;
		constexpr int LINES = 500;
		_channel->configure(fileSettings(_folder.path("log")));
		const std::string text(300, 'x');
		std::vector<pid_t> children;
		for (int i = 0; i < PROCESSES; ++i)
		{
			const pid_t pid = ::fork();
			if (pid == 0)
			{
				if (i % 2 == 0) _channel->reopen(); // half of them with a description of their own, as the service has
				for (int line = 0; line < LINES; ++line) Logger::get("child").information(text);
				::_exit(0);
			}
			children.push_back(pid);
		}
		for (const pid_t pid : children)
		{
			int status = 0;
			CPPUNIT_ASSERT_EQUAL(pid, ::waitpid(pid, &status, 0));
			CPPUNIT_ASSERT_EQUAL(0, status);
		}
		const std::regex form("INFO child\\[\\d+\\] x{300}");
		const std::vector<std::string> lines = linesOf(log());
		CPPUNIT_ASSERT_EQUAL(std::size_t(PROCESSES * LINES), lines.size());
		for (const std::string& line : lines) CPPUNIT_ASSERT_MESSAGE(line, std::regex_match(withoutTime(line), form));
	}

	void testReloadWhileLogging()
	{
		constexpr int THREADS = 4;
		constexpr int LINES = 2000;
		_channel->configure(fileSettings(_folder.path("log0")));
		std::atomic<int> running{THREADS};
		std::vector<std::thread> threads;
		threads.reserve(THREADS);
		for (int i = 0; i < THREADS; ++i)
		{
			threads.emplace_back(
				[&running, i]
				{
					Logger& logger = Logger::get("thread" + std::to_string(i));
					for (int line = 0; line < LINES; ++line) logger.information("text");
					--running;
				});
		}
		for (int round = 0; running > 0; ++round)
		{
			_channel->configure(fileSettings(_folder.path("log" + std::to_string(round % 3)), LogLevel::DEBUG));
			std::error_code ignored;
			std::filesystem::rename(_folder.path("log0"), _folder.path("old" + std::to_string(round)), ignored);
			_channel->reopen();
		}
		for (std::thread& thread : threads) thread.join();
		std::size_t lines = 0;
		for (const auto& file : std::filesystem::directory_iterator(_folder.path()))
		{
			for (const std::string& line : linesOf(_folder.read(file.path().filename())))
				lines += line.substr(line.size() - 4) == "text" ? 1 : 0;
		}
		CPPUNIT_ASSERT_EQUAL(std::size_t(THREADS * LINES), lines);
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(LogChannelTest, "Daemon");
