#include "Http/WaitStream.h"
#include "Http/HttpException.h"
#include "Http/Response.h"
#include "TaskDaemon/Task/TaskJson.h"


namespace TaskDaemon {


namespace {


constexpr int LOOKS = 16; // a step, so that a long list does not keep the other streams waiting
constexpr std::size_t MAX_ANSWER = std::size_t(64) << 20U; // bytes


} // namespace


WaitStream::WaitStream(FileDescriptor socket, std::vector<TaskId> tasks): Stream(std::move(socket)), _tasks(std::move(tasks)) {}


void WaitStream::noticed()
{
	_look = true;
}


Stream::Progress WaitStream::step(StreamTools& tools)
{
	if (!_answered && _look) answer(tools);
	if (!_answered) return _look ? Progress::BUSY : Progress::WAITING;
	return flush() ? Progress::DONE : Progress::WAITING;
}


void WaitStream::answer(StreamTools& tools)
{
	Response response;
	try
	{
		if (!collect(tools)) return;
		response.body = std::move(_body) + "]\n";
	}
	catch (const std::exception& e)
	{
		response = errorResponse(e);
	}
	write(formatResponse(response, true, false));
	_answered = true;
}


bool WaitStream::collect(StreamTools& tools)
/// True when all tasks are in the body.
{
	for (int i = 0; i < LOOKS && _next < _tasks.size(); ++i)
	{
		const TaskId id = _tasks[_next];
		tools.notices.watch(this->id(), id); // before the look: see TaskNotices
		const auto task = tools.store.find(id);
		if (!task) throw NotFoundException("task " + std::to_string(id) + " does not exist any more");
		_look = isFinal(task->state);
		if (!_look) return false;
		if (_next++ > 0) _body += ',';
		_body += dumpJson(taskToJson(*task, false));
		if (_body.size() > MAX_ANSWER) throw HttpException(413, "too_large", "the answer is larger than 64 MiB: wait for fewer tasks");
	}
	return _next == _tasks.size();
}


} // namespace TaskDaemon
