#ifndef TaskDaemon_Daemon_LogChannel_INCLUDED
#define TaskDaemon_Daemon_LogChannel_INCLUDED


#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Config/Settings.h"
#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Message.h>
#include <cstdint>
#include <mutex>
#include <string>


namespace TaskDaemon {


class LogChannel: public Poco::Channel
/// The one channel behind every Poco::Logger of a process, installed once and never replaced: POCO's own channels crash when they are
/// exchanged while another thread logs, so what changes on reload changes in here, under the mutex. Until configured it writes to standard
/// error. It has no thread; after a fork made while one thread existed the child uses it as it is.
///
/// Each message is one line, in a file or on standard error of the form `2026-11-23T14:05:06.123Z INFO supervisor[PID] text`, written by one
/// write(2) to a descriptor in append mode, so that several processes can share a file. log() throws nothing and leaves errno alone:
/// a line that cannot be written is counted, and the first one that can be written again brings the number along.
/// SIGPIPE has to be ignored or blocked in the process. Thread-safe; owned by the loggers through its reference count.
{
public:
	static Poco::AutoPtr<LogChannel> install();
	/// Makes a channel, and makes it that of every logger, existing and future, at level information.

	void log(const Poco::Message& message) override;

	void configure(const Settings& settings);
	/// Sets target and level, at any time. Throws SystemException or ConfigurationException when the target cannot be opened; everything
	/// stays as it was then.

	void reopen();
	/// Opens the log file anew by its path, after something renamed it; nothing to do for other targets. No line is lost: the old file is used until the
	/// new one is open, and goes on being used when SystemException or ConfigurationException is thrown.

protected:
	~LogChannel() override = default;

private:
	LogChannel() = default;

	void deliver(const Poco::Message& message);
	int send(const Poco::Message& message);
	int writeLine(const std::string& line);
	Poco::Message lossReport() const;

	std::mutex _mutex;
	LogTarget _target = LogTarget::STDERR;
	std::string _path;
	FileDescriptor _file;
	bool _torn = false; // the last write ended within a line
	std::uint64_t _lost = 0; // lines since the last one that was written
	int _lossReason = 0; // errno of the first of them
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_LogChannel_INCLUDED
