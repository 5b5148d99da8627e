#include "TaskDaemon/Task/TaskApp.h"
#include "Task/HealthChecks.h"
#include "Task/SupervisorLink.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr Microseconds SAVE_TIMEOUT = 30 * SECOND;

constexpr std::array STATES = {TaskState::QUEUED, TaskState::RUNNING, TaskState::SUCCEEDED, TaskState::FAILED, TaskState::TIMED_OUT,
	TaskState::CANCELED, TaskState::LOST};


Poco::Logger& logger()
{
	return Poco::Logger::get("service");
}


void makeFolder(const std::string& path)
{
	if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) throwErrno("cannot create the folder '" + path + "'");
	// What exists may be no folder; better said now than by every task.
	openFile(path, O_RDONLY | O_DIRECTORY);
}


std::int64_t countOf(const QueueCounts& counts, TaskState state)
{
	const auto found = counts.tasks.find(state);
	return found == counts.tasks.end() ? 0 : found->second;
}


Json toJson(const std::vector<HealthCheck>& checks)
{
	Json list = Json::array();
	for (const HealthCheck& check : checks)
		list.push_back(
			{{"name", check.name}, {"status", toString(check.state)}, {"observed", check.observed}, {"checked_at", check.checkedAt}});
	return list;
}


} // namespace


TaskApp::TaskApp(SettingsPtr settings, FileDescriptor link, Microseconds supervisorStartedAt):
	_settings(std::move(settings)),
	_supervisorStartedAt(supervisorStartedAt),
	_loadedAt(realTime()),
	_link(std::make_unique<SupervisorLink>(std::move(link)))
{}


TaskApp::~TaskApp() = default;


void TaskApp::onReopenLogs(std::function<void()> handler)
{
	_reopenLogs = std::move(handler);
}


void TaskApp::setHealthAddress(const std::string& address)
{
	const std::lock_guard<std::mutex> lock(_addressMutex);
	_healthAddress = address;
}


void TaskApp::open()
{
	_supervisorPid = ::getppid();
	_store = openSqliteTaskStore(_settings->storePath);
	makeFolder(_settings->taskLogDir);
	hearHello();
	_scheduler = std::make_unique<Scheduler>(*_store, *_link, _settings);
	_checks = std::make_unique<HealthChecks>(*_scheduler, *_link, _settings);
}


void TaskApp::start()
{
	_scheduler->start(_supervisor, std::exchange(_known, {}));
}


void TaskApp::hearHello()
{
	std::vector<Message> messages;
	while (_link->receive(messages))
	{
		for (auto message = messages.begin(); message != messages.end(); ++message)
		{
			if (const auto* hello = std::get_if<Hello>(&*message))
			{
				checkVersion(*hello);
				_supervisor = hello->supervisor;
				_serviceRestarts = hello->serviceRestarts;
			}
			else if (_supervisor.empty())
				throw ProtocolException("the supervisor did not begin with Hello");
			else if (std::holds_alternative<HelloEnd>(*message))
			{
				_early.assign(std::make_move_iterator(message + 1), std::make_move_iterator(messages.end()));
				return;
			}
			else
				_known.push_back(std::move(*message));
		}
	}
	throw UnavailableException("the supervisor ended before its Hello was complete");
}


void TaskApp::checkVersion(const Hello& hello) const
{
	if (hello.version != PROTOCOL_VERSION)
		throw ProtocolException("the supervisor speaks version " + std::to_string(hello.version) +
								" of the protocol, this program version " + std::to_string(PROTOCOL_VERSION) + "; restart the daemon");
	if (hello.supervisor.empty()) throw ProtocolException("the supervisor's Hello has no id");
}


Scheduler& TaskApp::scheduler()
{
	return *_scheduler;
}


TaskStore& TaskApp::store()
{
	return *_store;
}


void TaskApp::announceReady()
{
	advance(State::RUNNING);
	_link->sendNow(Ready());
}


void TaskApp::advance(State state)
/// Never back: a Drain may come before we are ready.
{
	State present = _state;
	while (present < state && !_state.compare_exchange_weak(present, state))
	{}
}


void TaskApp::run()
{
	_serving = true;
	std::vector<Message> messages = std::move(_early);
	// Looked at after _serving is set, as shutdown() does the reverse: one of the two sees the other.
	while (_state != State::STOPPING)
	{
		for (const Message& message : messages)
			if (!handle(message)) return;
		if (!_link->receive(messages)) break;
	}
	if (_state == State::STOPPING) return;
	logger().fatal(LogLine("the supervisor is gone, ending"));
	::_exit(EXIT_SOFTWARE);
}


