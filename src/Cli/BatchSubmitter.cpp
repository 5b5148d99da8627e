#include "Cli/BatchSubmitter.h"
#include "Cli/JsonFields.h"
#include "TaskDaemon/Base/Exception.h"
#include "TaskDaemon/Base/FileDescriptor.h"
#include <fcntl.h>
#include <unistd.h>


namespace TaskDaemon::Cli {


namespace {


FileDescriptor openInput(const std::string& file)
{
	try
	{
		return openFile(file, O_RDONLY);
	}
	catch (const SystemException& exc)
	{
		if (exc.exitCode() == EXIT_NOPERM) throw;
		throw UsageException(std::string("--batch: ") + exc.what());
	}
}


std::vector<std::int64_t> idsOf(const Json& answer, std::size_t expected)
{
	std::vector<std::int64_t> ids;
	for (const Json& id : arrayField(answer, "ids"))
	{
		if (id.is_number_integer()) ids.push_back(id.get<std::int64_t>());
	}
	if (ids.size() != expected)
		throw ProtocolException("the daemon accepted the tasks, but its answer does not have all ids; look with `taskdaemon list`");
	return ids;
}


} // namespace


BatchSubmitter::BatchSubmitter(Context& context, const Json& defaults, bool keepIds):
	_context(context), _defaults(dumpJson(defaults)), _keepIds(keepIds)
{}


void BatchSubmitter::submit(const std::string& file)
{
	FileDescriptor opened;
	if (file != "-") opened = openInput(file);
	BatchReader reader(opened ? opened.get() : STDIN_FILENO, opened ? file : "standard input");
	// One document in JSON too, whatever happens midway: ids that were given are worth having.
	if (_context.json()) _context.out().write("{\"ids\":[");
	try
	{
		submitChunks(reader);
	}
	catch (const Exception& exc)
	{
		if (_context.json()) _context.out().write("]}\n");
		throw Exception(exc.what() + acceptedText(), exc.exitCode());
	}
	if (_context.json()) _context.out().write("]}\n");
}


void BatchSubmitter::submitChunks(BatchReader& reader)
{
	while (const auto chunk = reader.next()) submitChunk(reader, *chunk);
}


void BatchSubmitter::submitChunk(const BatchReader& reader, const BatchChunk& chunk)
{
	try
	{
		const Json answer = _context.client().postText("/v1/batch", "{\"defaults\":" + _defaults + ",\"tasks\":[" + chunk.tasks + "]}");
		const std::vector<std::int64_t> ids = idsOf(answer, chunk.lines.size());
		print(ids);
		_accepted += ids.size();
		if (_keepIds) _ids.insert(_ids.end(), ids.begin(), ids.end());
	}
	catch (const ApiException& exc)
	{
		const auto& index = exc.index();
		if (!index || *index < 0 || static_cast<std::size_t>(*index) >= chunk.lines.size()) throw;
		throw Exception(
			reader.name() + ":" + std::to_string(chunk.lines[static_cast<std::size_t>(*index)]) + ": " + exc.what(), exc.exitCode());
	}
}


void BatchSubmitter::print(const std::vector<std::int64_t>& ids)
{
	std::string text;
	for (const std::int64_t id : ids)
	{
		if (!_context.json())
			text += std::to_string(id) + "\n";
		else
			text += (_accepted == 0 && text.empty() ? "" : ",") + std::to_string(id);
	}
	_context.out().write(text);
	_context.out().flush(); // these are accepted for good, even if this program is killed in the next chunk
}


std::string BatchSubmitter::acceptedText() const
{
	if (_accepted == 0) return "\nno task was accepted";
	return "\n" + std::to_string(_accepted) + " tasks of the lines before were accepted, nothing after them";
}


} // namespace TaskDaemon::Cli
