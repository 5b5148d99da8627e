#include "Daemon/LogChannel.h"
#include "TaskDaemon/Base/Exception.h"
#include <Poco/Logger.h>
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <poll.h>
#include <regex>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>


using Poco::AutoPtr;
using Poco::Logger;
using Poco::Message;
using namespace TaskDaemon;
using namespace std::string_literals;


namespace {


bool enterMountNamespace()
/// An ordinary user becomes root of a user namespace for it (user_namespaces(7)), where the system allows that.
{
	const uid_t uid = ::geteuid();
	if (uid == 0) return ::unshare(CLONE_NEWNS) == 0;
	const std::string map = "0 " + std::to_string(uid) + " 1";
	const std::string groupMap = "0 " + std::to_string(::getegid()) + " 1";
	if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || ::access("/proc/self/uid_map", W_OK) != 0) return false;
	for (const auto& [file, text] :
		{std::pair("/proc/self/uid_map", map), {"/proc/self/setgroups", "deny"}, {"/proc/self/gid_map", groupMap}})
	{
		writeAll(openFile(file, O_WRONLY).get(), text.data(), text.size(), file);
	}
	return true;
}


int inChild(const std::function<int()>& work)
/// The exit status of a forked child that did the work.
{
	const pid_t pid = ::fork();
	if (pid == 0)
	{
		int status = 99;
		try
		{
			status = work();
		}
		catch (const std::exception& exc)
		{
			::dprintf(STDERR_FILENO, "%s\n", exc.what());
		}
		::_exit(status);
	}
	int status = 0;
	::waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 100;
}


} // namespace


class LogDatagramTest: public CppUnit::TestFixture
/// LogChannel's targets that are sockets of the system: what arrives there.
{
	CPPUNIT_TEST_SUITE(LogDatagramTest);
	CPPUNIT_TEST(testJournal);
	CPPUNIT_TEST(testSyslog);
	CPPUNIT_TEST_SUITE_END();

	AutoPtr<LogChannel> _channel;

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

	static std::string receivedDatagram(const std::string& path, LogTarget target)
	/// What arrives at the socket when a line is logged, in a mount namespace of its own where nothing else listens. Empty where
	/// the system does not allow one.
	{
		int ends[2];
		CPPUNIT_ASSERT_EQUAL(0, ::pipe2(ends, O_CLOEXEC));
		const FileDescriptor readEnd(ends[0]);
		FileDescriptor writeEnd(ends[1]);
		const int status = inChild(
			[&]
			{
				if (!enterMountNamespace()) return 1;
				if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 1;
				const std::string top = path.substr(0, path.find('/', 1));
				if (::mount("tmpfs", top.c_str(), "tmpfs", 0, nullptr) != 0) return 1;
				std::filesystem::create_directories(std::filesystem::path(path).parent_path());
				const FileDescriptor receiver(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
				sockaddr_un address{AF_UNIX, {}};
				path.copy(address.sun_path, sizeof address.sun_path - 1);
				if (::bind(receiver.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 2;
				AutoPtr<LogChannel> channel = LogChannel::install();
				Settings settings;
				settings.logTarget = target;
				channel->configure(settings);
				Logger::get("supervisor").warning("two\nlines");
				pollfd ready{receiver.get(), POLLIN, 0};
				if (::poll(&ready, 1, 10000) != 1) return 3;
				char buffer[4096];
				const ssize_t size = ::recv(receiver.get(), buffer, sizeof buffer, 0);
				writeAll(writeEnd.get(), buffer, static_cast<std::size_t>(size), "the result");
				return 0;
			});
		writeEnd.reset();
		if (status == 1) return {};
		CPPUNIT_ASSERT_EQUAL(0, status);
		char buffer[4096];
		const ssize_t size = ::read(readEnd.get(), buffer, sizeof buffer);
		return {buffer, static_cast<std::size_t>(size)};
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

	void testJournal()
	{
		if (!std::filesystem::exists("/run/systemd/journal/socket"))
		{
			Settings settings;
			settings.logTarget = LogTarget::JOURNAL;
			expectFailure(
				settings, "cannot log to the journal: '/run/systemd/journal/socket': No such file or directory; set log.target to file");
		}
		const std::string datagram = receivedDatagram("/run/systemd/journal/socket", LogTarget::JOURNAL);
		if (datagram.empty()) return;
		CPPUNIT_ASSERT_EQUAL("MESSAGE=two\\nlines\nPRIORITY=4\nSYSLOG_IDENTIFIER=taskdaemon\nTASKDAEMON_COMPONENT=supervisor\n"s, datagram);
	}

	void testSyslog()
	{
		if (!std::filesystem::exists("/dev/log"))
		{
			Settings settings;
			settings.logTarget = LogTarget::SYSLOG;
			expectFailure(settings, "cannot log to syslog: '/dev/log': No such file or directory; set log.target to file");
		}
		const std::string datagram = receivedDatagram("/dev/log", LogTarget::SYSLOG);
		if (datagram.empty()) return;
		const std::regex form("<28>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d taskdaemon\\[\\d+\\]: supervisor: two\\\\nlines");
		CPPUNIT_ASSERT_MESSAGE(datagram, std::regex_match(datagram, form));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(LogDatagramTest, "Daemon");
