#include "proxy/origin/pools/shard_choice.h"

#include <xxhash.h>

#include <algorithm>
#include <map>

#include "base/ascii.h"
#include "proxy/balance/choose/hash_member.h"

namespace headgate::proxy::origin::pools {

ShardChoice::ShardChoice(const config::ShardOrigin& settings) : method_(settings.method), bounds_(settings.bounds) {
  std::map<std::string_view, std::uint64_t> seen;
  for (const std::string& name : settings.pools) {
    pools_.push_back(XXH3_64bits_withSeed(name.data(), name.size(), seen[name]++));
  }
  if (!settings.numeric_bounds) return;
  for (const std::string& bound : bounds_) numbers_.push_back(base::parse_decimal<std::uint64_t>(bound).value_or(0));
}

std::optional<std::size_t> ShardChoice::shard_of(std::string_view text, std::uint64_t hash) const {
  switch (method_) {
    case config::ShardOrigin::Method::kConsistent:
      return by_weight(hash);
    case config::ShardOrigin::Method::kModulo:
      return base::parse_decimal<std::uint64_t>(text).value_or(hash) % pools_.size();
    case config::ShardOrigin::Method::kRanges:
      return by_range(text);
  }
  return std::nullopt;
}

std::size_t ShardChoice::by_weight(std::uint64_t hash) const {
  std::size_t best = 0;
  std::uint64_t heaviest = 0;
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    const std::uint64_t weight = balance::choose::mixed(hash ^ pools_[i]);
    if (i > 0 && weight <= heaviest) continue;
    best = i;
    heaviest = weight;
  }
  return best;
}

std::optional<std::size_t> ShardChoice::by_range(std::string_view text) const {
  if (numbers_.empty()) {
    return static_cast<std::size_t>(std::ranges::upper_bound(bounds_, text) - bounds_.begin());
  }
  const std::optional<std::uint64_t> number = base::parse_decimal<std::uint64_t>(text);
  if (!number) return std::nullopt;
  return static_cast<std::size_t>(std::ranges::upper_bound(numbers_, *number) - numbers_.begin());
}

}  // namespace headgate::proxy::origin::pools
