#include "SqliteHeader.h"
#include "TaskDaemon/Task/TaskStore.h"
#include <array>
#include <sys/stat.h>
#include <unistd.h>


namespace TaskDaemon {


namespace {


constexpr std::size_t HEADER_SIZE = 100;
constexpr std::string_view MAGIC("SQLite format 3\0", 16);
// Offsets in the header.
constexpr std::size_t PAGE_SIZE = 16;
constexpr std::size_t CHANGE_COUNTER = 24;
constexpr std::size_t PAGE_COUNT = 28;
constexpr std::size_t APPLICATION_ID = 68;
constexpr std::size_t VERSION_VALID_FOR = 92;


std::uint32_t bigEndian(const std::string& bytes, std::size_t offset, std::size_t size)
{
	std::uint32_t value = 0;
	for (std::size_t i = 0; i < size; ++i) value = value << 8U | static_cast<unsigned char>(bytes[offset + i]);
	return value;
}


[[noreturn]] void refuse(const std::string& path, const std::string& reason, const char* remedy = DAMAGE_REMEDY)
{
	throw StoreException("cannot open the task store '" + path + "': " + reason + "; " + remedy, EXIT_CONFIG);
}


} // namespace


void checkSqliteHeader(int fd, const std::string& path, bool hasLog)
{
	struct stat info
	{
	};
	if (::fstat(fd, &info) != 0) throwErrno("cannot open the task store '" + path + "'");
	if (info.st_size == 0) refuse(path, "the file is damaged: it is empty");
	std::string header(HEADER_SIZE, '\0');
	const ssize_t got = ::pread(fd, header.data(), header.size(), 0);
	if (got < 0) throwErrno("cannot read the task store '" + path + "'");
	if (static_cast<std::size_t>(got) < HEADER_SIZE || header.compare(0, MAGIC.size(), MAGIC) != 0)
		refuse(path, "the file is damaged or is no SQLite database");

	const std::uint32_t coded = bigEndian(header, PAGE_SIZE, 2);
	const std::uint32_t pageSize = coded == 1 ? 65536 : coded;
	if (pageSize < 512 || (pageSize & (pageSize - 1)) != 0) refuse(path, "the file is damaged: its header gives an impossible page size");
	if (bigEndian(header, APPLICATION_ID, 4) != SQLITE_APPLICATION_ID)
		refuse(path, "the file is the SQLite database of another program", "set store.path to another file");

	// The count is to be trusted only where these two agree (section 1.3.7).
	const bool counted = bigEndian(header, CHANGE_COUNTER, 4) == bigEndian(header, VERSION_VALID_FOR, 4);
	const std::int64_t expected = std::int64_t(pageSize) * bigEndian(header, PAGE_COUNT, 4);
	if (!hasLog && counted && info.st_size < expected)
		refuse(path, "the file is damaged: " + std::to_string(info.st_size) + " bytes are left of " + std::to_string(expected));
}


} // namespace TaskDaemon
