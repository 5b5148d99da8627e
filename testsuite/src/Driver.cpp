#include <cppunit/BriefTestProgressListener.h>
#include <cppunit/CompilerOutputter.h>
#include <cppunit/TestResult.h>
#include <cppunit/TestResultCollector.h>
#include <cppunit/TestRunner.h>
#include <cppunit/extensions/TestFactoryRegistry.h>
#include <iostream>


int main(int argc, char** argv)
/// Runs the suites named on the command line (Base, Config, ...), all registered there; exits 1 when one fails
/// and when a name has no test at all, so that a misspelt suite cannot pass.
{
	CppUnit::TestResult result;
	CppUnit::TestResultCollector collector;
	CppUnit::BriefTestProgressListener progress;
	result.addListener(&collector);
	result.addListener(&progress);
	CppUnit::TestRunner runner;
	for (int i = 1; i < argc; ++i)
	{
		CppUnit::Test* suite = CppUnit::TestFactoryRegistry::getRegistry(argv[i]).makeTest();
		runner.addTest(suite);
		if (suite->countTestCases() == 0)
		{
			std::cerr << "no test in suite " << argv[i] << '\n';
			return 1;
		}
	}
	runner.run(result);
	CppUnit::CompilerOutputter(&collector, std::cerr).write();
	const int failed = collector.testFailuresTotal();
	std::cerr << collector.runTests() - failed << " passed, " << failed << " failed\n";
	return collector.runTests() > 0 && collector.wasSuccessful() ? 0 : 1;
}
