#pragma once
#include <cstddef>
#include <unordered_map>

#include "base/clock.h"
#include "proxy/admin/history/latencies.h"

namespace headgate::proxy::admin::history {

/// Latencies of the last while, of whoever counts them since the start: what came after a mark that is between kStep
/// and twice kStep old. A mark takes 176 bytes, of which each has two at most. Pure: time comes in. Belongs to the
/// control thread.
///
///     recent.begin_round(now);                        // every second or so
///     for (...) recent.mark(&counters, counts);       // what is not marked in a round is forgotten
///     LatencyCounts last_while = recent.since(&counters, counts);
class Recent {
 public:
  static constexpr base::Duration kStep = std::chrono::seconds(30);

  /// Whether marks are to be set now: at most once in kStep.
  bool begin_round(base::Time now);
  /// `who` is known by its address.
  void mark(const void* who, const LatencyCounts& counts);
  /// Since the older mark; all of them for who has none.
  LatencyCounts since(const void* who, const LatencyCounts& counts) const;

 private:
  using Marks = std::unordered_map<const void*, LatencyCounts>;
  Marks older_;
  Marks newer_;
  base::Time next_round_;
};

}  // namespace headgate::proxy::admin::history
