#include "proxy/admin/history/series.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace headgate::proxy::admin::history {
namespace {

Totals difference(const Totals& now, const Totals& before) {
  Totals out;
  out.requests = now.requests - before.requests;
  out.errors_4xx = now.errors_4xx - before.errors_4xx;
  out.errors_5xx = now.errors_5xx - before.errors_5xx;
  out.received_bytes = now.received_bytes - before.received_bytes;
  out.sent_bytes = now.sent_bytes - before.sent_bytes;
  out.latencies = latencies_since(now.latencies, before.latencies);
  out.connections_open = now.connections_open;
  return out;
}

void add_to(Totals& sum, const Totals& more) {
  sum.requests += more.requests;
  sum.errors_4xx += more.errors_4xx;
  sum.errors_5xx += more.errors_5xx;
  sum.received_bytes += more.received_bytes;
  sum.sent_bytes += more.sent_bytes;
  add_latencies(sum.latencies, more.latencies);
  sum.connections_open = more.connections_open;
}

float percentile(const LatencyCounts& counts, double share) {
  return static_cast<float>(latency_ms(counts, share).value_or(-1));
}

Point point_of(base::WallTime at, const Totals& counted) {
  return {.at = at,
          .requests = counted.requests,
          .errors_4xx = counted.errors_4xx,
          .errors_5xx = counted.errors_5xx,
          .received_bytes = counted.received_bytes,
          .sent_bytes = counted.sent_bytes,
          .connections_open = static_cast<std::uint32_t>(counted.connections_open),
          .p50_ms = percentile(counted.latencies, 0.5),
          .p95_ms = percentile(counted.latencies, 0.95),
          .p99_ms = percentile(counted.latencies, 0.99)};
}

}  // namespace

void Ring::add(const Point& point) {
  if (points_.size() < points_max_) {
    points_.push_back(point);
    return;
  }
  points_[begin_] = point;
  begin_ = (begin_ + 1) % points_max_;
}

std::vector<Point> Ring::last(std::size_t count) const {
  count = std::min(count, points_.size());
  std::vector<Point> out;
  out.reserve(count);
  for (std::size_t i = points_.size() - count; i < points_.size(); ++i) {
    out.push_back(points_[(begin_ + i) % points_.size()]);
  }
  return out;
}

void Series::add(base::WallTime at, const Totals& totals) {
  if (!last_) {
    last_ = totals;
    last_at_ = at;
    return;
  }
  Totals counted = difference(totals, *last_);
  add_to(owed_, counted);
  counted = std::exchange(owed_, Totals());
  seconds_.add(point_of(at, counted));
  add_to(minute_, counted);
  const auto minute_of = [](base::WallTime time) { return std::chrono::floor<std::chrono::minutes>(time); };
  if (minute_of(at) != minute_of(last_at_)) minutes_.add(point_of(at, std::exchange(minute_, Totals())));
  last_ = totals;
  last_at_ = at;
}

void Series::go_on_from(const Totals& before, const Totals& after) {
  if (last_) add_to(owed_, difference(before, *last_));
  if (last_) last_ = after;
}

}  // namespace headgate::proxy::admin::history
