#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "proxy/admin/history/series.h"

namespace headgate::proxy::admin::history {

/// What the daemon did over time: one Series for all of it, and one for each of the first kPoolsMax pools. 150 KiB for
/// each when it is full, so at most 10 MiB. Belongs to the control thread.
class History {
 public:
  static constexpr std::size_t kPoolsMax = 64;

  /// What has been counted up to now, by pool too.
  struct Counts {
    Totals all;
    std::map<std::string, Totals, std::less<>> pools;
  };
  void add(base::WallTime at, const Counts& counts);
  /// At a change of configuration: some counters go and others come. `before` and `after` are of the same moment.
  void go_on_from(const Counts& before, const Counts& after);

  const Series& all() const { return all_; }
  /// Null for a pool that is not followed.
  const Series* pool(std::string_view name) const;
  /// Requests in the last second; 0 before there was one.
  std::uint64_t requests_per_second() const;

 private:
  Series all_;
  std::map<std::string, Series, std::less<>> pools_;
};

}  // namespace headgate::proxy::admin::history
