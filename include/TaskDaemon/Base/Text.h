#ifndef TaskDaemon_Base_Text_INCLUDED
#define TaskDaemon_Base_Text_INCLUDED


#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>


namespace TaskDaemon {


bool isUtf8(std::string_view text);
/// Whether text is well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).

std::string sanitizeUtf8(std::string_view text);
/// Every malformed byte becomes U+FFFD.

std::string escapeControls(std::string_view text);
/// Control characters (C0, DEL, C1) and malformed bytes become \n, \t, \xHH: one line that cannot steer a terminal or forge a log line.

std::string shellQuote(const std::vector<std::string>& words);
/// A command line that a POSIX shell splits back into words, for showing.

std::optional<std::int64_t> parseInteger(std::string_view text);
/// A decimal integer, the whole text, no blanks, no plus sign; nothing for anything else and for overflow.

std::optional<unsigned> parseOctalMode(std::string_view text);
/// "022", "0660": octal digits, at most 07777.

std::optional<std::int64_t> parseSize(std::string_view text);
/// Bytes: "4096", "64K", "512M", "2G" (powers of 1024).

std::string_view trim(std::string_view text);
/// Without blanks and tabs at both ends.


} // namespace TaskDaemon


#endif // TaskDaemon_Base_Text_INCLUDED
