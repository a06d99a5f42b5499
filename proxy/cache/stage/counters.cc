#include "proxy/cache/stage/counters.h"

namespace headgate::proxy::cache::stage {

std::string_view word_of(Outcome outcome) {
  constexpr std::array<std::string_view, kOutcomes> kWords = {"hit",  "stale",  "revalidated",    "collapsed", "miss",
                                                              "pass", "failed", "only-if-cached", "purge"};
  return kWords[static_cast<std::size_t>(outcome)];
}

std::string_view word_of(Tier tier) {
  constexpr std::array<std::string_view, kTiers> kWords = {"memory", "disk", "origin"};
  return kWords[static_cast<std::size_t>(tier)];
}

}  // namespace headgate::proxy::cache::stage
