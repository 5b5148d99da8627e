#ifndef TaskDaemon_Test_LoopDriver_INCLUDED
#define TaskDaemon_Test_LoopDriver_INCLUDED


#include "ChildProcess.h"
#include "Daemon/EventLoop.h"
#include <functional>


namespace TaskDaemon {


inline void runLoopUntil(
	EventLoop& loop, const std::function<bool()>& reached, const std::function<void()>& eachTurn = [] {})
/// Runs the loop, with eachTurn after each turn, until reached(). It can be run again afterwards, as it is left by an exception, not by stop().
/// Fails the test at the deadline.
{
	struct Reached
	{
	};
	eachTurn();
	if (reached()) return;
	bool late = false;
	EventLoop::Timer deadline = loop.schedule(DEADLINE_MS * MILLISECOND, [&] { late = true; });
	loop.afterEachTurn(
		[&]
		{
			eachTurn();
			if (reached() || late) throw Reached();
		});
	try
	{
		loop.run();
	}
	catch (const Reached&)
	{} // how the loop is left
	loop.afterEachTurn([] {});
	loop.cancel(deadline);
	CPPUNIT_ASSERT_MESSAGE("the deadline of the test passed", !late);
}


} // namespace TaskDaemon


#endif // TaskDaemon_Test_LoopDriver_INCLUDED
