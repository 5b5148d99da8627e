#include "Cli/ControlClient.h"
#include "ChildProcess.h"
#include "FakeDaemon.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <sys/stat.h>


using namespace TaskDaemon;
using namespace TaskDaemon::Cli;


class ControlClientTest: public CppUnit::TestFixture
{
	CPPUNIT_TEST_SUITE(ControlClientTest);
	CPPUNIT_TEST(testGet);
	CPPUNIT_TEST(testPost);
	CPPUNIT_TEST(testLargeBody);
	CPPUNIT_TEST(testApiErrors);
	CPPUNIT_TEST(testErrorWithoutDocument);
	CPPUNIT_TEST(testAnswerBeforeTheRequestIsRead);
	CPPUNIT_TEST(testNoDaemon);
	CPPUNIT_TEST(testPermission);
	CPPUNIT_TEST(testPathTooLong);
	CPPUNIT_TEST(testGetIsRepeated);
	CPPUNIT_TEST(testWaitIsRepeated);
	CPPUNIT_TEST(testGivesUp);
	CPPUNIT_TEST(testDaemonGoneAfterCut);
	CPPUNIT_TEST(testSubmitIsNotRepeated);
	CPPUNIT_TEST(testNonsense);
	CPPUNIT_TEST(testTimeout);
	CPPUNIT_TEST(testPercentEncode);
	CPPUNIT_TEST(testBackoff);
	CPPUNIT_TEST_SUITE_END();

	static constexpr RetryPolicy QUICK{MILLISECOND, 4 * MILLISECOND, 20 * MILLISECOND};

	void testGet()
	{
		FakeDaemon daemon({FakeDaemon::json(200, R"([{"id":3}])")});
		const Json answer = ControlClient(daemon.path()).get("/v1/tasks?limit=1");
		CPPUNIT_ASSERT_EQUAL(std::string(R"([{"id":3}])"), answer.dump());
		CPPUNIT_ASSERT_EQUAL(
			std::string("GET /v1/tasks?limit=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"), daemon.requests().at(0));
	}

	void testPost()
	{
		FakeDaemon daemon({FakeDaemon::json(201, R"({"id":7})")});
		const Json answer = ControlClient(daemon.path()).post("/v1/tasks", {{"command", {"true"}}});
		CPPUNIT_ASSERT_EQUAL(7, answer["id"].get<int>());
		CPPUNIT_ASSERT_EQUAL(std::string("POST /v1/tasks HTTP/1.1"), daemon.firstLine(0));
		CPPUNIT_ASSERT(daemon.requests().at(0).find("\r\nContent-Length: 20\r\n") != std::string::npos);
		CPPUNIT_ASSERT_EQUAL(std::string(R"({"command":["true"]})"), daemon.body(0));
	}

	void testLargeBody()
	{
		FakeDaemon daemon({FakeDaemon::json(201, "{\"text\":\"" + std::string(3000000, 'y') + "\"}")});
		const Json answer = ControlClient(daemon.path()).post("/v1/batch", {{"x", std::string(5000000, 'x')}});
		CPPUNIT_ASSERT_EQUAL(std::size_t(5000008), daemon.body(0).size());
		CPPUNIT_ASSERT_EQUAL(std::size_t(3000000), answer["text"].get<std::string>().size());
	}

	static void assertApiError(int status, int exitCode)
	{
		FakeDaemon daemon({FakeDaemon::json(status, R"({"error":{"code":"x","message":"field: the reason","field":"field","index":4}})")});
		try
		{
			ControlClient(daemon.path()).postText("/v1/batch", "{}");
			CPPUNIT_FAIL("no exception");
		}
		catch (const ApiException& exc)
		{
			CPPUNIT_ASSERT_EQUAL(exitCode, exc.exitCode());
			CPPUNIT_ASSERT_EQUAL(status, exc.status());
			CPPUNIT_ASSERT_EQUAL(std::int64_t(4), exc.index().value());
			CPPUNIT_ASSERT_EQUAL(std::string("field: the reason"), std::string(exc.what()).substr(0, 17));
		}
	}

