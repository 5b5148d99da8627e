#include "Config/Schema.h"
#include "TaskDaemon/Config/SettingsLoader.h"
#include "TemporaryFolder.h"
#include <cppunit/TestFixture.h>
#include <cppunit/extensions/HelperMacros.h>
#include <iostream>


using namespace TaskDaemon;
using namespace std::string_literals;


namespace {


Paths rootPaths()
/// Those of the system-wide daemon, which the samples are for, whoever runs the test.
{
	Paths paths;
	paths.config = "/etc/taskdaemon/taskdaemon.properties";
	paths.pidFile = "/run/taskdaemon/taskdaemon.pid";
	paths.controlSocket = "/run/taskdaemon/control.sock";
	paths.store = "/var/lib/taskdaemon/tasks.db";
	paths.taskLogs = "/var/log/taskdaemon/tasks";
	paths.logFile = "/var/log/taskdaemon/taskdaemon.log";
	paths.statusFile = "/run/taskdaemon/status.json";
	return paths;
}


std::string remarkOf(const SchemaKey& key)
{
	return "It is " + key.allowed() + (key.reload == Reload::APPLIES ? "; a reload applies it." : "; a change needs a restart.");
}


std::string renderProperties(const Schema& schema)
{
	std::string text = "# TaskDaemon: every key with its default, those of the system-wide daemon.\n"
					   "# Remove the '#' in front of a key to change it; check the result with: taskdaemon check-config\n"
					   "# The settings of another queue have its name in place of default; any queue has them all.\n";
	for (const SchemaKey& key : schema.keys())
	{
		const std::string value = key.defaultValue.empty() ? "" : " " + key.defaultValue;
		text.append("\n# ").append(key.text).append("\n# ").append(remarkOf(key)).append("\n");
		text.append("#").append(key.nameFor("default")).append(" =").append(value).append("\n");
	}
	return text;
}


std::vector<std::string> split(const std::string& name)
{
	std::vector<std::string> parts;
	std::istringstream stream(name);
	for (std::string part; std::getline(stream, part, '.');) parts.push_back(part);
	return parts;
}


std::string renderXml(const Schema& schema)
{
	std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
					   "<!-- TaskDaemon: every key with its default, those of the system-wide daemon.\n"
					   "     Remove the comment marks around an element to change it; check the result with: taskdaemon check-config\n"
					   "     The settings of another queue have its name in place of default; any queue has them all. -->\n"
					   "<taskdaemon>\n";
	std::vector<std::string> open;
	const auto closeTo = [&](std::size_t depth)
	{
		for (; open.size() > depth; open.pop_back()) text += std::string(open.size(), '\t') + "</" + open.back() + ">\n";
	};
	for (const SchemaKey& key : schema.keys())
	{
		std::vector<std::string> parts = split(key.nameFor("default"));
		const std::string name = parts.back();
		parts.pop_back();
		if (open != parts)
		{
			closeTo(0);
			for (const std::string& part : parts)
			{
				open.push_back(part);
				text += std::string(open.size(), '\t') + "<" + part + ">\n";
			}
		}
		const std::string indent(open.size() + 1, '\t');
		text.append(indent).append("<!-- ").append(key.text).append("\n");
		text.append(indent).append("     ").append(remarkOf(key)).append(" -->\n");
		text.append(indent).append("<!--<").append(name).append(">").append(key.defaultValue).append("</").append(name).append(">-->\n");
	}
	closeTo(0);
	return text + "</taskdaemon>\n";
}


std::string replaced(std::string text, const std::string& from, const std::string& to)
{
	for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) text.replace(at, from.size(), to);
	return text;
}


} // namespace


class SampleFilesTest: public CppUnit::TestFixture
/// The samples in conf/ are what the schema says, no more and no less; and they load, both as they are and with every key active.
{
	CPPUNIT_TEST_SUITE(SampleFilesTest);
	CPPUNIT_TEST(testProperties);
	CPPUNIT_TEST(testXml);
	CPPUNIT_TEST_SUITE_END();

	const Schema _schema{rootPaths()};
	TemporaryFolder _folder;

	static std::string sample(const std::string& name)
	{
		const auto file = std::filesystem::path(__FILE__).parent_path() / "../../../conf" / name;
		std::ostringstream content;
		content << std::ifstream(file).rdbuf();
		return content.str();
	}

	SettingsPtr load(const std::string& name, const std::string& content)
	{
		SettingsSource source;
		source.home = _folder.path();
		source.file = _folder.write(name, content);
		return loadSettings(source);
	}

	void check(const std::string& name, const std::string& expected, const std::string& active)
	{
		if (expected != sample(name)) std::cerr << "conf/" << name << " should be:\n" << expected;
		CPPUNIT_ASSERT(expected == sample(name));
		CPPUNIT_ASSERT_EQUAL(_folder.path("taskdaemon.log"), load(name, expected)->logFile);

		const SettingsPtr settings = load(name, active);
		CPPUNIT_ASSERT_EQUAL(rootPaths().pidFile, settings->pidFile);
		CPPUNIT_ASSERT_EQUAL(rootPaths().logFile, settings->logFile);
		CPPUNIT_ASSERT_EQUAL(rootPaths().controlSocket, settings->controlSocket);
		CPPUNIT_ASSERT_EQUAL(rootPaths().store, settings->storePath);
		CPPUNIT_ASSERT_EQUAL(rootPaths().taskLogs, settings->taskLogDir);
		CPPUNIT_ASSERT_EQUAL(rootPaths().statusFile, settings->statusFile);
		CPPUNIT_ASSERT_EQUAL(std::size_t(1), settings->queues.size());
	}

public:
	void testProperties()
	{
		const std::string expected = renderProperties(_schema);
		std::string active = expected;
		for (const SchemaKey& key : _schema.keys())
			active = replaced(active, "\n#" + key.nameFor("default"), "\n" + key.nameFor("default"));
		check("taskdaemon.properties", expected, active);
	}

	void testXml()
	{
		const std::string expected = renderXml(_schema);
		check("taskdaemon.xml", expected, replaced(replaced(expected, "<!--<", "<"), ">-->", ">"));
	}
};


CPPUNIT_TEST_SUITE_NAMED_REGISTRATION(SampleFilesTest, "Config");
