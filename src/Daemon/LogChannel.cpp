// Before the header: our own place in the source would be in each journal entry otherwise (sd_journal_print(3)).
#define SD_JOURNAL_SUPPRESS_LOCATION

#include "Daemon/LogChannel.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/LogLine.h"
#include "TaskDaemon/Base/Text.h"
#include "TaskDaemon/Base/Time.h"
#include <Poco/Logger.h>
#include <cerrno>
#include <fcntl.h>
#include <iterator>
#include <sys/stat.h>
#include <sys/uio.h>
#include <syslog.h>
#include <system_error>
#include <systemd/sd-journal.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr const char* PROGRAM = "taskdaemon";
constexpr const char* SYSLOG_SOCKET = "/dev/log";
constexpr const char* JOURNAL_SOCKET = "/run/systemd/journal/socket";


Poco::Message::Priority priorityOf(LogLevel level)
{
	switch (level)
	{
	case LogLevel::ERROR: return Poco::Message::PRIO_ERROR;
	case LogLevel::WARNING: return Poco::Message::PRIO_WARNING;
	case LogLevel::INFORMATION: return Poco::Message::PRIO_INFORMATION;
	case LogLevel::DEBUG: break;
	}
	return Poco::Message::PRIO_DEBUG;
}


const char* levelWord(Poco::Message::Priority priority)
{
	switch (priority)
	{
	case Poco::Message::PRIO_FATAL: return "FATAL";
	case Poco::Message::PRIO_CRITICAL: return "CRITICAL";
	case Poco::Message::PRIO_ERROR: return "ERROR";
	case Poco::Message::PRIO_WARNING: return "WARNING";
	case Poco::Message::PRIO_NOTICE: return "NOTICE";
	case Poco::Message::PRIO_INFORMATION: return "INFO";
	case Poco::Message::PRIO_DEBUG: return "DEBUG";
	case Poco::Message::PRIO_TRACE: break;
	}
	return "TRACE";
}


int syslogPriority(Poco::Message::Priority priority)
{
	switch (priority)
	{
	case Poco::Message::PRIO_FATAL: return LOG_ALERT;
	case Poco::Message::PRIO_CRITICAL: return LOG_CRIT;
	case Poco::Message::PRIO_ERROR: return LOG_ERR;
	case Poco::Message::PRIO_WARNING: return LOG_WARNING;
	case Poco::Message::PRIO_NOTICE: return LOG_NOTICE;
	case Poco::Message::PRIO_INFORMATION: return LOG_INFO;
	case Poco::Message::PRIO_DEBUG:
	case Poco::Message::PRIO_TRACE: break;
	}
	return LOG_DEBUG;
}


std::string componentOf(const Poco::Message& message)
{
	return message.getSource().empty() ? PROGRAM : escapeControls(message.getSource());
}


std::string formatLine(const Poco::Message& message)
{
	return formatTime(message.getTime().epochMicroseconds()) + " " + levelWord(message.getPriority()) + " " + componentOf(message) + "[" +
		   std::to_string(message.getPid()) + "] " + escapeControls(message.getText()) + "\n";
}


void sendToSyslog(const Poco::Message& message)
{
	::syslog(syslogPriority(message.getPriority()), "%s: %s", componentOf(message).c_str(), escapeControls(message.getText()).c_str());
}


int sendToJournal(const Poco::Message& message)
/// Gives an errno value, 0 for success.
{
	std::string fields[] = {
		"MESSAGE=" + escapeControls(message.getText()),
		"PRIORITY=" + std::to_string(syslogPriority(message.getPriority())),
		std::string("SYSLOG_IDENTIFIER=") + PROGRAM,
		"TASKDAEMON_COMPONENT=" + componentOf(message),
	};
	iovec parts[std::size(fields)];
	for (std::size_t i = 0; i < std::size(fields); ++i) parts[i] = {fields[i].data(), fields[i].size()};
	return -::sd_journal_sendv(parts, static_cast<int>(std::size(parts)));
}


FileDescriptor openLogFile(const std::string& path)
{
	// O_NONBLOCK has no effect on files and keeps a FIFO from blocking the daemon before it is refused.
	FileDescriptor fd(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0640));
	const std::string attempted = "cannot open log file '" + path + "'";
	if (!fd && errno == ELOOP) throw ConfigurationException(attempted + ": it is a symbolic link; set log.file to where it points");
	if (!fd && errno == ENXIO) throw ConfigurationException(attempted + ": not a regular file");
	if (!fd) throwErrno(attempted);
	struct stat info
	{
	};
	if (::fstat(fd.get(), &info) != 0) throwErrno(attempted);
	if (!S_ISREG(info.st_mode)) throw ConfigurationException(attempted + ": not a regular file");
	return fd;
}


