#include "tests/unit/config/loading.h"

namespace headgate::config {
namespace {

const std::string kListener = "listeners: { web: { bind: 127.0.0.1:80 } }\n";

/// A key with a bound: `text` holds "@" where the value stands.
struct Bound {
  std::string text;
  std::vector<std::string> accepted;
  std::vector<std::string> refused;
};

std::string filled(const std::string& text, const std::string& value) {
  const std::size_t at = text.find('@');
  return text.substr(0, at) + value + text.substr(at + 1);
}

void expect_bound(const Bound& bound) {
  for (const std::string& value : bound.accepted) EXPECT_EQ(problems_of(filled(bound.text, value)), "") << value;
  for (const std::string& value : bound.refused) {
    const std::string problems = problems_of(filled(bound.text, value));
    EXPECT_NE(problems, "") << filled(bound.text, value);
    EXPECT_EQ(problems.find('\n') + 1, problems.size()) << "more than one problem:\n" << problems;
  }
}

std::string listener(const std::string& keys) {
  return "listeners: { web: { bind: 127.0.0.1:80, " + keys + " } }\n";
}
std::string pool(const std::string& keys) {
  return kListener + "pools: { a: { backends: [10.0.0.1:80], " + keys + " } }\n";
}
std::string backend(const std::string& keys) {
  return kListener + "pools: { a: { backends: [{ " + keys + " }] } }\n";
}
std::string route(const std::string& keys) {
  return kListener + "routes: [{ respond: {}, " + keys + " }]\n";
}

TEST(Bounds, OfListeners) {
  for (const char* key : {"header", "body", "idle"}) {
    expect_bound({listener("timeouts: { " + std::string(key) + ": @ }"), {"1ms", "1d"}, {"0s", "0", "86400001ms"}});
  }
  expect_bound({listener("limits: { header: @ }"), {"256", "1MiB"}, {"255", "1048577"}});
  expect_bound({listener("limits: { headers: @ }"), {"1", "1000"}, {"0", "1001", "-1", "1.0", "'1 '"}});
  expect_bound({listener("limits: { body: @ }"), {"0", "1024GiB"}, {"1099511627777"}});
  expect_bound({listener("limits: { connections: @ }"), {"1", "1000000"}, {"0", "1000001"}});
  expect_bound({listener("limits: { connections_per_client: @ }"), {"0", "1000000"}, {"1000001"}});
  expect_bound({"listeners: { @: { bind: 127.0.0.1:80 } }",
                {"a", "A-b_c.9", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl"},
                {"''", "a b", "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklm"}});
}

TEST(Bounds, OfBackends) {
  expect_bound({backend("address: 10.0.0.1:80, weight: @"), {"0", "256"}, {"257", "-1"}});
  expect_bound({backend("address: 10.0.0.1:80, priority: @"), {"0", "9"}, {"10", "-1"}});
  expect_bound(
      {backend("address: 10.0.0.1:80, region: @"), {"x", std::string(64, 'x')}, {"''", "a b", std::string(65, 'x')}});
  expect_bound({"region: @\n" + kListener, {"x", std::string(64, 'x')}, {"''", "a b", std::string(65, 'x')}});
  expect_bound({backend("address: 10.0.0.1:80, max_requests: @"), {"0", "1000000"}, {"1000001"}});
  expect_bound({backend("address: 10.0.0.1:80, id: @"), {"x", std::string(128, 'x')}, {"''", std::string(129, 'x')}});
  expect_bound({backend("resolve: 'a.b:80', every: @"), {"100ms", "1d"}, {"99ms", "86400001ms"}});
  expect_bound({backend("resolve: 'a.b:@'"), {"1", "65535"}, {"0", "65536"}});
  expect_bound({backend("address: '10.0.0.1:@'"), {"1", "65535"}, {"0", "65536"}});
}

TEST(Bounds, OfPools) {
  for (const char* key : {"interval"}) {
    expect_bound({pool("health: { " + std::string(key) + ": @ }"), {"10ms", "1d"}, {"9ms", "86400001ms"}});
  }
  expect_bound({pool("balance: { hash: client, max_load: @ }"), {"100%", "1000%"}, {"99%", "1001%", "150", "''", "%"}});
  expect_bound({pool("balance: { hash: 'header:@' }"), {"x", std::string(256, 'x')}, {"", std::string(257, 'x')}});
  expect_bound({pool("balance: { hash: 'query:@' }"), {"x", std::string(256, 'x')}, {"", std::string(257, 'x')}});
  expect_bound({pool("health: { timeout: @ }"), {"1ms", "1d"}, {"0s", "86400001ms"}});
  expect_bound({pool("health: { fall: @ }"), {"1", "100"}, {"0", "101"}});
  expect_bound({pool("health: { rise: @ }"), {"1", "100"}, {"0", "101"}});
  expect_bound({pool("health: { panic_below: @ }"), {"0%", "100%"}, {"101%", "1.5%", "10"}});
  expect_bound({pool("health: { slow_start: @ }"), {"0s", "0", "1d"}, {"86400001ms"}});
  expect_bound({pool("health: { outlier: { errors: @ } }"), {"1", "10000"}, {"0", "10001"}});
  expect_bound({pool("health: { outlier: { window: @ } }"), {"10ms", "1d"}, {"9ms", "86400001ms"}});
  expect_bound({pool("health: { outlier: { eject: @ } }"), {"10ms", "1d"}, {"9ms", "86400001ms"}});
  expect_bound({pool("health: { outlier: { max_ejected: @ } }"), {"0%", "100%"}, {"101%"}});
  expect_bound({pool("health: { http: { status: @ } }"), {"100", "599", "100-599"}, {"99", "600", "[]"}});
  expect_bound({pool("health: { http: { path: @ } }"),
                {"/", "/" + std::string(2047, 'x')},
                {"''", "/" + std::string(2048, 'x')}});
  expect_bound({pool("health: { http: { body: @ } }"), {"x", std::string(4096, 'x')}, {"''", std::string(4097, 'x')}});
  expect_bound({pool("connections: { max: @ }"), {"1", "1000000"}, {"0", "1000001"}});
  expect_bound({pool("connections: { idle: @ }"), {"0", "1000000"}, {"1000001"}});
  expect_bound({pool("connections: { idle_timeout: @ }"), {"1ms", "1d"}, {"0s", "86400001ms"}});
  expect_bound({pool("connections: { connect_timeout: @ }"), {"1ms", "1d"}, {"0s", "86400001ms"}});
  expect_bound({pool("queue: { size: @ }"), {"0", "1000000"}, {"1000001"}});
  expect_bound({pool("limits: { connections: @ }"), {"0", "1000000"}, {"1000001", "-1"}});
  expect_bound({pool("limits: { requests: @ }"), {"0", "1000000"}, {"1000001"}});
  expect_bound({pool("limits: { retries: @ }"), {"0", "1000000"}, {"1000001"}});
  expect_bound({pool("adaptive: { min: @ }"), {"1", "1024"}, {"0", "1025", "1000001"}});
  expect_bound({pool("adaptive: { max: @ }"), {"4", "1000000"}, {"3", "1000001"}});
  expect_bound({pool("adaptive: { window: @ }"), {"1s", "1h"}, {"999ms", "3600001ms"}});
  expect_bound({pool("queue: { shed: @ }"), {"off", "1ms", "1d"}, {"0s", "86400001ms", "on"}});
  expect_bound({pool("hedge: { after: @ }"),
                {"p50", "p99.9", "p95.5", "1ms", "1d"},
                {"p49.9", "p100", "p", "p9.99", "p-1", "95%", "0s", "86400001ms"}});
  expect_bound({pool("hedge: { budget: @ }"), {"0%", "100%"}, {"101%", "5"}});
  expect_bound({pool("queue: { timeout: @ }"), {"1ms", "1d"}, {"0s", "86400001ms"}});
  expect_bound({pool("retry: { attempts: @ }"), {"0", "10"}, {"11"}});
  expect_bound({pool("retry: { budget: @ }"), {"0%", "100%"}, {"101%"}});
}

TEST(Bounds, OfRoutes) {
  expect_bound({route("timeouts: { connect: @ }"), {"1ms", "1d"}, {"0s", "86400001ms"}});
  expect_bound({route("timeouts: { response: @ }"), {"1ms", "1d"}, {"0s", "86400001ms"}});
  expect_bound({route("timeouts: { total: @ }"), {"0s", "1d"}, {"86400001ms"}});
  expect_bound(
      {route("rate_limit: { rate: @ }"), {"1/m", "1000000/s", "60000000/m"}, {"0/s", "1000001/s", "60000001/m"}});
  expect_bound({route("rate_limit: { rate: 1/s, burst: @ }"), {"1", "1000000"}, {"0", "1000001"}});
  expect_bound({route("rate_limit: { rate: 1/s, clients: @ }"), {"1", "10000000"}, {"0", "10000001"}});
  expect_bound({route("compress: { min_size: @ }"), {"0", "1GiB"}, {"1073741825"}});
  for (const char* level : {"zstd", "br", "gzip"}) {
    expect_bound({route("compress: { level: { " + std::string(level) + ": @ } }"), {"1", "9"}, {"0", "10"}});
  }
  expect_bound({route("name: @"), {"x", std::string(128, 'x')}, {"''", std::string(129, 'x')}});
  expect_bound(
      {route("match: { path: @ }"), {"/", "/" + std::string(4095, 'x')}, {"''", "/" + std::string(4096, 'x')}});
  expect_bound({route("match: { path_regex: @ }"), {"x", std::string(4096, 'x')}, {"''", std::string(4097, 'x')}});
  expect_bound({route("match: { methods: @ }"), {"X", std::string(64, 'X')}, {"''", std::string(65, 'X')}});
  expect_bound({route("match: { header: { X: @ } }"), {"''", std::string(4096, 'x')}, {std::string(4097, 'x')}});
  expect_bound(
      {route("headers: { request: { set: { X: @ } } }"), {"''", std::string(8192, 'x')}, {std::string(8193, 'x')}});
  expect_bound(
      {route("headers: { request: { remove: @ } }"), {"X", std::string(256, 'x')}, {"''", std::string(257, 'x')}});
}

TEST(Bounds, OfOrigins) {
  const auto origin = [](const std::string& keys) { return kListener + "routes: [{ " + keys + " }]\n"; };
  expect_bound({origin("respond: { status: @ }"), {"200", "599"}, {"199", "600"}});
  expect_bound({origin("respond: { type: @ }"), {"x", std::string(256, 'x')}, {"''", std::string(257, 'x')}});
  expect_bound(
      {origin("respond: { body: @ }"), {"''", std::string(1u << 20, 'x')}, {std::string((1u << 20) + 1, 'x')}});
  expect_bound(
      {origin("redirect: { to: @ }"), {"/", "/" + std::string(4095, 'x')}, {"''", "/" + std::string(4096, 'x')}});
  expect_bound({origin("static: { root: /, index: @ }"), {"x", std::string(255, 'x')}, {"''", std::string(256, 'x')}});
}

TEST(Bounds, OfSettings) {
  expect_bound({kListener + "workers: @\n", {"1", "1024", "auto"}, {"0", "1025", "-1"}});
  expect_bound({kListener + "drain_timeout: @\n", {"0", "1d"}, {"86400001ms"}});
  expect_bound({kListener + "access_log: { sample: @ }\n", {"0%", "100%", "0.1%"}, {"100.1%", "1"}});
  expect_bound({kListener + "admin: { socket: '/tmp/@' }\n", {std::string(102, 'x')}, {std::string(103, 'x')}});
}

TEST(Bounds, AreNamedWhereTheyAreCrossed) {
  EXPECT_EQ(problems_of(listener("timeouts: { idle: 2d }")),
            "/none/hg.yaml:1:59: listeners.web.timeouts.idle: must be from 1ms to 1d, is 2d\n");
  EXPECT_EQ(problems_of(listener("limits: { header: 2MiB }")),
            "/none/hg.yaml:1:59: listeners.web.limits.header: must be from 256 to 1MiB, is 2MiB\n");
  EXPECT_EQ(problems_of(listener("limits: { headers: 0 }")),
            "/none/hg.yaml:1:60: listeners.web.limits.headers: expected a whole number from 1 to 1000, found '0'\n");
  EXPECT_EQ(problems_of(route("rate_limit: { rate: 2000000/s }")),
            "/none/hg.yaml:2:45: routes[0].rate_limit.rate: must be from 1/m to 1000000/s, is 2000000/s\n");
  EXPECT_EQ(problems_of(route("name: ''")), "/none/hg.yaml:2:31: routes[0].name: must be 1 to 128 bytes long, is 0\n");
}

}  // namespace
}  // namespace headgate::config
