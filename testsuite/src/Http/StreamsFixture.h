#ifndef TaskDaemon_Test_StreamsFixture_INCLUDED
#define TaskDaemon_Test_StreamsFixture_INCLUDED


#include "Http/HttpException.h"
#include "Http/LogStream.h"
#include "Http/Streams.h"
#include "Http/WaitStream.h"
#include "Task/FakeTaskStore.h"
#include "TaskDaemon/Task/TaskJson.h"
#include "TemporaryFolder.h"
#include "TestClient.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <vector>


namespace TaskDaemon {


class StreamsFixture: public CppUnit::TestFixture
/// Streams before a store in memory, with clients at the other ends of socket pairs.
{
public:
	void setUp() override
	{
		_store = std::make_unique<FakeTaskStore>();
		_streams = std::make_unique<Streams>(*_store);
		_streams->start();
	}

	void tearDown() override
	{
		_streams.reset();
		_store.reset();
	}

protected:
	const TemporaryFolder _folder;
	std::unique_ptr<FakeTaskStore> _store;
	std::unique_ptr<Streams> _streams;

	static std::pair<FileDescriptor, FileDescriptor> socketPair()
	{
		int fds[2];
		CPPUNIT_ASSERT_EQUAL(0, ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
		return {FileDescriptor(fds[0]), FileDescriptor(fds[1])};
	}

	TestClient wait(const std::vector<TaskId>& tasks)
	{
		auto [client, server] = socketPair();
		_streams->add(std::make_unique<WaitStream>(std::move(server), tasks));
		return TestClient(std::move(client));
	}

	TestClient follow(const RunKey& run, std::uint64_t offset = 0)
	{
		auto [client, server] = socketPair();
		_streams->add(std::make_unique<LogStream>(std::move(server), run, _folder.path(), pathOf(run), offset));
		return TestClient(std::move(client));
	}

	TestClient present(const std::string& path, std::uint64_t offset)
	{
		auto [client, server] = socketPair();
		FileDescriptor file = openOutput(path);
		_streams->add(std::make_unique<LogStream>(std::move(server), std::move(file), offset, std::filesystem::file_size(path)));
		return TestClient(std::move(client));
	}

	std::string pathOf(const RunKey& run) const
	{
		return outputFile(_folder.path(), run, false);
	}

	void append(const RunKey& run, const std::string& text) const
	{
		std::filesystem::create_directories(std::filesystem::path(pathOf(run)).parent_path());
		std::ofstream(pathOf(run), std::ios::app | std::ios::binary) << text << std::flush;
	}

	TaskId addQueued()
	{
		TaskSpec spec;
		spec.command = {"true"};
		_store->begin();
		const TaskId id = _store->submit(spec, 1);
		_store->commit();
		return id;
	}

	TaskId addRunning()
	{
		return _store->addRunning("me", 17, OnCrash::REQUEUE);
	}

	void finish(const RunKey& run, bool tell = true)
	{
		Outcome outcome;
		outcome.exitCode = 0;
		_store->begin();
		CPPUNIT_ASSERT(_store->finish(run, outcome));
		_store->commit();
		if (tell) _streams->taskEnded(run.task);
	}

	void requeue(const RunKey& run)
	{
		Outcome outcome;
		outcome.state = TaskState::FAILED;
		outcome.cause = Cause::INTERRUPTED;
		_store->begin();
		CPPUNIT_ASSERT(_store->requeue(run, outcome, false));
		_store->commit();
		_streams->taskEnded(run.task);
	}

	void claim()
	{
		_store->begin();
		_store->claim("default", 10, "me", 5);
		_store->commit();
	}

	static std::string chunksOf(TestClient& client, std::size_t size)
	/// The next chunks, until they hold size bytes.
	{
		std::string bytes;
		while (bytes.size() < size) bytes += client.readChunk();
		return bytes;
	}

	static std::size_t openSockets()
	{
		std::size_t count = 0;
		for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
		{
			std::error_code error;
			if (std::filesystem::read_symlink(entry, error).string().rfind("socket:", 0) == 0) ++count;
		}
		return count;
	}

	static void awaitSockets(std::size_t count)
	{
		const Microseconds deadline = monotonicTime() + 10 * SECOND;
		while (openSockets() != count)
		{
			CPPUNIT_ASSERT_MESSAGE("a connection stays open", monotonicTime() < deadline);
			std::this_thread::yield();
		}
	}
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_StreamsFixture_INCLUDED
