#pragma once
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headgate::config {

// A text with placeholders: `{` lower-case letters, digits and '_' `}`. Any other brace is an ordinary character, so
// that JSON can stand in a field value. Each place of the file has its own closed set of names.

/// In values of headers.request: what is known when the request goes upstream.
std::span<const std::string_view> request_placeholders();
/// In values of headers.response: the same and {backend}; in the order of route::Variable.
std::span<const std::string_view> response_placeholders();
inline constexpr std::size_t kFieldPlaceholders = 22;
/// In redirect.to.
std::span<const std::string_view> redirect_placeholders();
/// In access_log.format, which holds 1 to kAccessLogFieldsMax of them.
std::span<const std::string_view> access_log_placeholders();
inline constexpr std::size_t kAccessLogFieldsMax = 64;

/// A text cut at its placeholders: `literal`, then the value of `placeholder` (an index into the names, -1: none).
struct TemplatePart {
  std::string literal;
  int placeholder = -1;
};

/// The parts of `text`; the first name that is not in `names` is handed out in `unknown`, and kept as a literal.
std::vector<TemplatePart> split_template(std::string_view text, std::span<const std::string_view> names,
                                         std::optional<std::string_view>& unknown);

}  // namespace headgate::config
