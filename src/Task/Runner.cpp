#include "TaskDaemon/Task/Runner.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/Text.h"
#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t STACK_SIZE = std::size_t(64) * 1024;
constexpr std::string_view DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";


struct Plan
/// All that the child needs, made before the clone: with shared memory it must not allocate.
{
	std::vector<std::string> candidates; /// the paths to try in turn
	std::vector<char*> argv;
	std::vector<char*> shellArgv; /// "/bin/sh", then room for the script's path, then the arguments
	std::vector<char*> envp;
	const char* cwd = nullptr;
	mode_t umask = 0;
	int input = -1;
	int output = -1;
	int error = -1;
	const sigset_t* ignored = nullptr;

	// Written by the child, read by us after it is gone.
	const char* failedStep = nullptr;
	int failedErrno = 0;
};


[[noreturn]] void fail(Plan& plan, const char* step)
{
	plan.failedErrno = errno;
	plan.failedStep = step;
	::_exit(127);
}


void executeCandidates(Plan& plan)
/// As execvp(3): a candidate that is missing is passed over, one that is forbidden is remembered, and any other error is final.
{
	bool forbidden = false;
	for (std::string& path : plan.candidates)
	{
		::execve(path.c_str(), plan.argv.data(), plan.envp.data());
		if (errno == ENOEXEC)
		{
			plan.shellArgv[1] = path.data();
			::execve("/bin/sh", plan.shellArgv.data(), plan.envp.data());
		}
		if (errno == EACCES)
			forbidden = true;
		else if (errno != ENOENT && errno != ENOTDIR)
			return;
	}
	if (forbidden) errno = EACCES;
}


int childMain(void* argument)
/// Runs in our memory on a stack of its own, while we wait: only async-signal-safe calls, nothing that allocates or locks.
{
	Plan& plan = *static_cast<Plan*>(argument);
	if (::setsid() < 0) fail(plan, "start a session for");
	if (::dup2(plan.input, 0) < 0 || ::dup2(plan.output, 1) < 0 || ::dup2(plan.error, 2) < 0) fail(plan, "redirect the output of");
	// All of ours are close-on-exec; this covers what a library opened without.
	if (::close_range(3, ~0U, 0) != 0) fail(plan, "close the descriptors of");
	struct sigaction standard = {};
	standard.sa_handler = SIG_DFL;
	for (int signal = 1; signal < NSIG; ++signal)
	{
		if (::sigismember(plan.ignored, signal) == 1) ::sigaction(signal, &standard, nullptr);
	}
	::umask(plan.umask);
	if (::chdir(plan.cwd) != 0) fail(plan, nullptr);
	// Last before the program: from here on a signal could end the child by its default action, as it should.
	sigset_t none;
	::sigemptyset(&none);
	::pthread_sigmask(SIG_SETMASK, &none, nullptr);
	executeCandidates(plan);
	fail(plan, "execute");
}


std::string_view pathOf(const std::vector<std::string>& environment)
{
	for (const std::string& entry : environment)
	{
		if (entry.compare(0, 5, "PATH=") == 0) return std::string_view(entry).substr(5);
	}
	return DEFAULT_PATH;
}


std::vector<std::string> programCandidates(const Spawn& request)
{
	const std::string& program = request.command.front();
	if (program.empty() || program.find('/') != std::string::npos) return {program};
	std::vector<std::string> candidates;
	std::string_view path = pathOf(request.environment);
	for (;;)
	{
		const std::size_t colon = path.find(':');
		const std::string_view folder = path.substr(0, colon);
		// An empty entry means the current folder (environ(7)).
		candidates.push_back((folder.empty() ? std::string(".") : std::string(folder)) + "/" + program);
		if (colon == std::string_view::npos) return candidates;
		path.remove_prefix(colon + 1);
	}
}


std::vector<char*> pointers(const std::vector<std::string>& strings)
{
	std::vector<char*> result;
	result.reserve(strings.size() + 1);
	// execve(2) takes char*, for history's sake, and changes nothing.
	for (const std::string& string : strings) result.push_back(const_cast<char*>(string.c_str()));
	result.push_back(nullptr);
	return result;
}


std::string quoted(const std::string& name)
/// For messages. Cut where it can be no path, since it may be as long as a packet and the message must fit into one.
{
	return "'" + (name.size() > PATH_MAX ? name.substr(0, PATH_MAX) + "..." : name) + "'";
}


