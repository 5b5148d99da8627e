#include "Daemon/Lifecycle.h"
#include <array>


namespace TaskDaemon {


namespace {


constexpr auto STARTING = LifecycleState::STARTING;
constexpr auto RUNNING = LifecycleState::RUNNING;
constexpr auto DRAINING = LifecycleState::DRAINING;
constexpr auto TERMINATING = LifecycleState::TERMINATING;
constexpr auto CLOSING = LifecycleState::CLOSING;
constexpr auto ENDED = LifecycleState::ENDED;


// clang-format off
constexpr std::array<std::array<LifecycleState, 7>, 6> TABLE{{
	//               SERVICE_READY  STOP         STOP_NOW     GRACE_OVER   ALL_ENDED    SERVICE_DONE GIVE_UP
	/* STARTING    */ {{RUNNING,     DRAINING,    TERMINATING, STARTING,    STARTING,    STARTING,    ENDED}},
	/* RUNNING     */ {{RUNNING,     DRAINING,    TERMINATING, RUNNING,     RUNNING,     RUNNING,     ENDED}},
	/* DRAINING    */ {{DRAINING,    TERMINATING, TERMINATING, TERMINATING, CLOSING,     DRAINING,    ENDED}},
	/* TERMINATING */ {{TERMINATING, TERMINATING, TERMINATING, TERMINATING, CLOSING,     TERMINATING, ENDED}},
	/* CLOSING     */ {{CLOSING,     CLOSING,     CLOSING,     CLOSING,     CLOSING,     ENDED,       ENDED}},
	/* ENDED       */ {{ENDED,       ENDED,       ENDED,       ENDED,       ENDED,       ENDED,       ENDED}},
}};
// clang-format on


constexpr std::array<const char*, 6> NAMES{"starting", "running", "draining", "terminating", "closing", "ended"};


} // namespace


LifecycleState nextState(LifecycleState state, LifecycleEvent event)
{
	return TABLE[static_cast<std::size_t>(state)][static_cast<std::size_t>(event)];
}


const char* toString(LifecycleState state)
{
	return NAMES[static_cast<std::size_t>(state)];
}


} // namespace TaskDaemon
