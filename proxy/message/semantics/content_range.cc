#include "proxy/message/semantics/content_range.h"

#include "base/ascii.h"

namespace headgate::proxy::message::semantics {

std::optional<ContentRange> parse_content_range(std::string_view value) {
  constexpr std::string_view kUnit = "bytes ";
  value = base::trimmed(value);
  if (!base::equals_ignoring_case(value.substr(0, kUnit.size()), kUnit)) return std::nullopt;
  value.remove_prefix(kUnit.size());
  const std::size_t slash = value.find('/');
  if (slash == value.npos) return std::nullopt;
  const std::string_view part = value.substr(0, slash);
  const std::string_view whole = value.substr(slash + 1);

  ContentRange out;
  if (whole != "*") {
    out.whole = base::parse_decimal<std::uint64_t>(whole);
    if (!out.whole) return std::nullopt;
  }
  if (part == "*") return out.whole ? std::optional(out) : std::nullopt;

  const std::size_t dash = part.find('-');
  if (dash == part.npos) return std::nullopt;
  const std::optional<std::uint64_t> first = base::parse_decimal<std::uint64_t>(part.substr(0, dash));
  const std::optional<std::uint64_t> last = base::parse_decimal<std::uint64_t>(part.substr(dash + 1));
  if (!first || !last || *last < *first || (out.whole && *last >= *out.whole)) return std::nullopt;
  if (*first == 0 && *last == ~std::uint64_t{0}) return std::nullopt;  // its length would not fit
  out.range = ByteRange{*first, *last};
  return out;
}

}  // namespace headgate::proxy::message::semantics
