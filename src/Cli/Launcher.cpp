#include "Cli/Launcher.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include <array>
#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t CAPTURE_LIMIT = 65536;


std::string ownFolder()
{
	// The kernel's link is the real path; after an upgrade it ends in " (deleted)", but the folder stays right (proc(5)).
	std::array<char, PATH_MAX> buffer{};
	const ssize_t length = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
	if (length <= 0) throwErrno("cannot read /proc/self/exe");
	const std::string_view path(buffer.data(), static_cast<std::size_t>(length));
	return std::string(path.substr(0, path.rfind('/')));
}


std::vector<char*> pointers(const std::string& program, const std::vector<std::string>& arguments)
{
	// execve(2) takes char* for historical reasons and writes to none of it.
	std::vector<char*> result{const_cast<char*>(program.c_str())};
	for (const std::string& argument : arguments) result.push_back(const_cast<char*>(argument.c_str()));
	result.push_back(nullptr);
	return result;
}


class SpawnActions
/// A posix_spawn_file_actions_t that is destroyed. Not thread-safe.
{
public:
	SpawnActions()
	{
		::posix_spawn_file_actions_init(&_actions);
	}

	~SpawnActions()
	{
		::posix_spawn_file_actions_destroy(&_actions);
	}

	SpawnActions(const SpawnActions&) = delete;
	SpawnActions& operator=(const SpawnActions&) = delete;

	posix_spawn_file_actions_t* get()
	{
		return &_actions;
	}

private:
	posix_spawn_file_actions_t _actions{};
};


std::string readToEnd(int fd)
{
	std::string text;
	std::array<char, 4096> buffer{};
	for (;;)
	{
		const ssize_t got = ::read(fd, buffer.data(), buffer.size());
		if (got < 0 && errno == EINTR) continue;
		if (got < 0) throwErrno("cannot read the output of taskdaemond");
		if (got == 0) return text;
		if (text.size() < CAPTURE_LIMIT) text.append(buffer.data(), static_cast<std::size_t>(got));
	}
}


int waitFor(pid_t pid)
{
	int status = 0;
	while (::waitpid(pid, &status, 0) < 0)
	{
		if (errno != EINTR) throwErrno("cannot wait for taskdaemond");
	}
	return status;
}


} // namespace


Launcher::Launcher()
{
	const std::string folder = ownFolder();
	_candidates = {folder + "/taskdaemond", folder + "/../sbin/taskdaemond", TASKDAEMON_SBINDIR "/taskdaemond"};
}


void Launcher::execute(const std::vector<std::string>& arguments) const
{
	const std::string program = findProgram();
	::execv(program.c_str(), pointers(program, arguments).data());
	throwErrno("cannot execute '" + program + "'");
}


std::string Launcher::capture(const std::vector<std::string>& arguments) const
{
	const std::string program = findProgram();
	std::array<int, 2> ends{};
	if (::pipe2(ends.data(), O_CLOEXEC) != 0) throwErrno("cannot create a pipe");
	const FileDescriptor readEnd(ends[0]);
	FileDescriptor writeEnd(ends[1]);
	SpawnActions actions;
	::posix_spawn_file_actions_adddup2(actions.get(), writeEnd.get(), STDOUT_FILENO);
	pid_t pid = 0;
	const int error = ::posix_spawn(&pid, program.c_str(), actions.get(), nullptr, pointers(program, arguments).data(), environ);
	if (error != 0) throw SystemException("cannot execute '" + program + "'", error);
	writeEnd.reset(); // else the end of the output would never come

	const std::string text = readToEnd(readEnd.get());
	const int status = waitFor(pid);
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		throw ConfigurationException("the configuration is not accepted (" + program + " said why)");
	return text.substr(0, text.find('\n'));
}


std::string Launcher::findProgram() const
{
	std::string looked;
	for (const std::string& candidate : _candidates)
	{
		if (::access(candidate.c_str(), X_OK) == 0) return candidate;
		looked += (looked.empty() ? "" : ", ") + candidate;
	}
	throw Exception("cannot find the program taskdaemond (looked for " + looked + "); is TaskDaemon installed completely?");
}


} // namespace TaskDaemon::Cli
