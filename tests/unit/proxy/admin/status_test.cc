#include "proxy/admin/status.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/unit/proxy/admin/fabricated_view.h"

namespace headgate::proxy::admin {
namespace {

using namespace std::chrono_literals;

TEST(Status, SaysWhatRuns) {
  Fabricated daemon;
  daemon.reloads.add({base::WallTime(1050s), false, "headgate.yaml:1:1: no"});
  const nlohmann::json status = nlohmann::json::parse(status_json(daemon.view));
  EXPECT_EQ(status["version"], "0.1.0");
  EXPECT_EQ(status["pid"], 4711);
  EXPECT_EQ(status["started_at"], "1970-01-01T00:16:40.000Z");
  EXPECT_EQ(status["uptime_seconds"], 90);
  EXPECT_EQ(status["draining"], false);
  EXPECT_EQ(status["configuration"]["file"], "/etc/headgate/headgate.yaml");
  EXPECT_EQ(status["configuration"]["loaded_at"], "1970-01-01T00:16:40.000Z");
  EXPECT_EQ(status["configuration"]["accepted"], 1);
  EXPECT_EQ(status["configuration"]["refused"], 1);
  const nlohmann::json refused = {
      {"at", "1970-01-01T00:17:30.000Z"}, {"accepted", false}, {"message", "headgate.yaml:1:1: no"}};
  EXPECT_EQ(status["configuration"]["last_reload"], refused);
  EXPECT_EQ(status["configuration"]["reloads"].size(), 2u);
  EXPECT_EQ(status["process"]["open_descriptors"], 55);
  EXPECT_EQ(status["access_log"]["written"], 100);
  EXPECT_EQ(status["workers"][1]["connections"], 13);
}

TEST(Status, Listeners) {
  Fabricated daemon;
  daemon.listener.of(0).requests.add(5);
  daemon.listener.of(1).requests.add(6);
  daemon.listener.of(1).connections_open.add(2);
  const nlohmann::json listener = nlohmann::json::parse(status_json(daemon.view))["listeners"][0];
  EXPECT_EQ(listener["name"], "web");
  EXPECT_EQ(listener["bind"], nlohmann::json({"0.0.0.0:80", "[::]:80"}));
  EXPECT_EQ(listener["requests"], 11);
  EXPECT_EQ(listener["connections_open"], 2);
}

TEST(Status, PoolsWithTheHealthTable) {
  Fabricated daemon;
  daemon.backend->health().publish(health::State::kEjected, 30);
  daemon.backend->requests_in_flight = 9;
  daemon.backend->counters(0).responses[5].add(3);
  daemon.pool.of(0).retries.add(2);
  const nlohmann::json pool = nlohmann::json::parse(status_json(daemon.view))["pools"][0];
  EXPECT_EQ(pool["name"], "app");
  EXPECT_EQ(pool["waiting"], 4);
  EXPECT_EQ(pool["retries"], 2);
  const nlohmann::json& backend = pool["backends"][0];
  EXPECT_EQ(backend["id"], "app-1");
  EXPECT_EQ(backend["address"], "10.0.0.1:8080");
  EXPECT_EQ(backend["state"], "ejected");
  EXPECT_EQ(backend["since"], "1970-01-01T00:16:50.250Z");
  EXPECT_EQ(backend["why"], "HTTP 200 from /healthz");
  EXPECT_EQ(backend["last_check"], "1970-01-01T00:18:09.000Z");
  EXPECT_EQ(backend["checks_ok"], 45);
  EXPECT_EQ(backend["weight"], 3);
  EXPECT_EQ(backend["weight_percent"], 30);
  EXPECT_EQ(backend["backup"], true);
  EXPECT_EQ(backend["max_requests"], 200);
  EXPECT_EQ(backend["requests_in_flight"], 9);
  EXPECT_EQ(backend["responses"]["5xx"], 3);
  EXPECT_FALSE(backend["responses"].contains("none"));
}

TEST(Status, WhatIsNotKnownYetIsNull) {
  Fabricated daemon;
  daemon.view.health[0].last_check = {};
  daemon.version->members.push_back({Fabricated::make_backend("app-2", "10.0.0.2:8080"), 1, 0, false});
  daemon.view.pools.push_back({"new", nullptr, &daemon.pool, 0});
  const nlohmann::json pools = nlohmann::json::parse(status_json(daemon.view))["pools"];
  EXPECT_TRUE(pools[0]["backends"][0]["last_check"].is_null());
  EXPECT_TRUE(pools[0]["backends"][1]["since"].is_null());
  EXPECT_EQ(pools[0]["backends"][1]["why"], "");
  EXPECT_EQ(pools[1]["backends"], nlohmann::json::array());
}

TEST(Status, Routes) {
  Fabricated daemon;
  http::RouteCounters& counters = daemon.add_route("files", "static /srv/www").counters.of(1);
  counters.requests.add(2);
  counters.responses[4].add(2);
  const nlohmann::json routes = nlohmann::json::parse(status_json(daemon.view))["routes"];
  EXPECT_EQ(routes[0]["name"], "all");
  EXPECT_EQ(routes[0]["origin"], "pool app");
  EXPECT_EQ(routes[0]["requests"], 0);
  EXPECT_EQ(routes[0].size(), 3u) << "nothing to say of a route that nobody asked for";
  EXPECT_EQ(routes[1]["origin"], "static /srv/www");
  EXPECT_EQ(routes[1]["responses"]["4xx"], 2);
  EXPECT_EQ(routes[1]["responses"]["none"], 0);
}

TEST(Status, NamesThatAreNoUtf8DoNotBreakThePage) {
  Fabricated daemon;
  daemon.add_route("a\xff", "respond 200");
  EXPECT_EQ(nlohmann::json::parse(status_json(daemon.view))["routes"][1]["name"], "a\xef\xbf\xbd");
}

}  // namespace
}  // namespace headgate::proxy::admin
