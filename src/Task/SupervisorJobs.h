#ifndef TaskDaemon_Task_SupervisorJobs_INCLUDED
#define TaskDaemon_Task_SupervisorJobs_INCLUDED


#include "Task/Job.h"


namespace TaskDaemon {


class SupervisorJob: public Job
/// What the supervisor tells has happened, whether the store takes it or not.
{
public:
	void failed(const std::exception_ptr&) final {}
	/// Never called.

	bool mustBeStored() const final
	{
		return true;
	}
};


class StartedJob: public SupervisorJob
{
public:
	explicit StartedJob(const Started& message): _message(message) {}

	void apply(Turn& turn) override;
	void committed() override;

private:
	Started _message;
	bool _known = false;
};


class EndedJob: public SupervisorJob
/// Acknowledges the end in any case: one that is fenced off (of an earlier run, or settled already) is of no use to anyone.
{
public:
	explicit EndedJob(Ended message): _message(std::move(message)) {}

	void apply(Turn& turn) override;
	void committed() override;

private:
	Ended _message;
	Verdict _verdict;
	bool _settled = false;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_SupervisorJobs_INCLUDED