FileDescriptor openOutput(const std::string& path)
/// Output folders hold a thousand tasks each and are made when first needed. O_NOFOLLOW: nobody can make us write elsewhere.
/// O_NONBLOCK: nor wait for the reader of a FIFO; a file of another kind is refused as open(2) refuses a FIFO that nobody reads.
{
	constexpr int FLAGS = O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
	FileDescriptor fd(::open(path.c_str(), FLAGS, 0640));
	if (!fd && errno == ENOENT)
	{
		const std::string folder = path.substr(0, path.rfind('/'));
		if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) throwErrno("cannot create the folder " + quoted(folder));
		fd.reset(::open(path.c_str(), FLAGS, 0640));
	}
	struct stat info = {};
	if (!fd || ::fstat(fd.get(), &info) != 0) throwErrno("cannot open the output file " + quoted(path));
	if (!S_ISREG(info.st_mode)) throw SystemException("cannot open the output file " + quoted(path), ENXIO);
	// The task gets it as every program expects its output to be.
	if (::fcntl(fd.get(), F_SETFL, O_APPEND) != 0) throwErrno("cannot prepare the output file " + quoted(path));
	return fd;
}


std::string failureDetail(const Plan& plan, const Spawn& request)
{
	const std::string what = plan.failedStep == nullptr ? "cannot enter the folder " + quoted(request.cwd)
														: std::string("cannot ") + plan.failedStep + " " + quoted(request.command.front());
	return SystemException(what, plan.failedErrno).what();
}


} // namespace


Runner::Runner(): _null(openFile("/dev/null", O_RDONLY)), _ignored(), _stack(nullptr)
{
	::sigemptyset(&_ignored);
	for (int signal = 1; signal < NSIG; ++signal)
	{
		struct sigaction current = {};
		if (::sigaction(signal, nullptr, &current) == 0 && current.sa_handler == SIG_IGN) ::sigaddset(&_ignored, signal);
	}
	_stack = ::mmap(nullptr, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
	if (_stack == MAP_FAILED) throwErrno("cannot allocate a stack for spawning");
}


Runner::~Runner()
{
	::munmap(_stack, STACK_SIZE);
}


SpawnedProcess Runner::spawn(const Spawn& request)
{
	SpawnedProcess result;
	try
	{
		const FileDescriptor output = openOutput(request.stdoutFile);
		const FileDescriptor error = openOutput(request.stderrFile);
		Plan plan;
		plan.candidates = programCandidates(request);
		plan.argv = pointers(request.command);
		plan.shellArgv = plan.argv;
		plan.shellArgv.insert(plan.shellArgv.begin(), const_cast<char*>("/bin/sh"));
		plan.envp = pointers(request.environment);
		plan.cwd = request.cwd.c_str();
		plan.umask = request.umask;
		plan.input = _null.get();
		plan.output = output.get();
		plan.error = error.get();
		plan.ignored = &_ignored;

		int pidfd = -1;
		const pid_t pid = ::clone(
			childMain, static_cast<char*>(_stack) + STACK_SIZE, CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
		if (pid < 0) throwErrno("cannot start a process for " + quoted(request.command.front()));
		result.pidfd.reset(pidfd);
		if (plan.failedErrno == 0)
		{
			result.pid = pid;
			return result;
		}
		while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR)
		{}
		result.error = plan.failedErrno;
		result.detail = failureDetail(plan, request);
	}
	catch (const SystemException& exception)
	{
		result.error = exception.error();
		result.detail = exception.what();
	}
	return result;
}


std::uint64_t processStartTime(pid_t pid)
{
	char content[1024];
	const FileDescriptor stat(::open(("/proc/" + std::to_string(pid) + "/stat").c_str(), O_RDONLY | O_CLOEXEC));
	const ssize_t size = stat ? ::read(stat.get(), content, sizeof content) : 0;
	if (size <= 0) return 0;
	// The second field is the program's name in brackets and may hold anything, so fields are counted from its last bracket.
	std::string_view rest(content, static_cast<std::size_t>(size));
	rest.remove_prefix(std::min(rest.size(), rest.rfind(')') + 1));
	for (int field = 2; field < 22; ++field)
	{
		const std::size_t blank = rest.find(' ');
		if (blank == std::string_view::npos) return 0;
		rest.remove_prefix(blank + 1);
	}
	return static_cast<std::uint64_t>(parseInteger(rest.substr(0, rest.find(' '))).value_or(0));
}


} // namespace TaskDaemon
