#ifndef TaskDaemon_Cli_BatchSubmitter_INCLUDED
#define TaskDaemon_Cli_BatchSubmitter_INCLUDED


#include "Cli/BatchReader.h"
#include "Cli/Context.h"
#include "TaskDaemon/Base/Json.h"
#include <cstdint>
#include <string>
#include <vector>


namespace TaskDaemon::Cli {


class BatchSubmitter
/// Submits a whole batch chunk by chunk, each accepted entirely or not at all, and prints the ids as they come. Not thread-safe; a temporary of
/// the command. Throws Exception that says which line is wrong and how many tasks had been accepted before.
{
public:
	BatchSubmitter(Context& context, const Json& defaults, bool keepIds);
	/// keepIds: for waiting; otherwise memory does not grow with the batch.

	void submit(const std::string& file);
	/// "-" is standard input.

	const std::vector<std::int64_t>& ids() const
	{
		return _ids;
	}

private:
	void submitChunks(BatchReader& reader);
	void submitChunk(const BatchReader& reader, const BatchChunk& chunk);
	void print(const std::vector<std::int64_t>& ids);
	std::string acceptedText() const;

	Context& _context;
	std::string _defaults;
	bool _keepIds;
	std::vector<std::int64_t> _ids;
	std::uint64_t _accepted = 0;
};


} // namespace TaskDaemon::Cli


#endif // TaskDaemon_Cli_BatchSubmitter_INCLUDED
