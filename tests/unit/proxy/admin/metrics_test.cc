#include "proxy/admin/metrics/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "geoip/write/mmdb_writer.h"
#include "proxy/admin/metrics/table.h"
#include "proxy/listener/tls_contexts.h"
#include "proxy/listener/tls_share.h"
#include "proxy/sticky/table/store.h"
#include "tests/unit/proxy/admin/exposition_parser.h"
#include "tests/unit/proxy/admin/fabricated_view.h"

namespace headgate::proxy::admin::metrics {
namespace {

using namespace std::chrono_literals;

/// For a disk tier.
class Folder {
 public:
  ~Folder() { std::filesystem::remove_all(path); }
  const std::string path = std::filesystem::temp_directory_path() / ("metrics." + std::to_string(::getpid()));
};

ExpositionParser parsed(const View& view) {
  ExpositionParser parser;
  EXPECT_EQ(parser.parse(expose(view)), std::nullopt);
  return parser;
}

std::set<std::string> labels_of(const Family& family) {
  std::set<std::string> out;
  std::string_view rest = family.labels;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(", "), rest.size());
    out.emplace(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 2, rest.size()));
  }
  return out;
}

TEST(Metrics, ExactlyTheFamiliesOfTheTable) {
  Fabricated daemon;
  const ExpositionParser page = parsed(daemon.view);
  std::set<std::string> table;
  for (const Family& family : kFamilies) {
    EXPECT_TRUE(table.emplace(family.name).second) << family.name << " is in the table twice";
    const auto found = page.families().find(std::string(family.name));
    ASSERT_NE(found, page.families().end()) << family.name;
    EXPECT_EQ(found->second.type, to_string(family.type));
  }
  EXPECT_EQ(page.families().size(), table.size());
}

/// A region, and a dns listener that was asked for it.
struct OfDns {
  explicit OfDns(View& view) {
    answers["eu"] = std::make_shared<base::PerWorker<dns::server::RegionCounters>>(1);
    answers["eu"]->of(0).by_reason[0].add();
    view.regions.emplace_back().name = "eu";
    view.geo.answers = &answers;
    view.listeners[0].dns = &queries;
  }
  OfDns(const OfDns&) = delete;
  OfDns& operator=(const OfDns&) = delete;
  dns::server::CountersByRegion answers;
  base::PerWorker<dns::server::Counters> queries{1};
};

TEST(Metrics, SamplesHaveTheLabelsOfTheTable) {
  Fabricated daemon;
  daemon.routes[0].counters.of(0).requests.add();
  daemon.pool.of(0).queued.add();
  daemon.backend->counters(0).requests.add();
  daemon.backend->counters(0).tls_full.add();
  ListenerView raw = daemon.view.listeners[0];
  raw.name = "raw";
  raw.protocol = config::Protocol::kTcp;
  daemon.view.listeners.push_back(raw);
  const base::PerWorker<listener::TlsCounters> handshakes(1);
  listener::KeptCertificates certificates;
  certificates.loaded.certificates.push_back({.file = "shop.pem",
                                              .names = {"shop.example"},
                                              .key = "ECDSA 256",
                                              .fingerprint = "00",
                                              .not_before = {},
                                              .not_after = {}});
  ListenerView secure = daemon.view.listeners[0];
  secure.name = "secure";
  secure.tls = &handshakes;
  secure.certificates = &certificates;
  daemon.view.listeners.push_back(secure);
  const geoip::write::ParsedNetworks networks = geoip::write::parse_networks("network,country\n10.0.0.0/8,DE\n");
  const std::vector<geo::KeptDatabase> databases{
      {.loaded = {"x.mmdb", {}, *geoip::Database::read(geoip::write::write_mmdb(networks.rows, {})->bytes, "x")},
       .loaded_at = {},
       .error = {}}};
  const base::PerWorker<geo::LookupCounters> lookups(1);
  const geo::CountersByRegion by_region{std::make_shared<base::PerWorker<geo::RegionCounters>>(1)};
  daemon.view.geo = {&databases, &lookups, &by_region};
  const OfDns of_dns(daemon.view);
  config::CacheStore settings;
  settings.name = "edge";
  settings.memory = 1 << 20;
  const Folder folder;
  settings.disk = config::CacheDisk{folder.path, 64 << 20};
  cache::stage::RouteCache cached;
  cached.store = *cache::stage::Store::open(settings, 1, 1, {});
  cached.counters = std::make_shared<base::PerWorker<cache::stage::Counters>>(1);
  daemon.view.routes[0].cache = &cached;
  base::PerWorker<origin::mirror::Counters> mirrored(1);
  daemon.view.routes[0].mirrored = &mirrored;
  daemon.view.caches.push_back({"edge", cached.store.get()});
  daemon.version->settings.balance = config::Balance::kHash;
  daemon.version->settings.sticky = config::StickyTable{};
  daemon.version->sessions =
      std::make_shared<sticky::table::Store>("app", 10, 60, [](base::LogLevel, const std::string&) {});
  daemon.version->settings.hedge.emplace();
  daemon.view.pools[0].load = {
      .request_limit = 2, .is_adaptive = true, .lowest_latency = 1ms, .latency = 1ms, .wait_in_queue = 1s};
  const ExpositionParser page = parsed(daemon.view);
  for (const Family& family : kFamilies) {
    const auto& samples = page.families().at(std::string(family.name)).samples;
    EXPECT_FALSE(samples.empty()) << family.name;
    for (const ExpositionParser::Sample& sample : samples) {
      std::set<std::string> names;
      for (const auto& [name, value] : sample.labels) names.insert(name);
      names.erase("le");
      EXPECT_EQ(names, labels_of(family)) << family.name;
    }
  }
}

