#include "config/sections/sections.h"
#include "config/sections/shared_values.h"

namespace headgate::config::sections {
namespace {

enum class Protocol : std::uint8_t { kHttp11 };

void read_protocol(const Reader& at, Pool&) {
  Protocol protocol = Protocol::kHttp11;
  at.word(protocol, {{"http/1.1", Protocol::kHttp11}});
}

void read_proxy_header(const Reader& at, Pool& out) {
  at.word(out.proxy_header, {{"v1", ProxyHeader::kV1}, {"v2", ProxyHeader::kV2}});
}

void read_balance(const Reader& at, Pool& out) {
  at.word(out.balance, {{"round_robin", Balance::kRoundRobin},
                        {"least_requests", Balance::kLeastRequests},
                        {"random_two", Balance::kRandomTwo}});
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
    {"balance", read_balance},
    {"proxy_protocol", read_proxy_header},
    {"health", [](const Reader& at, Pool& out) { read_health(at, out.health); }, Presence::kOptional, list_health_keys},
    {"connections", [](const Reader& at, Pool& out) { read_map(at, kConnectionKeys, out.connections); },
     Presence::kOptional, [](KeyList& out) { out.add(kConnectionKeys); }},
    {"queue", [](const Reader& at, Pool& out) { read_map(at, kQueueKeys, out.queue); }, Presence::kOptional,
     [](KeyList& out) { out.add(kQueueKeys); }},
    {"retry", [](const Reader& at, Pool& out) { read_map(at, kRetryKeys, out.retry); }, Presence::kOptional,
     [](KeyList& out) { out.add(kRetryKeys); }},
};

}  // namespace

void read_pools(const Reader& at, Config& out) {
  at.each_entry([&](const Reader& one, const std::string& name) {
    is_good_name(one, name);
    Pool& pool = out.pools.emplace_back();
    pool.name = name;
    pool.place = one.place();
    read_map(one, kPoolKeys, pool);
    pool.health.proxy_header = pool.proxy_header;
  });
}

void list_pool_keys(KeyList& out) {
  out.add_under(".NAME", kPoolKeys);
}

}  // namespace headgate::config::sections
