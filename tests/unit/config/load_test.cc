#include "config/load.h"

#include <sched.h>

#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

constexpr std::string_view kListener = "listeners: { web: { bind: 127.0.0.1:0 } }\n";

std::string listener_and(std::string_view rest) {
  return std::string(kListener) + std::string(rest);
}

/// The complete file in a folder with all that it names.
class CompleteFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_.write("secrets/admin", "letmein\n");
    folder_.write("geo/city.mmdb", "");
    folder_.write("geo/asn.mmdb", "");
    folder_.write("secrets/sticky", "# new\n" + std::string(64, 'a') + "\n\n" + std::string(64, '0') + "\n");
    for (const char* name : {"files", "log", "run"}) std::filesystem::create_directory(folder_.path(name));
    const std::string file = folder_.path("headgate.yaml");
    std::filesystem::copy_file(HEADGATE_SOURCE_FOLDER "/tests/unit/config/complete.yaml", file);
    std::variant<Config, Problems> loaded = load_file(file, no_environment());
    if (const Problems* problems = std::get_if<Problems>(&loaded)) FAIL() << problems->text();
    config_ = std::get<Config>(std::move(loaded));
  }

  TempFolder folder_;
  Config config_;
};

TEST_F(CompleteFile, Settings) {
  cpu_set_t cpus;
  ASSERT_EQ(::sched_getaffinity(0, sizeof cpus, &cpus), 0);
  EXPECT_EQ(config_.workers, static_cast<std::uint32_t>(CPU_COUNT(&cpus)));
  EXPECT_EQ(config_.file, folder_.path("headgate.yaml"));
  EXPECT_EQ(config_.region, "eu");
  EXPECT_EQ(config_.drain_timeout, 45s);
  EXPECT_EQ(config_.access_log->file, folder_.path("log/access.log"));
  EXPECT_EQ(config_.access_log->format, "{client} {status}");
  EXPECT_DOUBLE_EQ(config_.access_log->sample, 0.125);
  EXPECT_EQ(config_.log.level, base::LogLevel::kWarn);
  EXPECT_EQ(config_.log.file, "stdout");
  EXPECT_EQ(config_.admin.bind, base::Endpoint::parse("127.0.0.1:9900"));
  EXPECT_EQ(config_.admin.token, "letmein");
  EXPECT_FALSE(config_.admin.reads_without_token);
  EXPECT_EQ(config_.admin.socket, folder_.path("run/admin.sock"));
  EXPECT_EQ(config_.state_directory, folder_.path("state"));
  EXPECT_EQ(config_.sticky_keys_file, folder_.path("secrets/sticky"));
  StickyKey first;
  first.fill(0xaa);
  EXPECT_EQ(config_.sticky_keys, (StickyKeys{first, StickyKey{}}));
  ASSERT_EQ(config_.resolvers.size(), 2u);
  EXPECT_EQ(config_.resolvers[1].text(), "[2001:db8::53]:53");
}

TEST_F(CompleteFile, Regions) {
  const Geo& geo = config_.geo;
  EXPECT_EQ(geo.databases, (std::vector{folder_.path("geo/city.mmdb"), folder_.path("geo/asn.mmdb")}));
  ASSERT_EQ(geo.networks.size(), 2u);
  EXPECT_EQ(geo.networks[0].network.text() + " " + geo.networks[0].region, "10.0.0.0/8 eu");
  EXPECT_EQ(geo.networks[1].network.text() + " " + geo.networks[1].region, "2001:db8:7::1/128 us");
  ASSERT_EQ(geo.regions.size(), 2u);
  EXPECT_EQ(geo.regions[0].name, "eu");
  EXPECT_EQ(geo.regions[0].countries, (std::vector<std::string>{"DE", "NO"}));
  EXPECT_EQ(geo.regions[0].continents, (std::vector<std::string>{"EU", "AF"}));
  EXPECT_EQ(geo.regions[0].location, (Location{50.11, 8.68}));
  ASSERT_EQ(geo.regions[0].addresses.size(), 2u);
  EXPECT_EQ(geo.regions[0].addresses[1].address.text(), "2001:db8::10");
  EXPECT_EQ(geo.regions[1].countries, std::vector<std::string>{"CA"});
  EXPECT_EQ(geo.regions[1].location, (Location{39, -77.49}));
  EXPECT_EQ(geo.default_region, "us");
  EXPECT_TRUE(geo.gives_regions());
  EXPECT_EQ(config_.routes[1].match.regions, (std::vector<std::string>{"eu", "us"}));
}

