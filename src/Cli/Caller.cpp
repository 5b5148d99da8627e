#include "Cli/Caller.h"
#include "TaskDaemon/Base/Exception.h"
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


bool isCurrentFolder(const char* path)
{
	struct stat named
	{
	};
	struct stat current
	{
	};
	return ::stat(path, &named) == 0 && ::stat(".", &current) == 0 && named.st_dev == current.st_dev && named.st_ino == current.st_ino;
}


std::string_view nameOf(std::string_view entry)
{
	return entry.substr(0, entry.find('='));
}


std::string completeChange(const std::string& change)
{
	if (change.empty() || change[0] == '=') throw UsageException("--env: '" + change + "' has no name; write --env NAME=VALUE");
	if (change.find('=') != std::string::npos) return change;
	const char* value = std::getenv(change.c_str()); // NOLINT(concurrency-mt-unsafe): the client has one thread
	if (value == nullptr) throw UsageException("--env: " + change + " is not set; write --env " + change + "=VALUE");
	return change + "=" + value;
}


} // namespace


std::string currentFolder()
{
	const char* pwd = std::getenv("PWD"); // NOLINT(concurrency-mt-unsafe): the client has one thread
	if (pwd != nullptr && pwd[0] == '/' && isCurrentFolder(pwd)) return pwd;
	const std::unique_ptr<char, void (*)(void*)> folder(::getcwd(nullptr, 0), std::free);
	if (!folder) throwErrno("cannot find the current folder");
	return folder.get();
}


std::string currentUmask()
{
	const mode_t mask = ::umask(0);
	::umask(mask);
	char text[8];
	std::snprintf(text, sizeof text, "%03o", mask);
	return text;
}


Json callerEnvironment(bool clean, const std::vector<std::string>& changes)
{
	std::vector<std::string> changed;
	changed.reserve(changes.size());
	for (const std::string& change : changes) changed.push_back(completeChange(change));
	const auto isChanged = [&](std::string_view name)
	{
		for (const std::string& entry : changed)
		{
			if (nameOf(entry) == name) return true;
		}
		return false;
	};
	Json result = Json::array();
	for (char** next = environ; !clean && next != nullptr && *next != nullptr; ++next)
	{
		const std::string_view entry = *next;
		// What has no name or no '=' is no variable to any program (environ(7)), but execve(2) lets it through.
		const std::string_view name = nameOf(entry);
		if (!name.empty() && name.size() < entry.size() && !isChanged(name)) result.push_back(bytesToJson(entry));
	}
	for (const std::string& entry : changed) result.push_back(bytesToJson(entry));
	return result;
}


} // namespace TaskDaemon::Cli
