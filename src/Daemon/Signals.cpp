#include "Daemon/Signals.h"
#include "TaskDaemon/Base/Exception.h"
#include <array>
#include <cerrno>
#include <csignal>
#include <sys/signalfd.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


struct TableRow
{
	int number;
	SignalAction action;
};


// SIGCHLD is not here: the end of a process is told by its pidfd, which also names the process beyond doubt.
constexpr std::array<TableRow, 6> TABLE{{
	{SIGTERM, SignalAction::STOP},
	{SIGINT, SignalAction::STOP},
	{SIGQUIT, SignalAction::STOP_NOW},
	{SIGHUP, SignalAction::RELOAD},
	{SIGUSR1, SignalAction::DUMP_STATUS},
	{SIGUSR2, SignalAction::UPGRADE},
}};


sigset_t tableSet()
{
	sigset_t set;
	::sigemptyset(&set);
	for (const TableRow& row : TABLE) ::sigaddset(&set, row.number);
	return set;
}


} // namespace


void Signals::block()
{
	for (int signal = 1; signal < NSIG; ++signal)
	{
		struct sigaction standard = {};
		standard.sa_handler = signal == SIGPIPE ? SIG_IGN : SIG_DFL;
		::sigaction(signal, &standard, nullptr); // fails for KILL, STOP and libc's own two, as it must
	}
	// SETMASK, not BLOCK: what the caller had blocked must not stay so.
	const sigset_t set = tableSet();
	if (::pthread_sigmask(SIG_SETMASK, &set, nullptr) != 0) throwErrno("cannot block the signals");
}


void Signals::restore()
{
	const sigset_t set = tableSet();
	if (::pthread_sigmask(SIG_UNBLOCK, &set, nullptr) != 0) throwErrno("cannot unblock the signals");
}


Signals::Signals()
{
	const sigset_t set = tableSet();
	_fd.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
	if (!_fd) throwErrno("cannot create a signalfd");
}


std::vector<ReceivedSignal> Signals::read()
{
	std::vector<ReceivedSignal> received;
	for (;;)
	{
		std::array<signalfd_siginfo, 16> infos;
		const ssize_t size = ::read(_fd.get(), infos.data(), sizeof infos);
		if (size < 0 && errno == EINTR) continue;
		if (size < 0 && errno != EAGAIN) throwErrno("cannot read the signalfd");
		if (size <= 0) return received;
		for (std::size_t i = 0; i < static_cast<std::size_t>(size) / sizeof infos[0]; ++i)
		{
			for (const TableRow& row : TABLE)
			{
				if (row.number != static_cast<int>(infos[i].ssi_signo)) continue;
				received.push_back({row.number, row.action, static_cast<pid_t>(infos[i].ssi_pid), infos[i].ssi_uid});
			}
		}
	}
}


} // namespace TaskDaemon
