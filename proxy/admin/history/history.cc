#include "proxy/admin/history/history.h"

namespace headgate::proxy::admin::history {

void History::add(base::WallTime at, const Counts& counts) {
  all_.add(at, counts.all);
  for (const auto& [name, totals] : counts.pools) {
    const auto known = pools_.find(name);
    if (known != pools_.end()) {
      known->second.add(at, totals);
    } else if (pools_.size() < kPoolsMax) {
      pools_[name].add(at, totals);
    }
  }
}

void History::go_on_from(const Counts& before, const Counts& after) {
  all_.go_on_from(before.all, after.all);
  std::erase_if(pools_, [&after](const auto& pool) { return !after.pools.contains(pool.first); });
  for (auto& [name, series] : pools_) {
    const auto was = before.pools.find(name);
    if (was != before.pools.end()) series.go_on_from(was->second, after.pools.find(name)->second);
  }
}

const Series* History::pool(std::string_view name) const {
  const auto found = pools_.find(name);
  return found == pools_.end() ? nullptr : &found->second;
}

std::uint64_t History::requests_per_second() const {
  const std::vector<Point> last = all_.seconds().last(1);
  return last.empty() ? 0 : last[0].requests;
}

}  // namespace headgate::proxy::admin::history