TEST_F(CompleteFile, Listeners) {
  ASSERT_EQ(config_.listeners.size(), 2u);
  const Listener& web = config_.listeners[0];
  EXPECT_EQ(web.name, "web");
  EXPECT_EQ(web.place, (Place{7, 5}));
  ASSERT_EQ(web.bind.size(), 2u);
  EXPECT_EQ(web.bind[1].text(), "[::]:80");
  EXPECT_TRUE(web.proxy_protocol);
  ASSERT_EQ(web.trusted_proxies.size(), 2u);
  EXPECT_EQ(web.trusted_proxies[1].text(), "192.0.2.7/32");
  EXPECT_EQ(web.timeouts, (ListenerTimeouts{5s, 20s, 2min}));
  EXPECT_EQ(web.limits, (ListenerLimits{32 * 1024, 64, 2ull << 30, 5000, 50}));
  EXPECT_EQ(config_.listeners[1].bind[0].text(), "unix:" + folder_.path("run/local.sock"));
  EXPECT_EQ(config_.listeners[1].limits, ListenerLimits{});
  EXPECT_EQ(config_.listeners[1].timeouts, ListenerTimeouts{});
}

TEST_F(CompleteFile, Backends) {
  const std::vector<Backend>& backends = config_.pools[0].backends;
  ASSERT_EQ(backends.size(), 5u);
  EXPECT_EQ(std::get<BackendAddress>(backends[0].where).address.text(), "10.0.1.11:8080");
  EXPECT_EQ(backends[0].id, "10.0.1.11:8080");
  EXPECT_EQ(backends[0].place, (Place{19, 9}));
  EXPECT_EQ(backends[0].weight, 1u);
  EXPECT_EQ(backends[1].id, "app-2");
  EXPECT_EQ(backends[1].weight, 2u);
  EXPECT_EQ(backends[1].max_requests, 200u);
  EXPECT_TRUE(backends[1].backup);
  EXPECT_EQ(backends[1].priority, 3u);
  EXPECT_EQ(backends[1].region, "us");
  EXPECT_TRUE(backends[1].elsewhere) << "than in eu";
  EXPECT_TRUE(backends[0].elsewhere) << "who states no region is in none";
  const BackendName& name = std::get<BackendName>(backends[2].where);
  EXPECT_EQ(name.host, "app.internal");
  EXPECT_EQ(name.port, 8080);
  EXPECT_EQ(name.every, 15s);
  EXPECT_EQ(backends[2].id, "app.internal:8080");
  EXPECT_EQ(backends[3].id, "[2001:db8::1]:8080");
  EXPECT_TRUE(std::get<BackendAddress>(backends[4].where).address.is_unix());
}

