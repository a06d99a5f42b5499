#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headgate::config::yaml {

/// The offset of the first byte that YAML does not allow in a UTF-8 text: broken UTF-8 or a control character other
/// than tab, line feed and carriage return. (yaml-cpp takes NUL and ^D for the end of the file and passes the rest on.)
std::optional<std::size_t> first_forbidden_byte(std::string_view text);

/// Whether a control character (tab included) or broken UTF-8 is in `text`.
bool is_printable(std::string_view text);

/// `text` in single quotes for a message: at most 60 bytes of it, control characters as '?'.
std::string in_quotes(std::string_view text);

}  // namespace headgate::config::yaml
