#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "proxy/admin/history/latencies.h"

namespace headgate::proxy::admin::history {

/// What has been counted up to a moment, and what is so at that moment.
struct Totals {
  std::uint64_t requests = 0;
  std::uint64_t errors_4xx = 0;
  std::uint64_t errors_5xx = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  LatencyCounts latencies{};
  std::uint64_t connections_open = 0;  ///< at that moment
};

/// A stretch of time: what was counted within it. Percentiles are below 0 where nothing was.
struct Point {
  base::WallTime at;  ///< its end
  std::uint64_t requests = 0;
  std::uint64_t errors_4xx = 0;
  std::uint64_t errors_5xx = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint32_t connections_open = 0;
  float p50_ms = -1;
  float p95_ms = -1;
  float p99_ms = -1;
};

/// The last Points, at most `points_max`; memory is taken as they come: 64 bytes each.
class Ring {
 public:
  explicit Ring(std::size_t points_max) : points_max_(points_max) {}
  void add(const Point& point);
  /// The newest `count` of them, oldest first.
  std::vector<Point> last(std::size_t count) const;

 private:
  std::size_t points_max_;
  std::size_t begin_ = 0;  // of the oldest, once the ring is full
  std::vector<Point> points_;
};

/// What one thing did over time: kSeconds points of a second and kMinutes of a minute, 150 KiB when it is full.
/// Pure: time comes in.
class Series {
 public:
  static constexpr std::size_t kSeconds = 15 * 60;
  static constexpr std::size_t kMinutes = 24 * 60;

  /// What has been counted up to `at`; the first call only says where counting begins.
  void add(base::WallTime at, const Totals& totals);
  /// Counts go on from others: what was counted up to now is in `before`, and from here on in `after`.
  void go_on_from(const Totals& before, const Totals& after);

  const Ring& seconds() const { return seconds_; }
  const Ring& minutes() const { return minutes_; }

 private:
  Ring seconds_{kSeconds};
  Ring minutes_{kMinutes};
  std::optional<Totals> last_;
  Totals owed_;    // counted before go_on_from(), and in no point yet
  Totals minute_;  // since the last whole minute
  base::WallTime last_at_;
};

}  // namespace headgate::proxy::admin::history
