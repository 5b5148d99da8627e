#include "Http/PeerCheck.h"
#include "Http/HttpException.h"
#include "TemporaryFolder.h"
#include "TestClient.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>


using namespace TaskDaemon;


class PeerCheckTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(PeerCheckTest);
	CPPUNIT_TEST(testOwnUser);
	CPPUNIT_TEST(testStranger);
	CPPUNIT_TEST(testGroups);
	CPPUNIT_TEST(testUnknownGroup);
	CPPUNIT_TEST_SUITE_END();

	static constexpr uid_t STRANGER = 61234;
	static constexpr gid_t GROUP = 61235;

	const TemporaryFolder _folder;

	static std::string refusalOf(const PeerCheck& check, int socket)
	{
		try
		{
			check.authorize(socket);
			return "";
		}
		catch (const HttpException& e)
		{
			CPPUNIT_ASSERT_EQUAL(403, e.status());
			CPPUNIT_ASSERT_EQUAL(std::string("forbidden"), e.code());
			return e.what();
		}
	}

	std::string refusalOf(const PeerCheck& check, gid_t group, const std::vector<gid_t>& supplementary) const
	/// For another user who connects from a process of their own. Only root can play that.
	{
		const FileDescriptor listener = listenOnUnix(_folder.path("s"));
		CPPUNIT_ASSERT_EQUAL(0, ::chmod(_folder.path("s").c_str(), 0666));
		CPPUNIT_ASSERT_EQUAL(0, ::chmod(_folder.path().c_str(), 0755));
		const pid_t child = ::fork();
		if (child == 0)
		{
			const sockaddr_un address = unixAddress(_folder.path("s"));
			const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
			const bool good = ::setgroups(supplementary.size(), supplementary.data()) == 0 && ::setgid(group) == 0 &&
							  ::setuid(STRANGER) == 0 &&
							  ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
			::_exit(good ? 0 : 1);
		}
		int status = -1;
		CPPUNIT_ASSERT_EQUAL(child, ::waitpid(child, &status, 0));
		CPPUNIT_ASSERT_EQUAL(0, status);
		const FileDescriptor connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
		::unlink(_folder.path("s").c_str());
		return refusalOf(check, connection.get());
	}

public:
	void testOwnUser()
	{
		const FileDescriptor listener = listenOnUnix(_folder.path("s"));
		const TestClient client(_folder.path("s"));
		const FileDescriptor connection(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
		CPPUNIT_ASSERT_EQUAL(std::string(), refusalOf(PeerCheck(""), connection.get()));
	}

	void testStranger()
	{
		if (::geteuid() != 0) return;
		const std::string unset = refusalOf(PeerCheck(""), GROUP, {});
		CPPUNIT_ASSERT_MESSAGE(unset, unset.find("user 61234 may not") == 0 && unset.find("which is not set") != std::string::npos);
		const std::string other = refusalOf(PeerCheck(std::to_string(GROUP + 1)), GROUP, {GROUP + 2});
		CPPUNIT_ASSERT_MESSAGE(other, other.find("control.group '61236'") != std::string::npos);
	}

	void testGroups()
	{
		if (::geteuid() != 0) return;
		const PeerCheck check(std::to_string(GROUP));
		CPPUNIT_ASSERT_EQUAL(std::string(), refusalOf(check, GROUP, {}));
		CPPUNIT_ASSERT_EQUAL(std::string(), refusalOf(check, GROUP + 1, {1, GROUP, 3}));
		std::vector<gid_t> many;
		for (gid_t group = 100; group < 400; ++group) many.push_back(group);
		CPPUNIT_ASSERT(!refusalOf(check, GROUP + 1, many).empty());
		many.push_back(GROUP);
		CPPUNIT_ASSERT_EQUAL(std::string(), refusalOf(check, GROUP + 1, many));
	}

	void testUnknownGroup()
	{
		CPPUNIT_ASSERT_THROW(PeerCheck("no-such-group-here"), ConfigurationException);
		PeerCheck("root");
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(PeerCheckTest, "Http");
