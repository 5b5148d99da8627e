#include "Daemon/ServiceMain.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include "TaskDaemon/Http/ControlServer.h"
#include "TaskDaemon/Http/HealthServer.h"
#include "TaskDaemon/Task/PacketSocket.h"
#include "TaskDaemon/Task/Protocol.h"
#include "TaskDaemon/Task/TaskApp.h"
#include <Poco/Exception.h>
#include <Poco/Logger.h>
#include <fcntl.h>
#include <memory>
#include <unistd.h>


namespace TaskDaemon {


namespace {


FileDescriptor duplicate(int fd)
{
	FileDescriptor copy(::fcntl(fd, F_DUPFD_CLOEXEC, 3));
	if (!copy) throwErrno("cannot duplicate a descriptor");
	return copy;
}


int reportFailure(PacketSocket& link, const std::string& message, int exitCode)
{
	Poco::Logger::get("service").fatal(LogLine("service failed").field("reason", message));
	std::string packet;
	encode(Failed{exitCode, message}, packet);
	link.send(packet);
	return exitCode;
}


} // namespace


ServiceMain::ServiceMain(SettingsPtr settings, const ListeningSockets& sockets, LogChannel& log):
	_settings(std::move(settings)), _sockets(sockets), _log(log), _supervisorStartedAt(realTime())
{}


int ServiceMain::operator()(FileDescriptor link) const
{
	PacketSocket reports(duplicate(link.get()));
	try
	{
		serve(std::move(link));
		return EXIT_OK;
	}
	catch (const Exception& exception)
	{
		return reportFailure(reports, exception.what(), exception.exitCode());
	}
	catch (const Poco::Exception& exception)
	{
		return reportFailure(reports, exception.displayText(), EXIT_SOFTWARE);
	}
	catch (const std::exception& exception)
	{
		return reportFailure(reports, exception.what(), EXIT_SOFTWARE);
	}
}


void ServiceMain::serve(FileDescriptor link) const
/// The servers hold references to the application's parts, so they are made after it and gone before it. Requests may wait for a commit: the
/// scheduler stops last.
{
	TaskApp app(_settings, std::move(link), _supervisorStartedAt);
	app.setHealthAddress(_sockets.healthAddress());
	app.onReopenLogs([this] { _log.reopen(); });
	app.open();
	ControlServer control(app, app.scheduler(), app.store(), _settings, duplicate(_sockets.control()));
	std::unique_ptr<HealthServer> health;
	if (_sockets.health() >= 0) health = std::make_unique<HealthServer>(app, duplicate(_sockets.health()));
	app.start();
	control.start();
	if (health) health->start();
	app.announceReady();
	app.run();
	control.stop();
	if (health) health->stop();
	app.shutdown();
}


} // namespace TaskDaemon
