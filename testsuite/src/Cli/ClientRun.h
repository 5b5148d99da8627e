#ifndef TaskDaemon_Test_ClientRun_INCLUDED
#define TaskDaemon_Test_ClientRun_INCLUDED


#include "ChildProcess.h"
#include "Cli/CommandLine.h"
#include "TemporaryFolder.h"
#include <csignal>
#include <functional>
#include <string>
#include <vector>


inline void setVariable(const char* name, const std::string& value)
/// For a forked child, which has one thread.
{
	::setenv(name, value.c_str(), 1); // NOLINT(concurrency-mt-unsafe)
}


struct ClientRun
/// What the client program did with a command line, run in a forked child with TASKDAEMON_HOME set.
{
	int code = -1; /// 128+N for a signal
	std::string out;
	std::string err;

	ClientRun(
		const std::string& home, const std::vector<std::string>& words, const std::string& input = "",
		const std::function<void()>& prepare = [] {})
	{
		const TemporaryFolder folder;
		folder.write("in", input);
		ChildProcess child(
			[&]
			{
				setVariable("TASKDAEMON_HOME", home);
				setVariable("TASKDAEMON_CONFIG", "");
				// As the client's main() finds it: POCO's network library, which is linked with the tests, blocks it for the whole process.
				std::signal(SIGPIPE, SIG_DFL);
				sigset_t pipe;
				::sigemptyset(&pipe);
				::sigaddset(&pipe, SIGPIPE);
				::pthread_sigmask(SIG_UNBLOCK, &pipe, nullptr);
				redirect(STDIN_FILENO, folder.path("in"), O_RDONLY);
				redirect(STDOUT_FILENO, folder.path("out"), O_WRONLY | O_CREAT);
				redirect(STDERR_FILENO, folder.path("err"), O_WRONLY | O_CREAT);
				prepare();
				return TaskDaemon::Cli::runProgram(words);
			});
		code = child.exitCode();
		out = folder.read("out");
		err = folder.read("err");
	}

	static void redirect(int fd, const std::string& path, int flags)
	{
		::dup2(TaskDaemon::openFile(path, flags).get(), fd);
	}
};


#endif // TaskDaemon_Test_ClientRun_INCLUDED
