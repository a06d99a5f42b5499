#include "wire/grpc/timeout.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "base/ascii.h"

namespace headgate::wire::grpc {
namespace {

struct Unit {
  char letter;
  std::int64_t nanoseconds;
};
constexpr std::array<Unit, 6> kUnits = {
    {{'n', 1}, {'u', 1'000}, {'m', 1'000'000}, {'S', 1'000'000'000}, {'M', 60'000'000'000}, {'H', 3'600'000'000'000}}};
constexpr std::size_t kDigitsMax = 8;
constexpr std::int64_t kValueMax = 99'999'999;

}  // namespace

std::optional<base::Duration> parse_timeout(std::string_view text) {
  if (text.size() < 2 || text.size() > kDigitsMax + 1) return std::nullopt;
  const std::optional<std::uint32_t> value = base::parse_decimal<std::uint32_t>(text.substr(0, text.size() - 1));
  if (!value) return std::nullopt;
  const auto unit = std::find_if(kUnits.begin(), kUnits.end(),
                                 [letter = text.back()](const Unit& each) { return each.letter == letter; });
  if (unit == kUnits.end()) return std::nullopt;
  const std::int64_t longest = std::chrono::nanoseconds(kTimeoutMax).count();
  if (*value > longest / unit->nanoseconds) return kTimeoutMax;
  return std::chrono::duration_cast<base::Duration>(std::chrono::nanoseconds(*value * unit->nanoseconds));
}

std::string timeout_text(base::Duration timeout) {
  const std::int64_t left = std::max<std::int64_t>(0, std::chrono::nanoseconds(timeout).count());
  const auto unit = std::find_if(kUnits.begin(), kUnits.end() - 1,
                                 [left](const Unit& each) { return left / each.nanoseconds <= kValueMax; });
  return std::to_string(std::min(kValueMax, left / unit->nanoseconds)) + unit->letter;
}

}  // namespace headgate::wire::grpc
