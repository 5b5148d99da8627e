#ifndef TaskDaemon_Task_ClientJobs_INCLUDED
#define TaskDaemon_Task_ClientJobs_INCLUDED


#include "Task/Job.h"
#include <functional>
#include <future>
#include <string>


namespace TaskDaemon {


using Answer = std::function<void()>;
/// Throws the refusal or error; empty for success. A new exception in the thread that asked, instead of one object that two threads
/// share: which of them frees that one is settled inside libstdc++, where ThreadSanitizer cannot see that it is safe.


class ClientJob: public Job
/// A job that somebody waits for. A refusal (NotFoundException, ConflictException) is an answer like any other: it waits for the
/// commit too, since it may rest on what the same transaction wrote before.
{
public:
	std::future<Answer> answer()
	/// Once only, before the job is posted.
	{
		return _promise.get_future();
	}

	void apply(Turn& turn) final;
	void committed() final;
	void failed(const std::exception_ptr& error) final;

private:
	virtual void change(Turn& turn) = 0;
	/// A refusal must be thrown before anything is written: the transaction goes on.

	std::promise<Answer> _promise;
	Answer _refusal;
};


class SubmitJob: public ClientJob
{
public:
	SubmitJob(std::vector<TaskSpec> specs, std::vector<TaskId>& ids): _specs(std::move(specs)), _ids(ids) {}
	/// ids must live until the answer has come.

	std::size_t rows() const override
	{
		return _specs.size();
	}

private:
	void change(Turn& turn) override;

	std::vector<TaskSpec> _specs;
	std::vector<TaskId>& _ids;
};


class CancelJob: public ClientJob
{
public:
	explicit CancelJob(TaskId task): _task(task) {}

	bool answersAfterSend() const override
	/// Only the supervisor remembers the cancel of a running task: the caller must not hear of it before.
	{
		return true;
	}

private:
	void change(Turn& turn) override;

	TaskId _task;
};


class HoldJob: public ClientJob
{
public:
	HoldJob(TaskId task, bool held): _task(task), _held(held) {}

private:
	void change(Turn& turn) override;

	TaskId _task;
	bool _held;
};


class PauseJob: public ClientJob
{
public:
	PauseJob(std::string queue, bool paused): _queue(std::move(queue)), _paused(paused) {}

private:
	void change(Turn& turn) override;

	std::string _queue;
	bool _paused;
};


class ProbeJob: public ClientJob
/// Writes what is there already, so that the commit reaches the disk.
{
	void change(Turn& turn) override;
};


} // namespace TaskDaemon


#endif // TaskDaemon_Task_ClientJobs_INCLUDED