void requireSocket(const std::string& path, const std::string& target)
/// Both libraries are silent when nobody takes their messages.
{
	if (::access(path.c_str(), F_OK) == 0) return;
	throw ConfigurationException(
		SystemException("cannot log to " + target + ": '" + path + "'", errno).what() + std::string("; set log.target to file"));
}


} // namespace


Poco::AutoPtr<LogChannel> LogChannel::install()
{
	Poco::AutoPtr<LogChannel> channel(new LogChannel);
	Poco::Logger::root(); // the functions below change existing loggers only, and later ones inherit from this
	Poco::Logger::setChannel("", channel);
	Poco::Logger::setLevel("", Poco::Message::PRIO_INFORMATION);
	return channel;
}


void LogChannel::log(const Poco::Message& message)
{
	const int error = errno;
	const std::lock_guard<std::mutex> lock(_mutex);
	try
	{
		deliver(message);
	}
	catch (const std::exception&)
	{
		// Out of memory. There is nowhere to report it but in the count.
		if (_lost++ == 0) _lossReason = ENOMEM;
	}
	errno = error;
}


void LogChannel::configure(const Settings& settings)
{
	FileDescriptor file;
	if (settings.logTarget == LogTarget::FILE) file = openLogFile(settings.logFile);
	{
		const std::lock_guard<std::mutex> lock(_mutex);
		if (settings.logTarget != _target)
		{
			if (settings.logTarget == LogTarget::SYSLOG) requireSocket(SYSLOG_SOCKET, "syslog");
			if (settings.logTarget == LogTarget::JOURNAL) requireSocket(JOURNAL_SOCKET, "the journal");
			if (settings.logTarget == LogTarget::SYSLOG) ::openlog(PROGRAM, LOG_PID, LOG_DAEMON);
			if (_target == LogTarget::SYSLOG) ::closelog();
			_torn = false;
		}
		_target = settings.logTarget;
		_path = settings.logFile;
		_file = std::move(file);
	}
	Poco::Logger::setLevel("", priorityOf(settings.logLevel));
}


void LogChannel::reopen()
{
	const std::lock_guard<std::mutex> lock(_mutex);
	if (_target != LogTarget::FILE) return;
	_file = openLogFile(_path);
	_torn = false;
}


void LogChannel::deliver(const Poco::Message& message)
{
	int error = _lost > 0 ? send(lossReport()) : 0;
	if (error == 0)
	{
		_lost = 0;
		error = send(message);
	}
	if (error != 0 && _lost++ == 0) _lossReason = error;
}


int LogChannel::send(const Poco::Message& message)
/// Gives an errno value, 0 for success.
{
	switch (_target)
	{
	case LogTarget::SYSLOG: sendToSyslog(message); return 0;
	case LogTarget::JOURNAL: return sendToJournal(message);
	case LogTarget::STDERR:
	case LogTarget::FILE: break;
	}
	return writeLine(formatLine(message));
}


int LogChannel::writeLine(const std::string& line)
/// A short write means a full disk, or a full pipe behind standard error (write(2)): the rest is not tried, since another process may
/// have written in between. The line counts as lost, and the next one begins with a line feed.
{
	const int fd = _target == LogTarget::FILE ? _file.get() : STDERR_FILENO;
	const std::string text = _torn ? "\n" + line : line;
	ssize_t written = 0;
	do
	{
		written = ::write(fd, text.data(), text.size());
	}
	while (written < 0 && errno == EINTR);
	if (written < 0) return errno;
	_torn = static_cast<std::size_t>(written) < text.size();
	if (!_torn) return 0;
	return _target == LogTarget::FILE ? ENOSPC : EAGAIN;
}


Poco::Message LogChannel::lossReport() const
{
	const std::string text = LogLine("log lines were lost")
								 .field("lines", static_cast<std::int64_t>(_lost))
								 .field("reason", std::generic_category().message(_lossReason));
	return {"log", text, Poco::Message::PRIO_WARNING};
}


} // namespace TaskDaemon
