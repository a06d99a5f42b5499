#pragma once
#include <deque>
#include <memory>
#include <string>

#include "proxy/admin/view.h"

namespace headgate::proxy::admin {

/// An origin that is only described.
class NamedOrigin final : public origin::Origin {
 public:
  explicit NamedOrigin(std::string text) : text_(std::move(text)) {}
  net::Task<base::Result<void>> respond(origin::Call&, message::Response&) const override {
    co_return base::Result<void>();
  }
  std::string describe() const override { return text_; }

 private:
  std::string text_;
};

/// What a daemon of two workers would show: everything that the pages point into, with numbers to be set by tests.
struct Fabricated {
  static constexpr std::size_t kWorkers = 2;

  struct Route {
    Route(std::string route_name, std::string description)
        : name(std::move(route_name)), origin(std::move(description)) {}
    std::string name;
    config::Match match;
    NamedOrigin origin;
    base::PerWorker<http::RouteCounters> counters{kWorkers};
    base::PerWorker<compression::Counters> compression{kWorkers};
  };

  std::shared_ptr<config::Config> config = std::make_shared<config::Config>();
  ReloadHistory reloads;
  Events events;
  history::History history;
  history::Recent recent;
  base::PerWorker<listener::ListenerCounters> listener{kWorkers};
  std::deque<Route> routes;
  base::PerWorker<balance::PoolCounters> pool{kWorkers};
  std::shared_ptr<balance::Backend> backend = make_backend("app-1", "10.0.0.1:8080");
  std::shared_ptr<balance::PoolVersion> version = std::make_shared<balance::PoolVersion>();
  std::string listener_name = "web";
  View view;

  static std::shared_ptr<balance::Backend> make_backend(std::string id, std::string_view address) {
    return std::make_shared<balance::Backend>(std::move(id), *base::Endpoint::parse(address),
                                              std::make_shared<health::BackendHealth>([] {}), kWorkers);
  }

  Fabricated() {
    using namespace std::chrono_literals;
    reloads.add({.at = base::WallTime(1000s), .accepted = true, .message = "started"});
    version->members.push_back({backend, 3, 200, true});
    view.version = "0.1.0";
    view.pid = 4711;
    view.started = base::WallTime(1000s);
    view.now = base::WallTime(1090s + 500ms);
    config->file = "/etc/headgate/headgate.yaml";
    config->text = "listeners: {}\n";
    view.config = config;
    view.events = &events;
    view.history = &history;
    view.recent = &recent;
    view.reloads = &reloads;
    view.listeners.push_back({listener_name, {"0.0.0.0:80", "[::]:80"}, &listener});
    view.pools.push_back({"app", version, &pool, 4});
    health::Row row;
    row.pool = "app";
    row.backend = "app-1";
    row.address = backend->address();
    row.since = base::WallTime(1010s + 250ms);
    row.why = "HTTP 200 from /healthz";
    row.load = 0.25;
    row.last_check = base::WallTime(1089s);
    row.checks_ok = 45;
    row.checks_failed = 2;
    row.ejections = 1;
    view.health.push_back(row);
    view.workers = {{12, 4096}, {13, 0}};
    view.access_log = {100, 2, 3};
    view.process = {1 << 20, 55, 1024, 1.5};
    add_route("all", "pool app");
  }

  Route& add_route(std::string name, std::string origin) {
    Route& route = routes.emplace_back(std::move(name), std::move(origin));
    view.routes.push_back({route.name, &route.match, &route.origin, &route.counters, &route.compression});
    return route;
  }
};

}  // namespace headgate::proxy::admin
