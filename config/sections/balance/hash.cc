#include "config/sections/balance/hash.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "config/load.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/yaml/characters.h"

namespace headgate::config::sections::balance {
namespace {

void read_max_load(const Reader& at, HashBalance& out) {
  constexpr std::string_view kWanted = "a whole percentage from 100% to 1000%";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written) return;
  std::uint32_t percent = 0;
  const char* const end = written->data() + written->size();
  const auto [stopped, error] = std::from_chars(written->data(), end, percent);
  constexpr std::uint32_t kEven = 100;
  constexpr std::uint32_t kMost = 1000;
  const bool is_percent = error == std::errc() && stopped + 1 == end && *stopped == '%';
  if (!is_percent || percent < kEven || percent > kMost) return at.expected(kWanted);
  out.max_load_percent = percent;
}

constexpr Key<HashBalance> kHashKeys[] = {
    {"hash", [](const Reader& at, HashBalance& out) { read_request_key(at, request::Use::kHash, out.key); },
     Presence::kRequired},
    {"method",
     [](const Reader& at, HashBalance& out) {
       at.word(out.method, {{"maglev", HashBalance::Method::kMaglev}, {"ring", HashBalance::Method::kRing}});
     }},
    {"max_load", read_max_load},
};

}  // namespace

void read_balance(const Reader& at, Pool& out) {
  if (at.is_map()) {
    out.balance = Balance::kHash;
    read_map(at, kHashKeys, out.hash);
    return;
  }
  at.word(out.balance, {{"round_robin", Balance::kRoundRobin},
                        {"least_requests", Balance::kLeastRequests},
                        {"random_two", Balance::kRandomTwo},
                        {"peak_ewma", Balance::kPeakEwma},
                        {"hash", Balance::kHash}});
  if (out.balance == Balance::kHash)
    at.problem("a hash of what? Write balance: { hash: client }, or one of the others");
}
void list_balance_keys(KeyList& out) {
  out.add(kHashKeys);
}

/// A connection that is passed on has a client and nothing else that could be hashed.
void check_hashes(const Config& config, Reading& reading) {
  for (const Mention& mention : reading.pools_used) {
    if (!mention.path.starts_with("listeners")) continue;
    const auto pool = std::ranges::find(config.pools, mention.text, &Pool::name);
    if (pool == config.pools.end() || pool->balance != Balance::kHash || pool->hash.key.by == request::Key::By::kClient)
      continue;
    reading.problems.add(mention.place, mention.path,
                         fmt::format("pool {} is balanced by a hash of {}, which the connections of a tcp listener do "
                                     "not have; give them a pool with hash: client",
                                     yaml::in_quotes(pool->name), request::text_of(pool->hash.key)));
  }
}

}  // namespace headgate::config::sections::balance
