#include "Cli/Output.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include "TaskDaemon/Base/Text.h"
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


constexpr std::size_t BUFFER_SIZE = 65536;


bool isSet(const char* variable)
{
	// The client has one thread and never calls setenv.
	const char* value = std::getenv(variable); // NOLINT(concurrency-mt-unsafe)
	return value != nullptr && *value != '\0';
}


bool isDumb()
{
	const char* term = std::getenv("TERM"); // NOLINT(concurrency-mt-unsafe)
	return term == nullptr || std::string_view(term) == "dumb";
}


void printLines(std::string_view prefix, std::string_view message)
{
	std::string text;
	while (!message.empty())
	{
		const std::size_t end = message.find('\n');
		text.append(prefix).append(escapeControls(message.substr(0, end))) += '\n';
		message.remove_prefix(end == std::string_view::npos ? message.size() : end + 1);
	}
	// Nobody is left to tell when standard error itself fails; the exit code still speaks.
	for (std::size_t done = 0; done < text.size();)
	{
		const ssize_t written = ::write(STDERR_FILENO, text.data() + done, text.size() - done);
		if (written <= 0) return;
		done += static_cast<std::size_t>(written);
	}
}


} // namespace


void Output::write(std::string_view text)
{
	_buffer += text;
	if (_buffer.size() >= BUFFER_SIZE) flush();
}


void Output::flush()
{
	// Emptied first: what failed once must not be written again, in part, by the next flush.
	std::string pending;
	pending.swap(_buffer);
	if (!pending.empty()) writeAll(_fd, pending.data(), pending.size(), "standard output");
}


Terminal Terminal::of(int fd)
{
	Terminal terminal;
	terminal.present = ::isatty(fd) == 1;
	if (!terminal.present) return terminal;
	terminal.colour = !isSet("NO_COLOR") && !isDumb();
	winsize size{};
	if (::ioctl(fd, TIOCGWINSZ, &size) == 0) terminal.width = size.ws_col;
	return terminal;
}


void printError(std::string_view message)
{
	printLines("taskdaemon: ", message);
}


void printNote(std::string_view message)
{
	printLines("", message);
}


} // namespace TaskDaemon::Cli
