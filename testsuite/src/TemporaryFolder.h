#ifndef TaskDaemon_Test_TemporaryFolder_INCLUDED
#define TaskDaemon_Test_TemporaryFolder_INCLUDED


#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>


class TemporaryFolder
/// A fresh folder that goes with everything in it when the object goes. Not thread-safe.
{
public:
	TemporaryFolder(): _path(std::filesystem::temp_directory_path() / "taskdaemon-test-XXXXXX")
	{
		if (::mkdtemp(_path.data()) == nullptr) throw std::runtime_error("cannot create " + _path);
	}

	~TemporaryFolder()
	{
		std::error_code ignored;
		std::filesystem::remove_all(_path, ignored);
	}

	TemporaryFolder(const TemporaryFolder&) = delete;
	TemporaryFolder& operator=(const TemporaryFolder&) = delete;

	const std::string& path() const
	{
		return _path;
	}

	std::string path(const std::string& name) const
	{
		return _path + "/" + name;
	}

	std::string write(const std::string& name, const std::string& content) const
	/// Gives the file's path.
	{
		std::ofstream(path(name), std::ios::binary) << content;
		return path(name);
	}

	std::string read(const std::string& name) const
	{
		std::ostringstream content;
		content << std::ifstream(path(name), std::ios::binary).rdbuf();
		return content.str();
	}

private:
	std::string _path;
};


#endif // TaskDaemon_Test_TemporaryFolder_INCLUDED
