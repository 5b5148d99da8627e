#include "Daemon/DaemonApplication.h"


int main(int argc, char** argv)
{
	TaskDaemon::DaemonApplication application;
	return application.run(argc, argv);
}
