#include "Daemon/ListeningSockets.h"
#include "ChildProcess.h"
#include "TemporaryFolder.h"
#include <arpa/inet.h>
#include <cstring>
#include <grp.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>


using namespace TaskDaemon;
using namespace std::string_literals;


class ListeningSocketsTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(ListeningSocketsTest);
	CPPUNIT_TEST(testHealth);
	CPPUNIT_TEST(testHealthFormats);
	CPPUNIT_TEST(testNoHealth);
	CPPUNIT_TEST(testPortInUse);
	CPPUNIT_TEST(testPortAfterConnections);
	CPPUNIT_TEST(testBadHost);
	CPPUNIT_TEST(testControl);
	CPPUNIT_TEST(testControlMode);
	CPPUNIT_TEST(testControlGroup);
	CPPUNIT_TEST(testLeftoverIsReplaced);
	CPPUNIT_TEST(testLiveIsRefused);
	CPPUNIT_TEST(testNoSocket);
	CPPUNIT_TEST(testPathTooLong);
	CPPUNIT_TEST(testOwner);
	CPPUNIT_TEST(testFailureLeavesNothing);
	CPPUNIT_TEST_SUITE_END();

	TemporaryFolder _folder;

	Settings settings(const std::string& host = "127.0.0.1", std::uint16_t port = 0) const
	{
		Settings settings;
		settings.healthHost = host;
		settings.healthPort = port;
		settings.controlSocket = _folder.path("run/control.sock");
		return settings;
	}

	static std::uint16_t portOf(const ListeningSockets& sockets)
	{
		const std::string& address = sockets.healthAddress();
		return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
	}

	static FileDescriptor connectTcp(std::uint16_t port)
	{
		FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
		sockaddr_in address = {};
		address.sin_family = AF_INET;
		address.sin_port = htons(port);
		address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		CPPUNIT_ASSERT_EQUAL(0, ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address));
		return fd;
	}

	static bool reaches(const std::string& path)
	{
		const FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
		sockaddr_un address = {};
		address.sun_family = AF_UNIX;
		std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
		return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
	}

	static unsigned modeOf(const std::string& path)
	{
		struct stat info = {};
		CPPUNIT_ASSERT_EQUAL(0, ::lstat(path.c_str(), &info));
		return info.st_mode & 07777U;
	}

	template <typename E>
	static std::string refusal(const Settings& settings, int exitCode)
	{
		try
		{
			const ListeningSockets sockets(settings);
		}
		catch (const E& exception)
		{
			CPPUNIT_ASSERT_EQUAL(exitCode, exception.exitCode());
			return exception.what();
		}
		return "accepted";
	}

