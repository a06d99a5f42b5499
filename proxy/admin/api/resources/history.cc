#include <fmt/format.h>

#include <cmath>

#include "proxy/admin/api/parameters.h"
#include "proxy/admin/api/resources/pools.h"
#include "proxy/admin/api/resources/resources.h"

namespace headgate::proxy::admin::api::resources {
namespace {

using history::Point;
using history::Series;

constexpr std::uint64_t kSecondsDefault = 300;
constexpr std::uint64_t kSecondsMax = 60 * Series::kMinutes;
constexpr std::size_t kPoolsAtOnceMax = 8;

Json percentile(float ms) {
  return ms < 0 ? Json(nullptr) : Json(std::round(static_cast<double>(ms) * 1000) / 1000);
}

Json point_json(const Point& point) {
  Json out = Json::object();
  out["at"] = time_json(point.at);
  out["requests"] = point.requests;
  out["errors_4xx"] = point.errors_4xx;
  out["errors_5xx"] = point.errors_5xx;
  out["received_bytes"] = point.received_bytes;
  out["sent_bytes"] = point.sent_bytes;
  out["connections_open"] = point.connections_open;
  out["latency_ms"] = {
      {"p50", percentile(point.p50_ms)}, {"p95", percentile(point.p95_ms)}, {"p99", percentile(point.p99_ms)}};
  return out;
}

Json points_json(const Series& series, std::uint64_t seconds) {
  const bool by_second = seconds <= Series::kSeconds;
  Json out = Json::array();
  const std::vector<Point> points =
      by_second ? series.seconds().last(seconds) : series.minutes().last((seconds + 59) / 60);
  for (const Point& point : points) out.push_back(point_json(point));
  return out;
}

}  // namespace

Answer show_history(const Daemon& daemon, const Asked& asked) {
  Parameters parameters(asked.query);
  const std::uint64_t seconds = parameters.number("seconds", 1, kSecondsMax).value_or(kSecondsDefault);
  const std::vector<std::string> pools = parameters.texts("pool", kPoolsAtOnceMax);
  if (std::optional<Answer> refused = parameters.refusal()) return std::move(*refused);
  const View view = daemon.view();
  Json out = Json::object();
  out["step_seconds"] = seconds <= Series::kSeconds ? 1 : 60;
  out["points"] = points_json(view.history->all(), seconds);
  if (pools.empty()) return answer_with(std::move(out));
  Json& by_pool = out["pools"] = Json::object();
  for (const std::string& name : pools) {
    if (find_pool(view, name) == nullptr) return no_such_pool(view, name);
    const Series* series = view.history->pool(name);
    by_pool[name] = series == nullptr ? Json(nullptr) : points_json(*series, seconds);
  }
  return answer_with(std::move(out));
}

}  // namespace headgate::proxy::admin::api::resources
