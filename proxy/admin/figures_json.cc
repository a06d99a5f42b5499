#include "proxy/admin/figures_json.h"

#include <cmath>

namespace headgate::proxy::admin {
namespace {

Json percentile(const history::LatencyCounts& counts, double share) {
  const std::optional<double> ms = history::latency_ms(counts, share);
  return ms ? Json(std::round(*ms * 1000) / 1000) : Json(nullptr);
}

}  // namespace

Json latency_json(const history::LatencyCounts& counts) {
  return {{"p50", percentile(counts, 0.5)}, {"p95", percentile(counts, 0.95)}, {"p99", percentile(counts, 0.99)}};
}

}  // namespace headgate::proxy::admin