bool TaskApp::handle(const Message& message)
/// False for Shutdown.
{
	if (const auto* started = std::get_if<Started>(&message))
		_scheduler->started(*started);
	else if (const auto* ended = std::get_if<Ended>(&message))
		_scheduler->ended(*ended);
	else if (std::holds_alternative<Drain>(message))
		stopAcceptingWork();
	else if (std::holds_alternative<DumpStatus>(message))
		dumpStatus();
	else if (std::holds_alternative<ReopenLogs>(message))
	{
		if (_reopenLogs) _reopenLogs();
	}
	else if (std::holds_alternative<Shutdown>(message))
	{
		advance(State::STOPPING);
		return false;
	}
	else
		throw ProtocolException(
			"the supervisor sent a message of type " + std::to_string(message.index()) + ", which only the service sends");
	return true;
}


void TaskApp::stopAcceptingWork()
{
	_scheduler->drain();
	advance(State::DRAINING);
}


bool TaskApp::hasActiveWork() const
{
	return _scheduler->runningCount() > 0;
}


void TaskApp::saveState()
{
	_scheduler->probeCommit(SAVE_TIMEOUT);
}


void TaskApp::shutdown()
{
	advance(State::STOPPING);
	if (_serving) _link->stopReceiving();
	if (_scheduler) _scheduler->stop();
}


HealthStatus TaskApp::healthStatus()
{
	return _checks->check();
}


bool TaskApp::isReady() const
{
	return _state == State::RUNNING;
}


const char* TaskApp::toString(State state)
{
	switch (state)
	{
	case State::STARTING: return "starting";
	case State::RUNNING: return "running";
	case State::DRAINING: return "draining";
	case State::STOPPING: break;
	}
	return "stopping";
}


Json TaskApp::status()
{
	Json document;
	document["state"] = toString(_state);
	document["version"] = TASKDAEMON_VERSION;
	document["supervisor_pid"] = _supervisorPid;
	document["service_pid"] = ::getpid();
	document["uptime_seconds"] = std::max<Microseconds>(0, realTime() - _supervisorStartedAt) / SECOND;
	document["service_restarts"] = _serviceRestarts;
	document["config"] = {
		{"file", bytesToJson(_settings->configFile)}, {"generation", 1}, {"loaded_at", _loadedAt}, {"last_error", nullptr}};
	{
		const std::lock_guard<std::mutex> lock(_addressMutex);
		document["health_address"] = _healthAddress.empty() ? Json(nullptr) : Json(_healthAddress);
	}
	addTasks(document);
	document["checks"] = toJson(healthStatus().checks);
	return document;
}


void TaskApp::addTasks(Json& document)
{
	document["tasks"] = nullptr;
	document["queues"] = Json::array();
	std::map<std::string, QueueCounts> counts;
	try
	{
		counts = _store->counts();
	}
	catch (const std::exception& e)
	{
		// The status is wanted most when something is wrong; the check of the store tells what.
		logger().error(LogLine("cannot count the tasks").field("error", e.what()));
		return;
	}
	Json tasks;
	for (const TaskState state : STATES)
	{
		std::int64_t total = 0;
		for (const auto& [name, queue] : counts) total += countOf(queue, state);
		tasks[TaskDaemon::toString(state)] = total;
	}
	document["tasks"] = std::move(tasks);
	for (const auto& [name, queue] : counts)
	{
		const auto configured = _settings->queues.find(name);
		const int parallelism = configured == _settings->queues.end() ? 0 : configured->second.parallelism;
		document["queues"].push_back({{"name", name}, {"parallelism", parallelism}, {"paused", queue.paused},
			{"queued", countOf(queue, TaskState::QUEUED)}, {"running", countOf(queue, TaskState::RUNNING)}});
	}
}


void TaskApp::dumpStatus()
{
	const Json document = status();
	logger().information(dumpJson(document));
	if (_settings->statusFile.empty()) return;
	try
	{
		writeStatusFile(dumpJson(document, 2) + "\n");
	}
	catch (const SystemException& e)
	{
		logger().error(LogLine("cannot dump the status").field("error", e.what()));
	}
}


void TaskApp::writeStatusFile(const std::string& content) const
{
	const std::string& path = _settings->statusFile;
	const std::string temporary = path + ".new";
	// A leftover of a killed service; O_EXCL makes sure that what we write is ours and no link's target.
	if (::unlink(temporary.c_str()) != 0 && errno != ENOENT) throwErrno("cannot remove '" + temporary + "'");
	const FileDescriptor file = openFile(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0640);
	writeAll(file.get(), content.data(), content.size(), "'" + temporary + "'");
	if (::rename(temporary.c_str(), path.c_str()) != 0) throwErrno("cannot rename '" + temporary + "' to '" + path + "'");
}


} // namespace TaskDaemon
