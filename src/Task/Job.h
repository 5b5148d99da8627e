#ifndef TaskDaemon_Task_Job_INCLUDED
#define TaskDaemon_Task_Job_INCLUDED


#include "Task/Turn.h"
#include <exception>
#include <memory>
#include <vector>


namespace TaskDaemon {


class Job
/// One entry of the scheduler's mailbox. Its life: apply(), and once more in a transaction of its own when the shared one failed; then
/// exactly one of committed() and failed(). Everything on the scheduler's thread, which owns it by then.
{
public:
	Job() = default;
	Job(const Job&) = delete;
	Job& operator=(const Job&) = delete;
	virtual ~Job() = default;

	virtual void apply(Turn& turn) = 0;
	/// Writes, inside a transaction. Whatever it throws fails the transaction.

	virtual void committed() = 0;
	/// What it wrote is on disk. Must not throw.

	virtual void failed(const std::exception_ptr& error) = 0;
	/// Nothing of it was written. Must not throw.

	virtual std::size_t rows() const
	/// About how many rows it writes.
	{
		return 1;
	}

	virtual bool mustBeStored() const
	/// Whether it is to be tried again for as long as it takes, instead of failed().
	{
		return false;
	}

	virtual bool answersAfterSend() const
	/// Whether committed() waits until the turn's messages are with the supervisor.
	{
		return false;
	}
};


using Jobs = std::vector<std::unique_ptr<Job>>;


} // namespace TaskDaemon


#endif // TaskDaemon_Task_Job_INCLUDED
