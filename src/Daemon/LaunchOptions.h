#ifndef TaskDaemon_Daemon_LaunchOptions_INCLUDED
#define TaskDaemon_Daemon_LaunchOptions_INCLUDED


#include <Poco/Util/OptionSet.h>
#include <map>
#include <string>
#include <vector>


namespace TaskDaemon {


enum class LaunchCommand
{
	FOREGROUND,
	DAEMON,
	CHECK_CONFIG,
	HELP,
	VERSION
};


class LaunchOptions
/// What the command line of taskdaemond asks for. POCO's OptionSet names and reads the options; this class decides what they mean together, and
/// refuses what POCO would let pass: abbreviations (so that no misspelling daemonizes by accident) and options given twice.
///
/// Owned by DaemonApplication; one thread. Errors: UsageException.
{
public:
	static void define(Poco::Util::OptionSet& options);

	static void checkSpelling(const Poco::Util::OptionSet& options, const std::vector<std::string>& arguments);
	/// Every option must be written out as it is defined, case and all.

	void take(const std::string& name, const std::string& value);
	/// One option that POCO has read.

	void takeWords(const std::vector<std::string>& words);
	/// What was no option: start, run or check-config, or nothing.

	LaunchCommand command() const;

	bool has(const std::string& option) const
	{
		return _values.count(option) > 0;
	}

	std::string value(const std::string& option) const;
	/// Empty when it was not given.

	std::string path(const std::string& option, const char* variable) const;
	/// The option's value, else that of the environment variable (none: nullptr), made absolute by the current folder; empty for neither.

private:
	std::map<std::string, std::string> _values;
	std::string _word;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Daemon_LaunchOptions_INCLUDED
