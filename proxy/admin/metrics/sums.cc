#include "proxy/admin/metrics/sums.h"

#include <charconv>
#include <chrono>

namespace headgate::proxy::admin::metrics {
namespace {

std::array<std::string, base::LatencyHistogram::kBuckets> make_bucket_bounds() {
  std::array<std::string, base::LatencyHistogram::kBuckets> bounds;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i) {
    char digits[32];
    const double seconds = std::chrono::duration<double>(base::LatencyHistogram::upper_bound(i)).count();
    bounds[i].assign(digits, std::to_chars(digits, digits + sizeof digits, seconds).ptr);
  }
  bounds.back() = "+Inf";
  return bounds;
}

}  // namespace

const std::array<std::string, base::LatencyHistogram::kBuckets>& bucket_bounds() {
  static const std::array<std::string, base::LatencyHistogram::kBuckets> kBounds = make_bucket_bounds();
  return kBounds;
}

}  // namespace headgate::proxy::admin::metrics