public:
	void testHealth()
	{
		const ListeningSockets sockets(settings());
		CPPUNIT_ASSERT_EQUAL("127.0.0.1:"s, sockets.healthAddress().substr(0, 10));
		CPPUNIT_ASSERT(portOf(sockets) > 0);
		CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(sockets.health(), F_GETFD));
		const FileDescriptor client = connectTcp(portOf(sockets));
		const FileDescriptor accepted(::accept(sockets.health(), nullptr, nullptr));
		CPPUNIT_ASSERT(accepted);
	}

	void testHealthFormats()
	{
		CPPUNIT_ASSERT_EQUAL("0.0.0.0:"s, ListeningSockets(settings("0.0.0.0")).healthAddress().substr(0, 8));
		if (std::filesystem::exists("/proc/net/if_inet6"))
			CPPUNIT_ASSERT_EQUAL("[::1]:"s, ListeningSockets(settings("::1")).healthAddress().substr(0, 6));
	}

	void testNoHealth()
	{
		const ListeningSockets sockets(settings(""));
		CPPUNIT_ASSERT_EQUAL(-1, sockets.health());
		CPPUNIT_ASSERT_EQUAL(""s, sockets.healthAddress());
		CPPUNIT_ASSERT(sockets.control() >= 0);
	}

	void testPortInUse()
	{
		const ListeningSockets first(settings());
		Settings second = settings("127.0.0.1", portOf(first));
		second.controlSocket = _folder.path("other.sock");
		CPPUNIT_ASSERT_EQUAL(
			"health.address: cannot listen on " + first.healthAddress() +
				": Address already in use; stop what listens there, set another port, or leave health.address empty for none",
			refusal<BusyException>(second, EXIT_TEMPFAIL));
		CPPUNIT_ASSERT_MESSAGE("the ports come first", !std::filesystem::exists(second.controlSocket));
	}

	void testPortAfterConnections()
	/// The daemon closed first, so the connection stays in TIME_WAIT on its side: a restart gets the port all the same.
	{
		std::uint16_t port = 0;
		{
			const ListeningSockets sockets(settings());
			port = portOf(sockets);
			const FileDescriptor client = connectTcp(port);
			FileDescriptor accepted(::accept(sockets.health(), nullptr, nullptr));
			accepted.reset();
			char byte = 0;
			CPPUNIT_ASSERT_EQUAL(ssize_t(0), ::read(client.get(), &byte, 1));
		}
		const ListeningSockets again(settings("127.0.0.1", port));
		CPPUNIT_ASSERT_EQUAL(port, portOf(again));
	}

	void testBadHost()
	{
		const std::string message = refusal<ConfigurationException>(settings("256.1.1.1.invalid", 80), EXIT_CONFIG);
		CPPUNIT_ASSERT_EQUAL("health.address: cannot resolve '256.1.1.1.invalid:80': "s, message.substr(0, 55));
		// 192.0.2.0/24 is for documentation (RFC 5737): no host has it.
		CPPUNIT_ASSERT_EQUAL("health.address: cannot listen on 192.0.2.1:9786: Cannot assign requested address"s,
			refusal<SystemException>(settings("192.0.2.1", 9786), EXIT_SOFTWARE));
	}

	void testControl()
	{
		const std::size_t before = openDescriptors();
		const Settings given = settings("");
		{
			const ListeningSockets sockets(given);
			CPPUNIT_ASSERT(reaches(given.controlSocket));
			CPPUNIT_ASSERT_EQUAL(FD_CLOEXEC, ::fcntl(sockets.control(), F_GETFD));
		}
		CPPUNIT_ASSERT(!std::filesystem::exists(given.controlSocket));
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
	}

	void testControlMode()
	{
		for (const mode_t umask : {0077, 0000, 0777})
		{
			Settings given = settings("");
			std::filesystem::create_directory(_folder.path("run"));
			given.controlMode = 0660;
			const mode_t before = ::umask(umask);
			{
				const ListeningSockets sockets(given);
				CPPUNIT_ASSERT_EQUAL_MESSAGE("ours stays", umask, ::umask(before));
				CPPUNIT_ASSERT_EQUAL(0660U, modeOf(given.controlSocket));
			}
			given.controlMode = 0600;
			const ListeningSockets closed(given);
			CPPUNIT_ASSERT_EQUAL(0600U, modeOf(given.controlSocket));
		}
	}

	void testControlGroup()
	{
		Settings given = settings("");
		given.controlGroup = "no-such-group";
		CPPUNIT_ASSERT_EQUAL("control.group: there is no group 'no-such-group'"s, refusal<ConfigurationException>(given, EXIT_CONFIG));
		if (::geteuid() != 0) return;
		given.controlGroup = "daemon";
		const ListeningSockets sockets(given);
		struct stat info = {};
		CPPUNIT_ASSERT_EQUAL(0, ::stat(given.controlSocket.c_str(), &info));
		CPPUNIT_ASSERT_EQUAL(gid_t(1), info.st_gid); // Debian base-passwd
		CPPUNIT_ASSERT_EQUAL(0660U, modeOf(given.controlSocket));
	}

	void testLeftoverIsReplaced()
	{
		const Settings given = settings("");
		ChildProcess crashed(
			[&]
			{
				const ListeningSockets sockets(given);
				::_exit(0);
				return 0;
			});
		CPPUNIT_ASSERT_EQUAL(0, crashed.exitCode());
		CPPUNIT_ASSERT(std::filesystem::exists(given.controlSocket));
		CPPUNIT_ASSERT(!reaches(given.controlSocket));
		const ListeningSockets sockets(given);
		CPPUNIT_ASSERT(reaches(given.controlSocket));
	}

	void testLiveIsRefused()
	{
		const Settings given = settings("");
		const ListeningSockets first(given);
		const std::string message = "control.socket: another daemon listens at '" + given.controlSocket +
									"'; stop it or choose another path";
		CPPUNIT_ASSERT_EQUAL(message, refusal<BusyException>(given, EXIT_TEMPFAIL));
		CPPUNIT_ASSERT(reaches(given.controlSocket));
		// One that is too slow to accept is alive as well.
		CPPUNIT_ASSERT_EQUAL(0, ::listen(first.control(), 0));
		CPPUNIT_ASSERT_EQUAL(message, refusal<BusyException>(given, EXIT_TEMPFAIL));
		CPPUNIT_ASSERT(std::filesystem::exists(given.controlSocket));
	}

	void testNoSocket()
	{
		const Settings given = settings("");
		std::filesystem::create_directory(_folder.path("run"));
		_folder.write("run/control.sock", "precious");
		const std::string message = "control.socket: '" + given.controlSocket +
									"' exists and is no socket; remove it or choose another path";
		CPPUNIT_ASSERT_EQUAL(message, refusal<Exception>(given, EXIT_CONFIG));
		CPPUNIT_ASSERT_EQUAL("precious"s, _folder.read("run/control.sock"));
		std::filesystem::remove(given.controlSocket);
		std::filesystem::create_symlink("/nowhere", given.controlSocket);
		CPPUNIT_ASSERT_EQUAL(message, refusal<Exception>(given, EXIT_CONFIG));
	}

	void testPathTooLong()
	{
		Settings given = settings("");
		given.controlSocket = _folder.path("run/") + std::string(107 - _folder.path("run/").size(), 's');
		{
			const ListeningSockets longest(given);
			CPPUNIT_ASSERT(reaches(given.controlSocket));
		}
		given.controlSocket += 's';
		CPPUNIT_ASSERT_EQUAL("control.socket: '" + given.controlSocket +
								 "' is longer than the 107 bytes that a socket's path can have (unix(7)); choose a shorter one",
			refusal<ConfigurationException>(given, EXIT_CONFIG));
	}

	void testOwner()
	/// Made by the launcher, removed by the daemon, never by a service or by the launcher.
	{
		const Settings given = settings("");
		auto sockets = std::make_unique<ListeningSockets>(given);
		ChildProcess service(
			[&]
			{
				sockets.reset();
				return 0;
			});
		CPPUNIT_ASSERT_EQUAL(0, service.exitCode());
		CPPUNIT_ASSERT(reaches(given.controlSocket));
		ChildProcess daemon(
			[&]
			{
				sockets->own();
				sockets.reset();
				return 0;
			});
		CPPUNIT_ASSERT_EQUAL(0, daemon.exitCode());
		CPPUNIT_ASSERT(!std::filesystem::exists(given.controlSocket));
	}

	void testFailureLeavesNothing()
	/// What fails after the socket's file was made takes it away again.
	{
		const std::size_t before = openDescriptors();
		Settings given = settings();
		given.controlGroup = "no-such-group";
		refusal<ConfigurationException>(given, EXIT_CONFIG);
		CPPUNIT_ASSERT(!std::filesystem::exists(given.controlSocket));
		CPPUNIT_ASSERT_EQUAL(before, openDescriptors());
		inChild(
			[&]
			{
				// A group that is not ours may not be given.
				std::filesystem::permissions(_folder.path("run"), std::filesystem::perms(0777));
				std::filesystem::permissions(_folder.path(), std::filesystem::perms(0755));
				if (::geteuid() == 0)
				{
					CPPUNIT_ASSERT_EQUAL(0, ::setgroups(0, nullptr));
					CPPUNIT_ASSERT_EQUAL(0, ::setresgid(65534, 65534, 65534));
					CPPUNIT_ASSERT_EQUAL(0, ::setresuid(65534, 65534, 65534));
				}
				given.controlGroup = "root";
				CPPUNIT_ASSERT_EQUAL(
					"control.group: cannot give '" + given.controlSocket + "' to the group 'root': Operation not permitted",
					refusal<SystemException>(given, EXIT_NOPERM));
				CPPUNIT_ASSERT(!std::filesystem::exists(given.controlSocket));
			});
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ListeningSocketsTest, "Daemon");