TEST(Metrics, Process) {
  Fabricated daemon;
  daemon.reloads.add({base::WallTime(1050s), false, "no"});
  daemon.view.state = DaemonState::kDraining;
  const ExpositionParser page = parsed(daemon.view);
  EXPECT_EQ(page.value("headgate_build", {{"version", "0.1.0"}}), 1);
  EXPECT_EQ(page.value("headgate_start_time_seconds"), 1000);
  EXPECT_EQ(page.value("headgate_draining"), 1);
  EXPECT_EQ(page.value("headgate_reloads_total", {{"result", "accepted"}}), 1);
  EXPECT_EQ(page.value("headgate_reloads_total", {{"result", "refused"}}), 1);
  EXPECT_EQ(page.value("headgate_last_reload_accepted"), 0);
  EXPECT_EQ(page.value("headgate_configuration_loaded_time_seconds"), 1000);
  EXPECT_EQ(page.value("headgate_process_resident_bytes"), 1 << 20);
  EXPECT_EQ(page.value("headgate_process_cpu_seconds_total"), 1.5);
  EXPECT_EQ(page.value("headgate_process_open_descriptors"), 55);
  EXPECT_EQ(page.value("headgate_process_max_descriptors"), 1024);
  EXPECT_EQ(page.value("headgate_worker_connections", {{"worker", "1"}}), 13);
  EXPECT_EQ(page.value("headgate_worker_buffers_lent_bytes", {{"worker", "0"}}), 4096);
  EXPECT_EQ(page.value("headgate_access_log_written_total"), 100);
  EXPECT_EQ(page.value("headgate_access_log_dropped_total", {{"reason", "full_ring"}}), 2);
  EXPECT_EQ(page.value("headgate_access_log_dropped_total", {{"reason", "write_failed"}}), 3);
}

TEST(Metrics, ListenersByWorkerOrTogether) {
  Fabricated daemon;
  listener::ListenerCounters& first = daemon.listener.of(0);
  listener::ListenerCounters& second = daemon.listener.of(1);
  first.requests.add(5);
  second.requests.add(7);
  first.connections.add(2);
  first.connections_open.add(-1);  // read while a connection moves
  second.connections_open.add(3);
  first.connections_active.add(1);
  second.connections_active.add(1);
  first.refused_requests.add(1);
  second.refused_requests.add(2);
  first.unrouted_requests.add(4);
  first.connections_refused.add(8);
  first.accept_pauses.add(9);
  first.bytes_received.add(10);
  second.bytes_received.add(1);
  second.bytes_sent.add(11);
  const ExpositionParser page = parsed(daemon.view);
  const ExpositionParser::LabelSet web = {{"listener", "web"}};
  EXPECT_EQ(page.value("headgate_listener_requests_total", {{"listener", "web"}, {"worker", "0"}}), 5);
  EXPECT_EQ(page.value("headgate_listener_requests_total", {{"listener", "web"}, {"worker", "1"}}), 7);
  EXPECT_EQ(page.value("headgate_listener_connections_total", {{"listener", "web"}, {"worker", "0"}}), 2);
  EXPECT_EQ(page.value("headgate_listener_connections_open", {{"listener", "web"}, {"worker", "0"}}), 0);
  EXPECT_EQ(page.value("headgate_listener_connections_open", {{"listener", "web"}, {"worker", "1"}}), 3);
  EXPECT_EQ(page.value("headgate_listener_connections_active", web), 2);
  EXPECT_EQ(page.value("headgate_listener_requests_refused_total", web), 3);
  EXPECT_EQ(page.value("headgate_listener_requests_unrouted_total", web), 4);
  EXPECT_EQ(page.value("headgate_listener_connections_refused_total", web), 8);
  EXPECT_EQ(page.value("headgate_listener_accept_pauses_total", web), 9);
  EXPECT_EQ(page.value("headgate_listener_received_bytes_total", web), 11);
  EXPECT_EQ(page.value("headgate_listener_sent_bytes_total", web), 11);
}

