#include "Daemon/Supervisor.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include <Poco/Logger.h>
#include <array>
#include <csignal>
#include <cstring>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t PACKET_SIZE = std::size_t(48) * 1024;
constexpr Microseconds SHORT_WAIT = 2 * SECOND; /// from TERM to KILL when told to stop now
constexpr Microseconds CLOSING_TIME = 20 * SECOND; /// for the service to store the last ends and leave


Poco::Logger& logger()
{
	return Poco::Logger::get("supervisor");
}


std::string makeSupervisorId()
/// The boot's id, so that a process of an earlier boot is never mistaken for a survivor, and a random part for this life.
{
	std::string id = readFile("/proc/sys/kernel/random/boot_id", 64);
	id.erase(id.find_last_not_of('\n') + 1);
	std::array<unsigned char, 8> random{};
	if (::getrandom(random.data(), random.size(), 0) != static_cast<ssize_t>(random.size())) throwErrno("cannot get random bytes");
	id += '/';
	for (const unsigned char byte : random)
	{
		id += "0123456789abcdef"[byte >> 4U];
		id += "0123456789abcdef"[byte & 15U];
	}
	return id;
}


std::string describeStatus(int status)
{
	if (WIFSIGNALED(status)) return "signal " + std::to_string(WTERMSIG(status));
	return "exit code " + std::to_string(WEXITSTATUS(status));
}


} // namespace


Supervisor::Supervisor(SettingsPtr settings, Callbacks callbacks):
	_settings(std::move(settings)),
	_callbacks(std::move(callbacks)),
	_processes(_loop, [this] { handle(LifecycleEvent::ALL_ENDED); }),
	_restartPolicy(_settings),
	_id(makeSupervisorId())
{
	_loop.watch(_signals.fd(), EPOLLIN, [this](std::uint32_t) { onSignals(); });
	_loop.afterEachTurn(
		[this]
		{
			if (_service) _service->flush();
		});
}


int Supervisor::run()
{
	startService();
	_loop.run();
	_service.reset();
	giveVerdict(EXIT_TEMPFAIL, "stopped before it was ready");
	logger().notice(LogLine("stopped").field("exit_code", _exitCode));
	return _exitCode;
}


void Supervisor::startService()
{
	ServiceProcess::Callbacks callbacks;
	callbacks.onMessage = [this](const Message& message) { onMessage(message); };
	callbacks.onExit = [this](int status) { onServiceExit(status); };
	callbacks.takeNews = [this](std::string& packet) { return _processes.takeNews(packet, PACKET_SIZE); };
	_serviceReady = false;
	_shutdownSent = false;
	_processes.tellAll();
	try
	{
		_service = std::make_unique<ServiceProcess>(_loop, _callbacks.serviceMain, std::move(callbacks));
	}
	catch (const SystemException& exception)
	{
		// No memory or no process number now: the same as a service that died at once.
		logger().error(exception.what());
		if (_state == LifecycleState::STARTING) throw;
		_restart = _loop.schedule(SECOND, [this] { startService(); });
		return;
	}
	_service->greet(Hello{PROTOCOL_VERSION, _id, _restarts});
	if (_state != LifecycleState::STARTING && _state != LifecycleState::RUNNING) drainService();
}


void Supervisor::onServiceReady()
{
	_serviceReady = true;
	logger().information(LogLine("service ready").field("pid", _service->pid()).field("restarts", _restarts));
	handle(LifecycleEvent::SERVICE_READY);
	closeServiceIfDone();
}


void Supervisor::onServiceExit(int status)
{
	const Microseconds now = monotonicTime();
	const Microseconds upTime = now - _service->startedAt();
	const pid_t pid = _service->pid();
	_service.reset();
	if (_shutdownSent && _processes.empty())
	{
		if (status != 0) logger().error(LogLine("service ended badly").field("pid", pid).field("end", describeStatus(status)));
		handle(LifecycleEvent::SERVICE_DONE);
		return;
	}
	if (_state == LifecycleState::STARTING)
	{
		failStart(EXIT_SOFTWARE, "the service ended while it started, with " + describeStatus(status) + "; see the log");
		return;
	}
	if (_state == LifecycleState::ENDED) return;
	logger().error(LogLine("service ended").field("pid", pid).field("end", describeStatus(status)).field("up_ms", upTime / MILLISECOND));
	++_restarts;
	const auto delay = _restartPolicy.nextDelay(now, upTime);
	if (!delay)
	{
		logger().fatal(LogLine("giving up on the service").field("restarts", _restarts));
		_exitCode = EXIT_SOFTWARE;
		handle(LifecycleEvent::GIVE_UP);
		return;
	}
	_restart = _loop.schedule(*delay, [this] { startService(); });
}


