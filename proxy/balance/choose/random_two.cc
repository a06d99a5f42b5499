#include "proxy/balance/choose/random_two.h"

#include <algorithm>
#include <cstdint>

#include "proxy/balance/choose/peak_ewma.h"

namespace headgate::proxy::balance::choose {

/// Of a pair, the less loaded wins, and of two equal ones the first drawn. So who has `own` of E entries, `equal` of
/// them in his group of equal load and `worse` in groups above wins as the first of a pair against equal - 1 + worse
/// entries and as the second against `worse`: own / E * (equal - 1 + 2 * worse) / (E - 1).
std::vector<double> RandomTwo::chances(std::span<const Load> loads) const {
  std::vector<double> out(loads.size(), 0.0);
  std::vector<std::uint64_t> entries(loads.size(), 0);
  for (const std::uint32_t member : schedule_) ++entries[member];
  std::vector<std::uint32_t> by_load;
  for (std::uint32_t i = 0; i < loads.size(); ++i) {
    if (entries[i] != 0 && !loads[i].is_full) by_load.push_back(i);
  }
  const auto is_before = [&loads](std::uint32_t a, std::uint32_t b) {
    const auto cost = [&loads](std::uint32_t i) {
      return cost_of(loads[i].latency_ns, loads[i].requests, loads[i].weight);
    };
    return cost(a) < cost(b);
  };
  std::sort(by_load.begin(), by_load.end(), is_before);
  const std::uint64_t all = schedule_.size();
  std::uint64_t not_better = all;  // entries of members that are not in a group before this one, full ones included
  double sum = 0;
  for (std::size_t begin = 0; begin < by_load.size();) {
    std::size_t end = begin;
    std::uint64_t equal = 0;
    for (; end < by_load.size() && !is_before(by_load[begin], by_load[end]); ++end) equal += entries[by_load[end]];
    const std::uint64_t worse = not_better - equal;
    for (std::size_t i = begin; i < end; ++i) {
      const std::uint64_t pairs = all == 1 ? 1 : entries[by_load[i]] * (equal - 1 + 2 * worse);
      out[by_load[i]] = static_cast<double>(pairs);
      sum += static_cast<double>(pairs);
    }
    not_better = worse;
    begin = end;
  }
  if (sum > 0) {
    for (double& chance : out) chance /= sum;
  }
  return out;
}

}  // namespace headgate::proxy::balance::choose
