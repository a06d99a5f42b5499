#include "proxy/message/semantics/byte_ranges.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"

namespace headgate::proxy::message::semantics {

namespace {

constexpr std::uint64_t kUint64Max = ~std::uint64_t{0};

/// A run of digits, nothing else; what does not fit counts as the largest number, for it lies behind every end.
std::optional<std::uint64_t> position_from(std::string_view digits) {
  if (digits.empty()) return std::nullopt;
  for (const char c : digits) {
    if (!base::is_digit(c)) return std::nullopt;
  }
  return base::parse_decimal<std::uint64_t>(digits).value_or(kUint64Max);
}

struct Specifier {
  bool is_valid = false;
  std::optional<ByteRange> range;  ///< nothing: it can not be satisfied
};

Specifier specifier_from(std::string_view text, std::uint64_t size) {
  const std::size_t dash = text.find('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view before = text.substr(0, dash);
  const std::string_view after = text.substr(dash + 1);
  const std::optional<std::uint64_t> first = position_from(before);
  const std::optional<std::uint64_t> last = position_from(after);
  if (before.empty()) {  // the last so many bytes
    if (!last) return {};
    if (*last == 0 || size == 0) return {true, std::nullopt};
    return {true, ByteRange{size - std::min(*last, size), size - 1}};
  }
  if (!first || (!last && !after.empty())) return {};
  if (last && *last < *first) return {};
  if (*first >= size) return {true, std::nullopt};
  return {true, ByteRange{*first, std::min(last.value_or(kUint64Max), size - 1)}};
}

}  // namespace

void ByteRanges::add(ByteRange range) {
  // Each one that it swallows may have been what kept two others apart, so it is compared with all that stay.
  std::size_t at = count_;
  for (std::size_t i = 0; i < count_;) {
    const ByteRange& other = ranges_[i];
    const bool touches = range.first <= other.last + 1 && other.first <= range.last + 1;  // last < size: no overflow
    if (!touches) {
      ++i;
      continue;
    }
    range = ByteRange{std::min(range.first, other.first), std::max(range.last, other.last)};
    at = std::min(at, i);
    std::copy(ranges_.begin() + static_cast<std::ptrdiff_t>(i) + 1,
              ranges_.begin() + static_cast<std::ptrdiff_t>(count_), ranges_.begin() + static_cast<std::ptrdiff_t>(i));
    --count_;
  }
  at = std::min(at, count_);
  std::copy_backward(ranges_.begin() + static_cast<std::ptrdiff_t>(at),
                     ranges_.begin() + static_cast<std::ptrdiff_t>(count_),
                     ranges_.begin() + static_cast<std::ptrdiff_t>(count_) + 1);
  ranges_[at] = range;
  ++count_;
}

ByteRanges ByteRanges::parse(std::string_view value, std::uint64_t size) {
  const ByteRanges whole;
  constexpr std::string_view kUnit = "bytes=";  // the names of units ignore case
  if (!base::equals_ignoring_case(value.substr(0, kUnit.size()), kUnit)) return whole;
  value.remove_prefix(kUnit.size());
  ByteRanges out;
  std::size_t specifiers = 0;
  while (!value.empty()) {
    const std::size_t comma = std::min(value.find(','), value.size());
    const std::string_view member = base::trimmed(value.substr(0, comma));
    value.remove_prefix(std::min(comma + 1, value.size()));
    if (member.empty()) continue;  // lists may have empty members (section 5.6.1)
    if (++specifiers > kMax) return whole;
    const Specifier specifier = specifier_from(member, size);
    if (!specifier.is_valid) return whole;
    if (specifier.range) out.add(*specifier.range);
  }
  if (specifiers == 0) return whole;
  out.answer_ = out.count_ == 0 ? Answer::kUnsatisfiable : Answer::kPartial;
  return out;
}

}  // namespace headgate::proxy::message::semantics