void Supervisor::failStart(int exitCode, const std::string& message)
{
	logger().fatal(message);
	_exitCode = exitCode;
	giveVerdict(exitCode, message);
	handle(LifecycleEvent::GIVE_UP);
}


void Supervisor::onMessage(const Message& message)
{
	if (const auto* spawn = std::get_if<Spawn>(&message))
		_processes.spawn(*spawn);
	else if (const auto* cancel = std::get_if<Cancel>(&message))
		_processes.cancel(cancel->key);
	else if (const auto* adopt = std::get_if<Adopt>(&message))
		_processes.adopt(*adopt);
	else if (const auto* acknowledge = std::get_if<Acknowledge>(&message))
	{
		_processes.acknowledge(acknowledge->key);
		closeServiceIfDone();
	}
	else if (std::holds_alternative<Ready>(message))
		onServiceReady();
	else if (const auto* failed = std::get_if<Failed>(&message))
	{
		if (_state == LifecycleState::STARTING)
			failStart(failed->exitCode, failed->message);
		else
			logger().error(LogLine("service cannot start").field("reason", failed->message));
	}
	else
		throw ProtocolException("message type " + std::to_string(message.index()) + " is not for the supervisor");
}


void Supervisor::onSignals()
{
	for (const ReceivedSignal& signal : _signals.read())
	{
		logger().notice(
			LogLine("signal").field("name", ::sigabbrev_np(signal.number)).field("pid", signal.senderPid).field("uid", signal.senderUid));
		switch (signal.action)
		{
		case SignalAction::STOP: handle(LifecycleEvent::STOP); break;
		case SignalAction::STOP_NOW: handle(LifecycleEvent::STOP_NOW); break;
		case SignalAction::RELOAD:
			_callbacks.reopenLogs();
			if (_service) _service->send(ReopenLogs{});
			break;
		case SignalAction::DUMP_STATUS:
			if (_service) _service->send(DumpStatus{});
			break;
		case SignalAction::UPGRADE: logger().warning("upgrade in place is not available yet: nothing done"); break;
		}
	}
}


void Supervisor::handle(LifecycleEvent event)
{
	const LifecycleState next = nextState(_state, event);
	const bool hurry = event == LifecycleEvent::STOP || event == LifecycleEvent::STOP_NOW;
	if (next == _state)
	{
		if (_state == LifecycleState::TERMINATING && hurry) _processes.interruptAll(SHORT_WAIT);
		return;
	}
	logger().information(LogLine("state").field("from", toString(_state)).field("to", toString(next)));
	_state = next;
	_loop.cancel(_deadline);
	enter(next, event);
}


void Supervisor::enter(LifecycleState state, LifecycleEvent why)
{
	switch (state)
	{
	case LifecycleState::STARTING: break;
	case LifecycleState::RUNNING: giveVerdict(EXIT_OK, "TaskDaemon started with PID " + std::to_string(::getpid())); break;
	case LifecycleState::DRAINING:
		drainService();
		_deadline = _loop.schedule(_settings->shutdownGrace, [this] { handle(LifecycleEvent::GRACE_OVER); });
		if (_processes.runningCount() == 0) handle(LifecycleEvent::ALL_ENDED);
		break;
	case LifecycleState::TERMINATING:
		drainService();
		_processes.interruptAll(why == LifecycleEvent::GRACE_OVER ? std::nullopt : std::optional(SHORT_WAIT));
		if (_processes.runningCount() == 0) handle(LifecycleEvent::ALL_ENDED);
		break;
	case LifecycleState::CLOSING:
		_deadline = _loop.schedule(CLOSING_TIME,
			[this]
			{
				logger().error("the service does not leave: ending it; what it has not stored is settled at the next start");
				_exitCode = EXIT_SOFTWARE;
				handle(LifecycleEvent::GIVE_UP);
			});
		_loop.cancel(_restart);
		// Between two services nothing is waited for: either there is nothing to store, or it is to be stored now.
		if (!_service && _processes.empty())
			handle(LifecycleEvent::SERVICE_DONE);
		else if (!_service)
			startService();
		closeServiceIfDone();
		break;
	case LifecycleState::ENDED: _loop.stop(); break;
	}
}


void Supervisor::drainService()
{
	_processes.refuseNew();
	if (_service) _service->send(Drain{});
}


void Supervisor::closeServiceIfDone()
{
	if (_state != LifecycleState::CLOSING || !_service || _shutdownSent || !_processes.empty()) return;
	_shutdownSent = true;
	_service->send(Shutdown{});
}


void Supervisor::giveVerdict(int exitCode, const std::string& message)
{
	if (_verdictGiven) return;
	_verdictGiven = true;
	_callbacks.onVerdict(exitCode, message);
}


} // namespace TaskDaemon
