#ifndef TaskDaemon_Base_ExitCode_INCLUDED
#define TaskDaemon_Base_ExitCode_INCLUDED


namespace TaskDaemon {


enum ExitCode
/// What both programs exit with; the numbers are those of sysexits.h, as Poco::Util::Application has them.
{
	EXIT_OK = 0,
	EXIT_NO = 1, /// the answer is "no": not healthy, some task failed
	EXIT_USAGE = 64, /// the command line or a field of the input is wrong
	EXIT_UNAVAILABLE = 69, /// no daemon answers
	EXIT_SOFTWARE = 70, /// a fault of ours or of the system
	EXIT_TEMPFAIL = 75, /// already running, address in use, try again
	EXIT_NOPERM = 77, /// permission denied
	EXIT_CONFIG = 78 /// the configuration is wrong
};


} // namespace TaskDaemon


#endif // TaskDaemon_Base_ExitCode_INCLUDED
