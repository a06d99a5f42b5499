#include "base/ascii.h"
#include "config/sections/balance/hash.h"
#include "config/sections/protection/protection.h"
#include "config/sections/sections.h"
#include "config/sections/shared_values.h"
#include "config/sections/tls/pool_tls.h"

namespace headgate::config::sections {
namespace {

void read_protocol(const Reader& at, Pool& out) {
  at.word(out.protocol,
          {{"http/1.1", BackendProtocol::kHttp1}, {"h2c", BackendProtocol::kH2c}, {"h2", BackendProtocol::kH2}});
}

void read_proxy_header(const Reader& at, Pool& out) {
  at.word(out.proxy_header, {{"v1", ProxyHeader::kV1}, {"v2", ProxyHeader::kV2}});
}

void read_load_feedback(const Reader& at, Pool& out) {
  constexpr std::string_view kWanted = "off, header, or agent:PORT such as agent:9999";
  constexpr std::string_view kAgent = "agent:";
  const std::optional<std::string> written = at.scalar(kWanted);
  if (!written || *written == "off") return;
  if (*written == "header") {
    out.health.load_feedback.by = LoadFeedback::By::kHeader;
    return;
  }
  const std::optional<std::uint16_t> port =
      written->starts_with(kAgent)
          ? base::parse_decimal<std::uint16_t>(std::string_view(*written).substr(kAgent.size()))
          : std::nullopt;
  if (!port || *port == 0) return at.expected(kWanted);
  out.health.load_feedback = {LoadFeedback::By::kAgent, *port};
}

/// load_feedback may stand before it in the file.
void read_pool_health(const Reader& at, Pool& out) {
  const LoadFeedback kept = out.health.load_feedback;
  read_health(at, out.health);
  out.health.load_feedback = kept;
}

constexpr Key<PoolConnections> kConnectionKeys[] = {
    {"max", [](const Reader& at, PoolConnections& out) { at.number(out.max, {1, 1'000'000}); }},
    {"idle", [](const Reader& at, PoolConnections& out) { at.number(out.idle, {0, 1'000'000}); }},
    {"idle_timeout", [](const Reader& at, PoolConnections& out) { at.duration(out.idle_timeout, kWaitRange); }},
    {"connect_timeout", [](const Reader& at, PoolConnections& out) { at.duration(out.connect_timeout, kWaitRange); }},
};

constexpr Key<Queue> kQueueKeys[] = {
    {"size", [](const Reader& at, Queue& out) { at.number(out.size, {0, 1'000'000}); }},
    {"timeout", [](const Reader& at, Queue& out) { at.duration(out.timeout, kWaitRange); }},
    {"shed", protection::read_shed},
};

void read_retry_on(const Reader& at, Retry& out) {
  out.on = RetryOn{false, false, false, false, false};
  at.each_value([&](const Reader& one) {
    bool RetryOn::* reason = nullptr;
    one.word(reason, {{"connect", &RetryOn::connect},
                      {"reset", &RetryOn::reset},
                      {"502", &RetryOn::status_502},
                      {"503", &RetryOn::status_503},
                      {"504", &RetryOn::status_504}});
    if (reason != nullptr) out.on.*reason = true;
  });
}

constexpr Key<Retry> kRetryKeys[] = {
    {"attempts", [](const Reader& at, Retry& out) { at.number(out.attempts, {0, 10}); }},
    {"on", read_retry_on},
    {"budget", [](const Reader& at, Retry& out) { at.percent(out.budget_percent); }},
};

constexpr Key<Pool> kPoolKeys[] = {
    {"backends", read_backends, Presence::kRequired, list_backend_keys},
    {"protocol", read_protocol},
    {"tls", tls::read_pool_tls, Presence::kOptional, tls::list_pool_tls_keys},
    {"balance", balance::read_balance, Presence::kOptional, balance::list_balance_keys},
    {"load_feedback", read_load_feedback},
    {"sticky", sticky::read_pool_sticky, Presence::kOptional, sticky::list_pool_sticky_keys},
    {"proxy_protocol", read_proxy_header},
    {"health", read_pool_health, Presence::kOptional, list_health_keys},
    {"connections", [](const Reader& at, Pool& out) { read_map(at, kConnectionKeys, out.connections); },
     Presence::kOptional, [](KeyList& out) { out.add(kConnectionKeys); }},
    {"limits", protection::read_limits, Presence::kOptional, protection::list_limit_keys},
    {"adaptive", protection::read_adaptive, Presence::kOptional, protection::list_adaptive_keys},
    {"queue", [](const Reader& at, Pool& out) { read_map(at, kQueueKeys, out.queue); }, Presence::kOptional,
     [](KeyList& out) { out.add(kQueueKeys); }},
    {"retry", [](const Reader& at, Pool& out) { read_map(at, kRetryKeys, out.retry); }, Presence::kOptional,
     [](KeyList& out) { out.add(kRetryKeys); }},
    {"hedge", protection::read_hedge, Presence::kOptional, protection::list_hedge_keys},
};

/// What is checked goes by what is spoken, and may stand before it in the file.
void settle_checks(const Reader& at, Pool& pool) {
  pool.health.protocol = pool.protocol;
  if (speaks_http2(pool.protocol) && pool.proxy_header != ProxyHeader::kNone) {
    at.problem(
        "proxy_protocol names one client for a connection, and over HTTP/2 clients share it; remove one of them");
  }
  const bool is_grpc = std::holds_alternative<GrpcCheck>(pool.health.check);
  if (!is_grpc || speaks_http2(pool.protocol)) return;
  at.problem(pool.tls ? "health.grpc needs HTTP/2 to the backends; add protocol: h2"
                      : "health.grpc needs HTTP/2 to the backends; add protocol: h2c");
}

void settle_load_feedback(const Reader& at, Pool& pool) {
  if (pool.health.load_feedback.by != LoadFeedback::By::kAgent) return;
  for (const Backend& backend : pool.backends) {
    const auto* fixed = std::get_if<BackendAddress>(&backend.where);
    if (fixed == nullptr || !fixed->address.is_unix()) continue;
    at.problem("load_feedback: agent:PORT asks at each backend's address, and " + fixed->address.text() +
               " has no ports; use load_feedback: header");
  }
}

}  // namespace

void read_pools(const Reader& at, Config& out) {
  at.each_entry([&](const Reader& one, const std::string& name) {
    is_good_name(one, name);
    Pool& pool = out.pools.emplace_back();
    pool.name = name;
    pool.place = one.place();
    read_map(one, kPoolKeys, pool);
    pool.health.proxy_header = pool.proxy_header;
    settle_load_feedback(one, pool);
    settle_checks(one, pool);
    protection::settle_limits(one, pool);
    tls::settle_pool_tls(one, pool);
  });
}

void list_pool_keys(KeyList& out) {
  out.add_under(".NAME", kPoolKeys);
}

}  // namespace headgate::config::sections