TEST(Metrics, CompressionByEncodingAndReason) {
  using wire::coding::Coding;
  Fabricated daemon;
  for (std::size_t worker : {0, 1}) {
    compression::Counters& counters = daemon.routes[0].compression.of(worker);
    daemon.routes[0].counters.of(worker).requests.add(1);
    counters.of(Coding::kGzip).answers.add(1);
    counters.of(Coding::kGzip).bytes_in.add(100);
    counters.of(Coding::kGzip).bytes_out.add(30);
    counters.skipped[static_cast<std::size_t>(compression::Skip::kSmall)].add(4);
  }
  const ExpositionParser page = parsed(daemon.view);
  EXPECT_EQ(page.value("headgate_route_compressed_total", {{"route", "all"}, {"encoding", "gzip"}}), 2);
  EXPECT_EQ(page.value("headgate_route_compressed_total", {{"route", "all"}, {"encoding", "br"}}), 0);
  EXPECT_EQ(page.value("headgate_route_compressed_in_bytes_total", {{"route", "all"}, {"encoding", "gzip"}}), 200);
  EXPECT_EQ(page.value("headgate_route_compressed_out_bytes_total", {{"route", "all"}, {"encoding", "gzip"}}), 60);
  EXPECT_EQ(page.value("headgate_route_not_compressed_total", {{"route", "all"}, {"reason", "small"}}), 8);
}