TEST_F(CompleteFile, Pools) {
  ASSERT_EQ(config_.pools.size(), 2u);
  const Pool& app = config_.pools[0];
  EXPECT_EQ(app.balance, Balance::kLeastRequests);
  EXPECT_EQ(app.health.load_feedback, (LoadFeedback{LoadFeedback::By::kHeader, 0}));
  EXPECT_EQ(app.sticky, (Sticky{StickyCookie{"hg", "/app", "example.com", StickyCookie::SameSite::kNone, 8h}}));
  const HttpCheck& check = std::get<HttpCheck>(app.health.check);
  EXPECT_EQ(check.path, "/healthz?full=1");
  ASSERT_EQ(check.status.size(), 2u);
  EXPECT_EQ(check.status[0].last, 299);
  EXPECT_EQ(check.status[1].first, 304);
  EXPECT_EQ(check.host, "app.internal");
  EXPECT_EQ(check.body, "ok");
  EXPECT_EQ(app.health.interval, 3s);
  EXPECT_EQ(app.health.timeout, 500ms);
  EXPECT_EQ(app.health.fall, 4u);
  EXPECT_EQ(app.health.rise, 5u);
  ASSERT_TRUE(app.health.outlier);
  EXPECT_EQ(app.health.outlier->errors, 6u);
  EXPECT_EQ(app.health.outlier->window, 20s);
  EXPECT_EQ(app.health.outlier->eject, 40s);
  EXPECT_EQ(app.health.outlier->max_ejected_percent, 25u);
  EXPECT_EQ(app.health.panic_below_percent, 10u);
  EXPECT_EQ(app.health.slow_start, 1min);
  EXPECT_EQ(app.connections.max, 512u);
  EXPECT_EQ(app.connections.idle, 64u);
  EXPECT_EQ(app.connections.idle_timeout, 30s);
  EXPECT_EQ(app.connections.connect_timeout, 750ms);
  EXPECT_EQ(app.queue.size, 99u);
  EXPECT_EQ(app.queue.timeout, 3s);
  EXPECT_EQ(app.queue.shed, 400ms);
  EXPECT_EQ(app.limits, (PoolLimits{.connections = 90, .requests = 80, .retries = 7}));
  EXPECT_EQ(app.hedge, (Hedge{.after_permille = 995, .after = {}, .budget_percent = 3, .takes_idempotent = true}));
  EXPECT_EQ(hedge_after_text(*app.hedge), "p99.5");
  EXPECT_FALSE(app.adaptive);
  EXPECT_EQ(app.retry.attempts, 1u);
  EXPECT_EQ(app.retry.budget_percent, 15u);
  EXPECT_TRUE(app.retry.on.connect);
  EXPECT_FALSE(app.retry.on.reset);
  EXPECT_FALSE(app.retry.on.status_502);
  EXPECT_TRUE(app.retry.on.status_503);
}

TEST_F(CompleteFile, AMergedPoolKeepsItsOwnKeys) {
  const Pool& bulk = config_.pools[1];
  EXPECT_EQ(bulk.name, "bulk");
  EXPECT_EQ(bulk.balance, Balance::kHash);
  EXPECT_EQ(bulk.hash, (HashBalance{{request::Key::By::kCookie, "sid"}, HashBalance::Method::kRing, 150}));
  EXPECT_EQ(balance_text(bulk), "hash by cookie:sid (ring, max_load 150%)");
  EXPECT_EQ(bulk.health.load_feedback, (LoadFeedback{LoadFeedback::By::kAgent, 9999}));
  EXPECT_EQ(bulk.backends.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<TcpCheck>(bulk.health.check));
  EXPECT_EQ(bulk.health.interval, 2s) << "health is taken as a whole";
  EXPECT_EQ(bulk.queue.size, 99u);
}

TEST_F(CompleteFile, Matches) {
  ASSERT_EQ(config_.routes.size(), 6u);
  const Match& assets = config_.routes[0].match;
  EXPECT_EQ(assets.hosts, (std::vector<std::string>{"www.example.com", "*.example.org"}));
  EXPECT_EQ(assets.path, "/assets/");
  EXPECT_EQ(assets.methods, (std::vector<std::string>{"GET", "HEAD"}));
  EXPECT_EQ(assets.listeners, (std::vector<std::string>{"web"}));
  const Match& versions = config_.routes[1].match;
  EXPECT_EQ(versions.path_regex, "^/v[0-9]+/");
  EXPECT_EQ(versions.methods, (std::vector<std::string>{"POST"}));
  EXPECT_EQ(versions.headers.at(0).name, "X-Debug");
  EXPECT_EQ(versions.headers.at(0).value, "1");
  EXPECT_EQ(versions.query.at(0).name, "v");
  EXPECT_EQ(versions.cookies.at(0).value, "*");
  ASSERT_EQ(versions.clients.size(), 2u);
  EXPECT_EQ(versions.clients[1].text(), "2001:db8::/32");
  EXPECT_EQ(versions.listeners.size(), 2u);
}

