#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/ascii.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

// Origins that choose among pools, and copies to another.
namespace headgate::config::sections::origin {
namespace {

constexpr std::size_t kWeightedPoolsMax = 64;
constexpr std::uint32_t kPoolWeightMax = 1'000'000;
constexpr std::size_t kShardsMax = 256;
constexpr std::size_t kBoundBytesMax = 256;
constexpr Duration kPinMax = 1h;

void read_pool_name(const Reader& at, std::string& out) {
  at.text(out, {1, 64});
  if (!out.empty()) at.reading().pools_used.push_back(at.mention(out));
}

constexpr Key<SplitOrigin> kSplitKeys[] = {
    {"read", [](const Reader& at, SplitOrigin& out) { read_pool_name(at, out.read); }, Presence::kRequired},
    {"write", [](const Reader& at, SplitOrigin& out) { read_pool_name(at, out.write); }, Presence::kRequired},
    {"pin_after_write", [](const Reader& at, SplitOrigin& out) { at.duration(out.pin_after_write, {0s, kPinMax}); }},
};

/// `shard` while its map is read.
struct ShardDraft {
  ShardOrigin origin;
  bool has_method = false;
};

void read_shard_pools(const Reader& at, ShardDraft& out) {
  at.each_item([&out](const Reader& one) {
    std::string name;
    read_pool_name(one, name);
    out.origin.pools.push_back(std::move(name));
  });
  if (out.origin.pools.empty() || out.origin.pools.size() > kShardsMax) {
    at.problem(fmt::format("expected 1 to {} pools, found {}", kShardsMax, out.origin.pools.size()));
  }
}

void read_bounds(const Reader& at, ShardDraft& out) {
  at.each_item([&out](const Reader& one) {
    std::string bound;
    one.text(bound, {1, kBoundBytesMax});
    out.origin.bounds.push_back(std::move(bound));
  });
}

constexpr Key<ShardDraft> kShardKeys[] = {
    {"key", [](const Reader& at, ShardDraft& out) { read_request_key(at, request::Use::kShard, out.origin.key); },
     Presence::kRequired},
    {"pools", read_shard_pools, Presence::kRequired},
    {"method",
     [](const Reader& at, ShardDraft& out) {
       out.has_method = true;
       at.word(out.origin.method, {{"consistent", ShardOrigin::Method::kConsistent},
                                   {"modulo", ShardOrigin::Method::kModulo},
                                   {"ranges", ShardOrigin::Method::kRanges}});
     }},
    {"bounds", read_bounds},
};

constexpr Key<Mirror> kMirrorKeys[] = {
    {"pool", [](const Reader& at, Mirror& out) { read_pool_name(at, out.pool); }, Presence::kRequired},
    {"share", [](const Reader& at, Mirror& out) { at.percent(out.share_percent); }},
};

/// Rising, as numbers where all are, and one fewer than there are pools.
void settle_bounds(const Reader& at, ShardOrigin& out) {
  if (out.method != ShardOrigin::Method::kRanges) {
    if (!out.bounds.empty()) at.problem("has bounds, which only method: ranges has");
    return;
  }
  if (out.bounds.size() + 1 != out.pools.size()) {
    return at.problem(fmt::format("{} pools have {} bounds between them, found {}", out.pools.size(),
                                  out.pools.size() - 1, out.bounds.size()));
  }
  std::vector<std::uint64_t> numbers;
  for (const std::string& bound : out.bounds) {
    if (const std::optional<std::uint64_t> number = base::parse_decimal<std::uint64_t>(bound))
      numbers.push_back(*number);
  }
  out.numeric_bounds = numbers.size() == out.bounds.size();
  const bool is_rising = out.numeric_bounds
                             ? std::ranges::adjacent_find(numbers, std::ranges::greater_equal()) == numbers.end()
                             : std::ranges::adjacent_find(out.bounds, std::ranges::greater_equal()) == out.bounds.end();
  if (!is_rising) {
    at.problem(fmt::format("the bounds must rise{}", out.numeric_bounds ? "" : ", as texts, byte by byte"));
  }
}

}  // namespace

void read_weighted_pools(const Reader& at, Origin& out) {
  WeightedOrigin origin;
  std::uint64_t sum = 0;
  at.each_entry([&](const Reader& value, const std::string& name) {
    WeightedOrigin::Share& share = origin.shares.emplace_back();
    share.pool = name;
    value.number(share.weight, {0, kPoolWeightMax});
    value.reading().pools_used.push_back(value.mention(name));
    sum += share.weight;
  });
  if (origin.shares.empty() || origin.shares.size() > kWeightedPoolsMax) {
    at.problem(
        fmt::format("expected 1 to {} pools with their weights, found {}", kWeightedPoolsMax, origin.shares.size()));
  } else if (sum == 0) {
    at.problem("gives every pool the weight 0; one at least must be above");
  }
  out = std::move(origin);
}

void read_split(const Reader& at, Origin& out) {
  SplitOrigin origin;
  read_map(at, kSplitKeys, origin);
  out = std::move(origin);
}
void list_split_keys(KeyList& out) {
  out.add(kSplitKeys);
}

void read_shard(const Reader& at, Origin& out) {
  ShardDraft draft;
  const bool is_sound = read_map(at, kShardKeys, draft);
  if (!draft.has_method && !draft.origin.bounds.empty()) draft.origin.method = ShardOrigin::Method::kRanges;
  if (is_sound && !draft.origin.pools.empty()) settle_bounds(at, draft.origin);
  out = std::move(draft.origin);
}
void list_shard_keys(KeyList& out) {
  out.add(kShardKeys);
}

void read_mirror(const Reader& at, std::optional<Mirror>& out) {
  read_map(at, kMirrorKeys, out.emplace());
}
void list_mirror_keys(KeyList& out) {
  out.add(kMirrorKeys);
}

}  // namespace headgate::config::sections::origin