	void testApiErrors()
	{
		assertApiError(400, 64);
		assertApiError(403, 77);
		assertApiError(404, 1);
		assertApiError(405, 70);
		assertApiError(409, 1);
		assertApiError(413, 64);
		assertApiError(500, 70);
		assertApiError(503, 69);
	}

	void testErrorWithoutDocument()
	{
		for (const char* body : {"", "<html>", "[]", "{\"error\":7}"})
		{
			FakeDaemon daemon({FakeDaemon::json(500, body)});
			const std::string message = messageOf<ApiException>([&] { ControlClient(daemon.path()).get("/v1/status"); });
			CPPUNIT_ASSERT_EQUAL(std::string("the daemon answered with HTTP status 500"), message);
		}
	}

	void testAnswerBeforeTheRequestIsRead()
	/// A server that refuses without reading: its answer counts, not the broken pipe.
	{
		const TemporaryFolder folder;
		auto [ready, notify] = makePipe();
		ChildProcess server(
			[&, out = notify.get()]
			{
				const FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM, 0));
				sockaddr_un address{};
				address.sun_family = AF_UNIX;
				folder.path("s").copy(address.sun_path, sizeof address.sun_path - 1);
				if (::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || ::listen(listener.get(), 1) != 0)
					return 1;
				writeAll(out, "\n", 1, "the signal");
				const FileDescriptor connection(::accept(listener.get(), nullptr, nullptr));
				const std::string answer = FakeDaemon::json(403, R"({"error":{"message":"not for you"}})").bytes;
				writeAll(connection.get(), answer.data(), answer.size(), "the answer");
				return 0;
			});
		readLine(ready.get());
		ControlClient client(folder.path("s"));
		const std::string message = messageOf<ApiException>([&] { client.post("/v1/batch", std::string(8000000, 'x')); });
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), message.find("not for you"));
		CPPUNIT_ASSERT(message.find("control.group") != std::string::npos);
	}

	static void assertNoDaemon(const std::string& path)
	{
		try
		{
			ControlClient(path).get("/v1/status");
			CPPUNIT_FAIL("no exception");
		}
		catch (const NoDaemonException& exc)
		{
			CPPUNIT_ASSERT_EQUAL("no daemon is running at " + path + "; start it with `taskdaemon start`", std::string(exc.what()));
			CPPUNIT_ASSERT_EQUAL(69, exc.exitCode());
		}
	}

	void testNoDaemon()
	{
		const TemporaryFolder folder;
		assertNoDaemon(folder.path("none"));
		assertNoDaemon(folder.write("file", "") + "/below");
		// A socket that nobody listens on: what a killed daemon leaves.
		const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
		sockaddr_un address{};
		address.sun_family = AF_UNIX;
		folder.path("stale").copy(address.sun_path, sizeof address.sun_path - 1);
		CPPUNIT_ASSERT_EQUAL(0, ::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
		assertNoDaemon(folder.path("stale"));
	}

	void testPermission()
	{
		FakeDaemon daemon({});
		const TemporaryFolder folder;
		::chmod(folder.path().c_str(), 0);
		inChild(
			[&]
			{
				if (::geteuid() == 0) CPPUNIT_ASSERT_EQUAL(0, ::setuid(65534));
				try
				{
					ControlClient(folder.path("control.sock")).get("/v1/status");
					CPPUNIT_FAIL("no exception");
				}
				catch (const Exception& exc)
				{
					CPPUNIT_ASSERT_EQUAL(77, exc.exitCode());
					CPPUNIT_ASSERT(std::string(exc.what()).find("control.group") != std::string::npos);
				}
			});
		::chmod(folder.path().c_str(), 0700);
	}

	void testPathTooLong()
	{
		const std::string message = messageOf<ConfigurationException>([] { ControlClient("/" + std::string(200, 'x')).get("/"); });
		CPPUNIT_ASSERT(message.find("longer than 107 bytes") != std::string::npos);
	}

	void testGetIsRepeated()
	{
		FakeDaemon daemon(
			{FakeDaemon::cut(), {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1"}, FakeDaemon::refuse(), FakeDaemon::json(200, "[2]")});
		CPPUNIT_ASSERT_EQUAL(std::string("[2]"), ControlClient(daemon.path(), QUICK).get("/v1/tasks").dump());
		CPPUNIT_ASSERT_EQUAL(std::size_t(3), daemon.requests().size());
	}

	void testWaitIsRepeated()
	{
		FakeDaemon daemon({FakeDaemon::cut(), FakeDaemon::json(200, "[{\"id\":5}]")});
		CPPUNIT_ASSERT_EQUAL(std::string("[{\"id\":5}]"), ControlClient(daemon.path(), QUICK).wait({5}).dump());
		CPPUNIT_ASSERT_EQUAL(std::string(R"({"ids":[5]})"), daemon.body(1));
	}

	void testGivesUp()
	{
		FakeDaemon daemon(std::vector<FakeDaemon::Answer>(50, FakeDaemon::cut()));
		const std::string message = messageOf<ConnectionCutException>([&] { ControlClient(daemon.path(), QUICK).get("/v1/tasks"); });
		CPPUNIT_ASSERT(message.find("closed the connection") != std::string::npos);
		const std::size_t tries = daemon.requests().size();
		CPPUNIT_ASSERT_MESSAGE(std::to_string(tries), tries > 3 && tries < 12);
	}

	void testDaemonGoneAfterCut()
	{
		FakeDaemon daemon({FakeDaemon::cut()});
		CPPUNIT_ASSERT_THROW(ControlClient(daemon.path(), QUICK).get("/v1/tasks"), NoDaemonException);
	}

	void testSubmitIsNotRepeated()
	{
		FakeDaemon daemon({FakeDaemon::cut(), FakeDaemon::json(201, R"({"id":1})")});
		try
		{
			ControlClient(daemon.path(), QUICK).post("/v1/tasks", Json::object());
			CPPUNIT_FAIL("no exception");
		}
		catch (const Exception& exc)
		{
			CPPUNIT_ASSERT(std::string(exc.what()).find("it is unknown whether the request was accepted") != std::string::npos);
			CPPUNIT_ASSERT_EQUAL(70, exc.exitCode());
		}
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), daemon.requests().size());
	}

	void testNonsense()
	{
		FakeDaemon daemon({{"hello\r\n"}, FakeDaemon::json(200, "{")});
		CPPUNIT_ASSERT_THROW(ControlClient(daemon.path(), QUICK).get("/"), ProtocolException);
		CPPUNIT_ASSERT_THROW(ControlClient(daemon.path(), QUICK).get("/"), ProtocolException);
	}

	void testTimeout()
	{
		FakeDaemon daemon({{"HTTP/1.1 200 OK\r\n", true, true}, {"", true, true}});
		ControlClient client(daemon.path(), QUICK, 20 * MILLISECOND);
		CPPUNIT_ASSERT_EQUAL(
			std::string("the daemon has not answered within 20ms; try again"), messageOf<BusyException>([&] { client.get("/"); }));
		const std::string message = messageOf<Exception>([&] { client.post("/v1/tasks", Json::object()); });
		CPPUNIT_ASSERT(message.find("within 20ms: it is unknown whether the request was accepted") != std::string::npos);
	}

	void testPercentEncode()
	{
		CPPUNIT_ASSERT_EQUAL(std::string("a-b_c.d~9"), percentEncode("a-b_c.d~9"));
		CPPUNIT_ASSERT_EQUAL(std::string("a%20b%2F%3F%26%3D%25%2B%C3%BC%0A"), percentEncode("a b/?&=%+\xC3\xBC\n"));
	}

	void testBackoff()
	{
		Backoff backoff({100, 500, 1000});
		std::vector<Microseconds> pauses;
		while (const auto pause = backoff.nextPause()) pauses.push_back(*pause);
		CPPUNIT_ASSERT((std::vector<Microseconds>{100, 200, 400, 300}) == pauses);
		backoff.reset();
		CPPUNIT_ASSERT_EQUAL(Microseconds(100), backoff.nextPause().value());
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(ControlClientTest, "Cli");
