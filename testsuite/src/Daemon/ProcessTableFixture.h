#ifndef TaskDaemon_Test_ProcessTableFixture_INCLUDED
#define TaskDaemon_Test_ProcessTableFixture_INCLUDED


#include "Daemon/LoopDriver.h"
#include "Daemon/ProcessTable.h"
#include "Daemon/TaskScripts.h"
#include <algorithm>
#include <memory>


namespace TaskDaemon {


class ProcessTableFixture: public CppUnit::TestFixture
/// A ProcessTable in its loop, the scripts for its tasks, and the news it has told. After each test nothing runs and no descriptor is left open.
{
public:
	void setUp() override
	{
		_descriptors = openDescriptors();
		_scripts = std::make_unique<TaskScripts>();
		_loop = std::make_unique<EventLoop>();
		_table = std::make_unique<ProcessTable>(*_loop, [this] { ++_allEnded; });
	}

	void tearDown() override
	{
		_table->interruptAll(0);
		runLoopUntil(*_loop, [this] { return _table->runningCount() == 0; });
		_table.reset();
		_loop.reset();
		_scripts.reset();
		CPPUNIT_ASSERT_EQUAL(_descriptors, openDescriptors());
	}

protected:
	std::unique_ptr<TaskScripts> _scripts;
	std::size_t _descriptors = 0;
	std::unique_ptr<EventLoop> _loop;
	std::unique_ptr<ProcessTable> _table;
	std::vector<Message> _news;
	int _allEnded = 0;

	void collect()
	{
		std::string packet;
		while (_table->takeNews(packet, 1))
		{
			for (const Message& message : decode(packet)) _news.push_back(message);
			packet.clear();
		}
	}

	template <typename M>
	const M* find(TaskId id) const
	{
		for (const Message& message : _news)
		{
			const M* const found = std::get_if<M>(&message);
			if (found != nullptr && found->key == RunKey{id, 1}) return found;
		}
		return nullptr;
	}

	template <typename M>
	M await(TaskId id)
	{
		runLoopUntil(
			*_loop, [&] { return find<M>(id) != nullptr; }, [this] { collect(); });
		return *find<M>(id);
	}

	std::string lastNews()
	/// What is told now, as "started 1, ended 1".
	{
		_news.clear();
		collect();
		std::string text;
		for (const Message& message : _news)
		{
			if (!text.empty()) text += ", ";
			if (const auto* started = std::get_if<Started>(&message)) text += "started " + std::to_string(started->key.task);
			if (const auto* ended = std::get_if<Ended>(&message)) text += "ended " + std::to_string(ended->key.task);
		}
		return text;
	}

	void start(const Spawn& spawn)
	{
		_table->spawn(spawn);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), _table->runningCount());
		CPPUNIT_ASSERT_EQUAL(std::string("ready"), _scripts->told());
	}

	static void expectSignal(int signal, const Ended& ended)
	{
		CPPUNIT_ASSERT(WIFSIGNALED(ended.status));
		CPPUNIT_ASSERT_EQUAL(signal, WTERMSIG(ended.status));
	}

	Adopt adopt(TaskId id, const ForeignProcess& process) const
	{
		Adopt adopt;
		adopt.key = {id, 1};
		adopt.pid = process.pid();
		adopt.pidStartTime = process.startTime();
		adopt.killAfter = 60 * SECOND;
		return adopt;
	}

	void expectUnseen(const Adopt& request)
	{
		_table->adopt(request);
		const Ended ended = await<Ended>(request.key.task);
		CPPUNIT_ASSERT(ended.reason == EndReason::UNSEEN);
		CPPUNIT_ASSERT(find<Started>(request.key.task) == nullptr);
		CPPUNIT_ASSERT_EQUAL(std::size_t(0), _table->runningCount());
	}
};


} // namespace TaskDaemon


#endif // TaskDaemon_Test_ProcessTableFixture_INCLUDED
