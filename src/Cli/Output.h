#ifndef TaskDaemon_Cli_Output_INCLUDED
#define TaskDaemon_Cli_Output_INCLUDED


#include <string>
#include <string_view>


namespace TaskDaemon::Cli {


class Output
/// Where a command's result goes: standard output, buffered. Not thread-safe; owned by Context. Throws SystemException when bytes
/// cannot be written (a full disk), so that a result that was lost never looks like success. A closed pipe ends the program
/// by SIGPIPE (main() restores its default), quietly, as it ends cat(1).
{
public:
	explicit Output(int fd): _fd(fd) {}

	void write(std::string_view text);

	void flush();
	/// To be called at the end; a destructor could not report what fails.

	int fd() const
	{
		return _fd;
	}

private:
	int _fd;
	std::string _buffer;
};


struct Terminal
/// What a file descriptor shows its output on.
{
	bool present = false;
	bool colour = false; /// on a terminal, unless NO_COLOR (no-color.org) or TERM=dumb says otherwise
	std::size_t width = 0; /// columns; 0: not to be cut

	static Terminal of(int fd);
};


void printError(std::string_view message);
/// "taskdaemon: message" to standard error, every line of it; control characters are escaped, since the message can hold any text.

void printNote(std::string_view message);
/// The same for what is no error: a line on standard error without the program's name.


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_Output_INCLUDED
