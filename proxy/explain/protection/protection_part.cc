#include "proxy/explain/protection/protection_part.h"

#include <fmt/format.h>

#include "config/load.h"
#include "proxy/balance/forecast.h"
#include "proxy/origin/hedge/race.h"

namespace headgate::proxy::explain::protection {

namespace {

double milliseconds(base::Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string adaptive_of(const config::Pool& pool, const balance::PoolLoad& load) {
  if (!pool.adaptive) return "";
  std::string out = fmt::format("adaptive, {} to {}", pool.adaptive->min, pool.adaptive->max);
  if (load.latency == base::Duration(0)) return out;
  return out + fmt::format(": latency {:.3g} ms, lowest {:.3g} ms", milliseconds(load.latency),
                           milliseconds(load.lowest_latency));
}

std::string hedge_of(const config::Pool& pool, const balance::Forecast* forecast, wire::http::Method method) {
  if (!pool.hedge) return "";
  if (!origin::hedge::is_hedged(method, *pool.hedge)) {
    return fmt::format("none: this method is not {}, so it is asked of one backend at a time",
                       pool.hedge->takes_idempotent ? "idempotent" : "safe");
  }
  if (forecast != nullptr && forecast->home != balance::choose::kNoMember) return "none: its session is at one backend";
  const std::string after = config::hedge_after_text(*pool.hedge);
  std::string known;
  if (pool.hedge->after_permille != 0 && forecast != nullptr) {
    known = forecast->hedge_after ? fmt::format(", now {:.4g} ms", milliseconds(*forecast->hedge_after))
                                  : std::string(", once enough answers came to say");
  }
  return fmt::format("without a body: a second backend is asked after {}{}; at most {}% of such requests", after, known,
                     pool.hedge->budget_percent);
}

}  // namespace

ProtectionPart protection_part_of(const config::Pool& pool, const balance::Forecast* forecast,
                                  wire::http::Method method) {
  const balance::PoolLoad load = forecast == nullptr ? balance::PoolLoad() : forecast->load;
  ProtectionPart out;
  out.connections = load.connections;
  out.connection_limit = pool.limits.connections;
  out.requests = load.requests;
  out.request_limit = forecast == nullptr ? balance::request_limit_of(pool) : load.request_limit;
  out.retries = load.retries;
  out.retry_limit = pool.limits.retries;
  out.adaptive = adaptive_of(pool, load);
  if (load.wait_in_queue) out.expected_wait_ms = milliseconds(*load.wait_in_queue);
  out.shed_ms = milliseconds(pool.queue.shed.value_or(pool.queue.timeout));
  out.hedge = hedge_of(pool, forecast, method);
  return out;
}

std::string ProtectionPart::limits_text() const {
  std::string out;
  const auto add = [&out](std::uint32_t now, std::uint32_t limit, const char* what) {
    if (limit == 0) return;
    out += fmt::format("{}{} of {} {}", out.empty() ? "" : ", ", now, limit, what);
  };
  add(requests, request_limit, "requests");
  if (!adaptive.empty()) out += " (" + adaptive + ")";
  add(connections, connection_limit, "connections");
  add(retries, retry_limit, "retries");
  return out;
}

}  // namespace headgate::proxy::explain::protection
