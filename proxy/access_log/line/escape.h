#pragma once
#include <cstddef>
#include <string_view>

// Text from clients, made harmless for one line of a log. Each function writes to `out`, which has room for the stated
// bound, and returns the end of what it wrote.
namespace headgate::proxy::access_log::line {

/// Printable ASCII without quotes and backslashes: nothing in it is ever escaped.
bool is_plain(std::string_view text);

/// What stands between the quotes of a JSON string: valid UTF-8 stays as it is; a byte that is not part of any becomes
/// \u00xx, as do control characters. At most kJsonBytesPerByte * size.
char* write_escaped_json(std::string_view text, char* out);
inline constexpr std::size_t kJsonBytesPerByte = 6;

/// As Apache escapes: \" and \\, and \xhh for all that is not printable ASCII. At most kTextBytesPerByte * size.
char* write_escaped_text(std::string_view text, char* out);
inline constexpr std::size_t kTextBytesPerByte = 4;

}  // namespace headgate::proxy::access_log::line