TEST(Metrics, RoutesWithHistograms) {
  Fabricated daemon;
  for (std::size_t worker : {0, 1}) {
    http::RouteCounters& counters = daemon.routes[0].counters.of(worker);
    counters.requests.add(2);
    counters.responses[0].add(1);
    counters.responses[2].add(3);
    counters.responses[5].add(4);
    counters.rate_limited.add(5);
    counters.client_gone.add(6);
    counters.request_body_bytes.add(7);
    counters.response_body_bytes.add(8);
    counters.duration.record(65'536ns);
    counters.duration.record(1s);
    counters.duration.record(100s);
  }
  const ExpositionParser page = parsed(daemon.view);
  const ExpositionParser::LabelSet all = {{"route", "all"}};
  EXPECT_EQ(page.value("headgate_route_requests_total", all), 4);
  EXPECT_EQ(page.value("headgate_route_responses_total", {{"route", "all"}, {"class", "none"}}), 2);
  EXPECT_EQ(page.value("headgate_route_responses_total", {{"route", "all"}, {"class", "2xx"}}), 6);
  EXPECT_EQ(page.value("headgate_route_responses_total", {{"route", "all"}, {"class", "3xx"}}), 0);
  EXPECT_EQ(page.value("headgate_route_responses_total", {{"route", "all"}, {"class", "5xx"}}), 8);
  EXPECT_EQ(page.value("headgate_route_rate_limited_total", all), 10);
  EXPECT_EQ(page.value("headgate_route_client_gone_total", all), 12);
  EXPECT_EQ(page.value("headgate_route_request_body_bytes_total", all), 14);
  EXPECT_EQ(page.value("headgate_route_response_body_bytes_total", all), 16);
  const auto bucket = [&](const char* le) {
    return page.value("headgate_route_duration_seconds_bucket", {{"route", "all"}, {"le", le}});
  };
  EXPECT_EQ(bucket("6.5536e-05"), 2);
  EXPECT_EQ(bucket("0.536870912"), 2);
  EXPECT_EQ(bucket("1.073741824"), 4);
  EXPECT_EQ(bucket("68.719476736"), 4);
  EXPECT_EQ(bucket("+Inf"), 6);
  EXPECT_EQ(page.value("headgate_route_duration_seconds_count", all), 6);
  EXPECT_NEAR(page.value("headgate_route_duration_seconds_sum", all), 202.000131, 1e-6);
}

TEST(Metrics, RoutesThatNobodyAskedForAreOneLine) {
  Fabricated daemon;
  for (int i = 0; i < 10'000; ++i) daemon.add_route("route-" + std::to_string(i), "respond 200");
  daemon.routes[0].counters.of(0).requests.add();
  const std::string page = expose(daemon.view);
  ExpositionParser parser;
  EXPECT_EQ(parser.parse(page), std::nullopt);
  EXPECT_EQ(parser.value("headgate_route_requests_total", {{"route", "route-9999"}}), 0);
  EXPECT_EQ(parser.families().at("headgate_route_requests_total").samples.size(), 10'001u);
  EXPECT_EQ(parser.families().at("headgate_route_client_gone_total").samples.size(), 1u);
  EXPECT_EQ(parser.families().at("headgate_route_responses_total").samples.size(), 6u);
  EXPECT_LT(page.size(), 700'000u);
}

TEST(Metrics, Pools) {
  Fabricated daemon;
  balance::PoolCounters& counters = daemon.pool.of(1);
  counters.requests.add(1);
  counters.retries.add(2);
  counters.retries_refused.add(3);
  counters.queued.add(4);
  counters.queue_timeouts.add(5);
  counters.queue_overflows.add(6);
  counters.no_backend.add(7);
  counters.queue_time.record(1ms);
  daemon.backend->health().publish(health::State::kDraining, 100);
  const ExpositionParser page = parsed(daemon.view);
  const ExpositionParser::LabelSet app = {{"pool", "app"}};
  EXPECT_EQ(page.value("headgate_pool_requests_total", app), 1);
  EXPECT_EQ(page.value("headgate_pool_retries_total", app), 2);
  EXPECT_EQ(page.value("headgate_pool_retries_refused_total", app), 3);
  EXPECT_EQ(page.value("headgate_pool_queued_total", app), 4);
  EXPECT_EQ(page.value("headgate_pool_queue_timeouts_total", app), 5);
  EXPECT_EQ(page.value("headgate_pool_queue_overflows_total", app), 6);
  EXPECT_EQ(page.value("headgate_pool_no_backend_total", app), 7);
  EXPECT_EQ(page.value("headgate_pool_waiting", app), 4);
  EXPECT_EQ(page.value("headgate_pool_queue_time_seconds_count", app), 1);
  EXPECT_EQ(page.value("headgate_pool_backends", {{"pool", "app"}, {"state", "draining"}}), 1);
  EXPECT_EQ(page.value("headgate_pool_backends", {{"pool", "app"}, {"state", "up"}}), 0);
}

TEST(Metrics, WhatProtectsPools) {
  Fabricated daemon;
  balance::PoolCounters& counters = daemon.pool.of(0);
  counters.connections_refused.add(1);
  counters.shed.add(2);
  counters.hedges.add(5);
  counters.hedges_won.add(3);
  counters.hedges_refused.add(4);
  const ExpositionParser::LabelSet app = {{"pool", "app"}};
  ExpositionParser page = parsed(daemon.view);
  EXPECT_EQ(page.value("headgate_pool_connections_refused_total", app), 1);
  EXPECT_EQ(page.value("headgate_pool_shed_total", app), 2);
  for (const char* family : {"headgate_pool_limit", "headgate_pool_hedges_total", "headgate_pool_latency_seconds",
                             "headgate_pool_queue_wait_expected_seconds"}) {
    EXPECT_TRUE(page.families().at(family).samples.empty()) << family;
  }
  daemon.version->settings.hedge.emplace();
  daemon.view.pools[0].load = {.requests = 6,
                               .request_limit = 60,
                               .connections = 7,
                               .retries = 8,
                               .retry_limit = 80,
                               .is_adaptive = true,
                               .lowest_latency = 10ms,
                               .latency = 12ms,
                               .wait_in_queue = 1500ms};
  page = parsed(daemon.view);
  EXPECT_EQ(page.value("headgate_pool_limit", {{"pool", "app"}, {"of", "requests"}}), 60);
  EXPECT_EQ(page.value("headgate_pool_limit_used", {{"pool", "app"}, {"of", "requests"}}), 6);
  EXPECT_EQ(page.value("headgate_pool_limit_used", {{"pool", "app"}, {"of", "retries"}}), 8);
  EXPECT_EQ(page.families().at("headgate_pool_limit").samples.size(), 2u) << "no limit of connections";
  EXPECT_EQ(page.value("headgate_pool_latency_seconds", {{"pool", "app"}, {"of", "lowest"}}), 0.01);
  EXPECT_EQ(page.value("headgate_pool_latency_seconds", {{"pool", "app"}, {"of", "now"}}), 0.012);
  EXPECT_EQ(page.value("headgate_pool_queue_wait_expected_seconds", app), 1.5);
  EXPECT_EQ(page.value("headgate_pool_hedges_total", {{"pool", "app"}, {"outcome", "won"}}), 3);
  EXPECT_EQ(page.value("headgate_pool_hedges_total", {{"pool", "app"}, {"outcome", "lost"}}), 2);
  EXPECT_EQ(page.value("headgate_pool_hedges_total", {{"pool", "app"}, {"outcome", "refused"}}), 4);
}

TEST(Metrics, Backends) {
  Fabricated daemon;
  balance::BackendCounters& counters = daemon.backend->counters(1);
  counters.requests.add(1);
  counters.responses[2].add(2);
  counters.connections_opened.add(3);
  counters.connections_reused.add(4);
  counters.connect_failures.add(5);
  counters.failures.add(6);
  counters.bytes_sent.add(7);
  counters.bytes_received.add(8);
  counters.response_time.record(2ms);
  daemon.backend->requests_in_flight = 9;
  daemon.backend->connections_open = 10;
  daemon.backend->health().publish(health::State::kUp, 25);
  const ExpositionParser page = parsed(daemon.view);
  const auto value = [&](const std::string& name, ExpositionParser::LabelSet labels = {}) {
    labels.insert({{"pool", "app"}, {"backend", "app-1"}, {"address", "10.0.0.1:8080"}});
    return page.value("headgate_backend_" + name, labels);
  };
  EXPECT_EQ(value("up"), 1);
  EXPECT_EQ(value("state", {{"state", "up"}}), 1);
  EXPECT_EQ(value("state", {{"state", "down"}}), 0);
  EXPECT_EQ(value("state_since_seconds"), 1010.25);
  EXPECT_EQ(value("weight"), 3);
  EXPECT_EQ(value("weight_share"), 0.25);
  EXPECT_EQ(value("requests_total"), 1);
  EXPECT_EQ(value("responses_total", {{"class", "2xx"}}), 2);
  EXPECT_EQ(value("responses_total", {{"class", "5xx"}}), 0);
  EXPECT_EQ(value("connections_opened_total"), 3);
  EXPECT_EQ(value("connections_reused_total"), 4);
  EXPECT_EQ(value("connect_failures_total"), 5);
  EXPECT_EQ(value("failures_total"), 6);
  EXPECT_EQ(value("sent_bytes_total"), 7);
  EXPECT_EQ(value("received_bytes_total"), 8);
  EXPECT_EQ(value("requests_in_flight"), 9);
  EXPECT_EQ(value("connections_open"), 10);
  EXPECT_EQ(value("checks_total", {{"result", "ok"}}), 45);
  EXPECT_EQ(value("checks_total", {{"result", "failed"}}), 2);
  EXPECT_EQ(value("ejections_total"), 1);
  EXPECT_EQ(value("response_time_seconds_count"), 1);
}

TEST(Metrics, ABackendThatIsDown) {
  Fabricated daemon;
  daemon.backend->health().publish(health::State::kDown, 100);
  const ExpositionParser page = parsed(daemon.view);
  const ExpositionParser::LabelSet labels = {{"pool", "app"}, {"backend", "app-1"}, {"address", "10.0.0.1:8080"}};
  EXPECT_EQ(page.value("headgate_backend_up", labels), 0);
  ExpositionParser::LabelSet down = labels;
  down["state"] = "down";
  EXPECT_EQ(page.value("headgate_backend_state", down), 1);
}

TEST(Metrics, TheSameBackendTwiceAndOneThatHealthDoesNotKnow) {
  Fabricated daemon;
  daemon.version->members.push_back(daemon.version->members[0]);
  daemon.version->members.push_back({Fabricated::make_backend("app-1", "10.0.0.2:8080"), 1, 0, false});
  daemon.view.pools.push_back({"new", nullptr, &daemon.pool, 0});
  const ExpositionParser page = parsed(daemon.view);
  EXPECT_EQ(page.families().at("headgate_backend_up").samples.size(), 2u);
  EXPECT_EQ(page.families().at("headgate_backend_ejections_total").samples.size(), 1u);
  EXPECT_EQ(page.value("headgate_pool_backends", {{"pool", "new"}, {"state", "up"}}), 0);
}

TEST(Metrics, NamesWithAnyBytes) {
  Fabricated daemon;
  daemon.add_route("a\"b\\c\nd", "respond 200");
  EXPECT_EQ(parsed(daemon.view).value("headgate_route_requests_total", {{"route", "a\"b\\c\nd"}}), 0);
}

}  // namespace
}  // namespace headgate::proxy::admin::metrics
