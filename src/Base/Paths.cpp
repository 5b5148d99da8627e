#include "TaskDaemon/Base/Paths.h"
#include "TaskDaemon/Base/Exception.h"
#include <cstdlib>
#include <unistd.h>


namespace TaskDaemon {


namespace {


std::string environmentValue(const char* name)
{
	// Read before any thread exists that could call setenv.
	const char* value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
	return value != nullptr ? value : "";
}


std::string absolute(const std::string& path)
{
	if (path[0] == '/') return path;
	char* cwd = ::getcwd(nullptr, 0);
	if (cwd == nullptr) throwErrno("cannot find the current folder");
	std::string result = std::string(cwd) + "/" + path;
	std::free(cwd); // NOLINT: getcwd(3) allocates with malloc
	return result;
}


std::string baseDirectory(const char* variable, const std::string& fallback)
/// XDG Base Directory Specification: a relative value is to be ignored.
{
	const std::string value = environmentValue(variable);
	return !value.empty() && value[0] == '/' ? value : fallback;
}


Paths below(const std::string& config, const std::string& runtime, const std::string& state, const std::string& logs)
{
	Paths paths;
	paths.config = config + "/taskdaemon.properties";
	paths.pidFile = runtime + "/taskdaemon.pid";
	paths.controlSocket = runtime + "/control.sock";
	paths.store = state + "/tasks.db";
	paths.taskLogs = logs + "/tasks";
	paths.logFile = logs + "/taskdaemon.log";
	paths.statusFile = runtime + "/status.json";
	return paths;
}


} // namespace


Paths Paths::defaults(const std::string& home)
{
	if (!home.empty())
	{
		const std::string root = absolute(home);
		return below(root, root, root, root);
	}
	if (::geteuid() == 0) return below("/etc/taskdaemon", "/run/taskdaemon", "/var/lib/taskdaemon", "/var/log/taskdaemon");

	const std::string user = environmentValue("HOME");
	if (user.empty() || user[0] != '/') throw Exception("HOME is not an absolute path: set it, or say --home=DIR");
	const std::string state = baseDirectory("XDG_STATE_HOME", user + "/.local/state") + "/taskdaemon";
	const std::string runtime = environmentValue("XDG_RUNTIME_DIR");
	return below(baseDirectory("XDG_CONFIG_HOME", user + "/.config") + "/taskdaemon",
		!runtime.empty() && runtime[0] == '/' ? runtime + "/taskdaemon" : state, state, state);
}


} // namespace TaskDaemon
