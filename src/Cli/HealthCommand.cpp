#include "Cli/Arguments.h"
#include "Cli/Command.h"
#include "Cli/JsonFields.h"
#include "Cli/StatusText.h"


namespace TaskDaemon::Cli {


namespace {


class HealthCommand: public Command
/// `health`: 0 for healthy and degraded, as /health answers 200 for both; 1 for unhealthy.
{
public:
	void define(CLI::App& /*app*/) override {}

	int run(Context& context) override
	{
		const Json status = context.client().get("/v1/status");
		const Json& checks = arrayField(status, "checks");
		const std::string overall = overallHealth(status);
		if (context.json())
		{
			context.printJson({{"status", overall}, {"checks", checks}});
		}
		else
		{
			context.out().write(overall + "\n\n");
			printChecks(context.out(), Terminal::of(context.out().fd()), checks, false);
		}
		return overall == "unhealthy" ? EXIT_NO : EXIT_OK;
	}
};


} // namespace


std::unique_ptr<Command> makeHealth()
{
	return std::make_unique<HealthCommand>();
}


} // namespace TaskDaemon::Cli