TEST_F(CompleteFile, Routes) {
  const std::vector<Route>& routes = config_.routes;
  EXPECT_EQ(routes[0].name, "assets");
  EXPECT_EQ(routes[1].name, "routes[1]");
  EXPECT_EQ(std::get<PoolOrigin>(routes[1].origin).pool, "bulk");
  EXPECT_EQ(std::get<StaticOrigin>(routes[2].origin).root, folder_.path("files"));
  EXPECT_EQ(std::get<StaticOrigin>(routes[2].origin).index, "home.html");
  EXPECT_EQ(std::get<RedirectOrigin>(routes[3].origin).to, "https://www.example.com{uri}");
  EXPECT_EQ(std::get<RedirectOrigin>(routes[3].origin).status, 301);
  EXPECT_EQ(std::get<RespondOrigin>(routes[4].origin).status, 201);
  EXPECT_EQ(std::get<RespondOrigin>(routes[4].origin).body, "pong\n");
  EXPECT_EQ(std::get<RespondOrigin>(routes[4].origin).type, "text/x-pong");
  const Route& last = routes[5];
  ASSERT_TRUE(last.rate_limit);
  EXPECT_EQ(last.rate_limit->by_header, "X-Key");
  EXPECT_DOUBLE_EQ(last.rate_limit->per_second, 10);
  EXPECT_EQ(last.rate_limit->burst, 7u);
  EXPECT_EQ(last.rate_limit->clients, 1000u);
  ASSERT_TRUE(last.compression);
  EXPECT_EQ(last.compression->algorithms,
            (std::vector<CompressionChoice>{{CompressionAlgorithm::kGzip, 9}, {CompressionAlgorithm::kBrotli, 1}}));
  EXPECT_EQ(last.compression->types, (std::vector<std::string>{"text/html", "application/*+json"}));
  EXPECT_EQ(last.compression->min_bytes, 2048u);
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(last.request_fields.set, (Pairs{{"X-Client", "{client}"}}));
  EXPECT_EQ(last.request_fields.add, (Pairs{{"Link", "a"}, {"Link", "b"}}));
  EXPECT_EQ(last.request_fields.remove, (std::vector<std::string>{"X-Debug", "X-Trace"}));
  EXPECT_EQ(last.response_fields.set, (Pairs{{"X-Served-By", "{backend}"}}));
  EXPECT_EQ(last.response_fields.remove, (std::vector<std::string>{"Server"}));
  EXPECT_EQ(last.timeouts.connect, 1s);
  EXPECT_EQ(last.timeouts.response, 10s);
  EXPECT_EQ(last.timeouts.total, 1min);
}

TEST(Defaults, OnlyListenersAreRequired) {
  const Config config = config_of(kListener);
  EXPECT_EQ(config.region, "");
  EXPECT_EQ(config.drain_timeout, 30s);
  EXPECT_GE(config.workers, 1u);
  EXPECT_TRUE(config.pools.empty());
  EXPECT_TRUE(config.routes.empty());
  EXPECT_FALSE(config.access_log);
  EXPECT_EQ(config.log.file, "stderr");
  EXPECT_FALSE(config.admin.bind);
  EXPECT_FALSE(config.admin.socket);
}

TEST(Defaults, OfAPool) {
  const Config config = config_of(listener_and("pools: { a: { backends: [10.0.0.1:80] } }"));
  const Pool& pool = config.pools.at(0);
  EXPECT_EQ(pool.balance, Balance::kRoundRobin);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(pool.health.check));
  EXPECT_FALSE(pool.health.outlier);
  EXPECT_TRUE(pool.retry.on.connect);
  EXPECT_TRUE(pool.retry.on.reset);
  EXPECT_FALSE(pool.retry.on.status_502);
  EXPECT_EQ(pool.connections.max, 1024u);
}

TEST(Defaults, OfAHealthCheckAndAnOutlier) {
  const Config config =
      config_of(listener_and("pools: { a: { backends: [10.0.0.1:80], health: { http: {}, outlier: {} } } }"));
  const HttpCheck& check = std::get<HttpCheck>(config.pools.at(0).health.check);
  EXPECT_EQ(check.path, "/");
  ASSERT_EQ(check.status.size(), 1u);
  EXPECT_EQ(check.status[0].first, 200);
  EXPECT_EQ(config.pools[0].health.outlier->errors, 5u);
}

TEST(Defaults, OfAnAccessLog) {
  const Config config = config_of(listener_and("access_log: {}\n"));
  ASSERT_TRUE(config.access_log);
  EXPECT_EQ(config.access_log->file, "stdout");
  EXPECT_EQ(config.access_log->format, "json");
  EXPECT_EQ(config.access_log->sample, 1.0);
}

