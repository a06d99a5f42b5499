#include "proxy/admin/history/recent.h"

#include <utility>

namespace headgate::proxy::admin::history {

bool Recent::begin_round(base::Time now) {
  if (now < next_round_) return false;
  next_round_ = now + kStep;
  older_ = std::exchange(newer_, {});
  return true;
}

void Recent::mark(const void* who, const LatencyCounts& counts) {
  newer_.insert_or_assign(who, counts);
}

LatencyCounts Recent::since(const void* who, const LatencyCounts& counts) const {
  const auto marked = older_.find(who);
  if (marked == older_.end()) return counts;
  // Another that came to stand at the same address has counted less.
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] < marked->second[i]) return counts;
  }
  return latencies_since(counts, marked->second);
}

}  // namespace headgate::proxy::admin::history