TEST(Defaults, TheBurstIsASecondsWorthAtLeastOne) {
  const auto burst_of = [](std::string_view rate) {
    return config_of(listener_and("routes: [{ respond: {}, rate_limit: { rate: " + std::string(rate) + " } }]"))
        .routes.at(0)
        .rate_limit->burst;
  };
  EXPECT_EQ(burst_of("100/s"), 100u);
  EXPECT_EQ(burst_of("600/m"), 10u);
  EXPECT_EQ(burst_of("1/m"), 1u);
}

TEST(Environments, AnyValueMayComeFromThem) {
  const std::string text =
      "workers: ${WORKERS}\n"
      "listeners: { web: { bind: '127.0.0.1:${PORT:-8080}', limits: { header: \"${HEADER}\" } } }\n"
      "routes: [{ respond: { body: '$${NOT}' } }]\n";
  const Config config = config_of(text, "/none/hg.yaml", environment_of({{"WORKERS", "3"}, {"HEADER", "1KiB"}}));
  EXPECT_EQ(config.workers, 3u);
  EXPECT_EQ(config.listeners[0].bind[0].port(), 8080);
  EXPECT_EQ(config.listeners[0].limits.header_bytes, 1024u);
  EXPECT_EQ(std::get<RespondOrigin>(config.routes[0].origin).body, "${NOT}");
}

TEST(Environments, WhatTheyMakeOfAFileIsBounded) {
  const Environment environment = environment_of({{"BIG", std::string(1u << 20, 'x')}});
  std::string text = listener_and("routes:\n- respond: &r { body: \"${BIG}\" }\n");
  for (int i = 0; i < 63; ++i) text += "- respond: *r\n";
  EXPECT_EQ(problems_of(text, "hg.yaml", environment), "");
  text += "- respond: *r\n";
  EXPECT_EQ(
      problems_of(text, "hg.yaml", environment),
      "hg.yaml:3:23: routes[64].respond.body: the values that ${...} makes in this file are larger than 64 MiB\n");
}

TEST(Environments, TheProcessHasOne) {
  ::setenv("HEADGATE_CONFIG_TEST", "yes", 1);
  EXPECT_EQ(process_environment()("HEADGATE_CONFIG_TEST"), "yes");
  ::unsetenv("HEADGATE_CONFIG_TEST");
  EXPECT_EQ(process_environment()("HEADGATE_CONFIG_TEST"), std::nullopt);
}

TEST(Merges, ApplyInEverySection) {
  const Config config = config_of(
      "listeners:\n"
      "  a: &a { bind: 127.0.0.1:1, limits: &l { headers: 5, body: 1KiB } }\n"
      "  b: { <<: *a, bind: 127.0.0.1:2 }\n"
      "  c: { bind: 127.0.0.1:3, limits: { <<: *l, headers: 6 } }\n");
  EXPECT_EQ(config.listeners[1].bind[0].port(), 2);
  EXPECT_EQ(config.listeners[1].limits.headers, 5u);
  EXPECT_EQ(config.listeners[2].limits.headers, 6u);
  EXPECT_EQ(config.listeners[2].limits.body_bytes, 1024u);
}

TEST(Values, OneStandsForAListOfOne) {
  const Config config = config_of(listener_and(
      "routes: [{ match: { host: a.b, methods: GET, client: 10.0.0.1, listener: web }, respond: {} }]\n"
      "pools: { a: { backends: 10.0.0.1:80, health: { http: { status: 204 } }, retry: { on: connect } } }\n"));
  EXPECT_EQ(config.routes[0].match.hosts.size(), 1u);
  EXPECT_EQ(config.routes[0].match.clients[0].text(), "10.0.0.1/32");
  EXPECT_EQ(config.pools[0].backends.size(), 1u);
  EXPECT_EQ(std::get<HttpCheck>(config.pools[0].health.check).status[0].last, 204);
}

TEST(Large, TenThousandRoutes) {
  std::string text = listener_and("pools: { app: { backends: [10.0.0.1:80] } }\nroutes:\n");
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    text += "- name: r" + number + "\n  match: { host: h" + number + ".example.com, path: /p/" + number +
            "/ }\n  pool: app\n";
  }
  const Config config = config_of(text);
  ASSERT_EQ(config.routes.size(), 10'000u);
  EXPECT_EQ(config.routes.back().name, "r9999");
  EXPECT_EQ(config.routes.back().match.path, "/p/9999/");
}

}  // namespace
}  // namespace headgate::config
