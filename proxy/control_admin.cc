#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "config/values.h"
#include "net/waiting.h"
#include "proxy/admin/history/traffic.h"
#include "proxy/control.h"
#include "proxy/listener/tls_share.h"
#include "proxy/steering/connection_census.h"
#include "proxy/steering/purges.h"
#include "proxy/version.h"

// What the admin pages show of the daemon at this moment, and what an operator may ask of it (admin::Actions).
namespace headgate::proxy {

using namespace std::chrono_literals;

namespace {

/// Longer than a reload takes, whatever it waits for.
constexpr base::Duration kReloadPatience = 1min;

admin::ReloadOutcome not_now(std::string_view why) {
  return {.accepted = false, .message = std::string(why), .problems = std::nullopt};
}

std::string what_is_wished(const health::Wish& wish) {
  const std::string over =
      wish.over > base::Duration(0) ? fmt::format(" over {}", config::duration_text(wish.over)) : "";
  switch (wish.kind) {
    case health::Wish::Kind::kEnable:
      return "enable" + over;
    case health::Wish::Kind::kDrain:
      return "drain" + over;
    case health::Wish::Kind::kDisable:
      return "disable";
    case health::Wish::Kind::kWeight:
      return fmt::format("weight {}%{}", wish.percent, over);
  }
  return {};
}

}  // namespace

admin::DaemonState Control::state() const {
  switch (phase_) {
    case Phase::kStarting:
      return admin::DaemonState::kStarting;
    case Phase::kServing:
      if (upgrading_) return admin::DaemonState::kUpgrading;
      return reloading_ ? admin::DaemonState::kReloading : admin::DaemonState::kServing;
    case Phase::kDraining:
      return admin::DaemonState::kDraining;
  }
  return admin::DaemonState::kServing;
}

admin::View Control::view() {
  admin::View view;
  view.version = kVersion;
  view.pid = ::getpid();
  view.now = base::wall_now();
  view.started = started_;
  view.config = config_;
  view.differs_from_file = look_at_disk().differs();
  view.reloads = &reloads_;
  view.events = &events_;
  view.history = &history_;
  view.recent = &recent_;
  view.state = state();
  view.log_level = log_.level();
  view.health = pools_.health().rows();
  view.names = pools_.names();
  view.regions = regions_.rows();
  view.process = admin::read_process_figures();
  view.access_log = {access_log_->written(), access_log_->dropped_by_full_rings(), access_log_->lost_by_writing()};
  view.workers.resize(workers_.size());
  for (std::size_t i = 0; i < workers_.size(); ++i)
    view.workers[i].buffers_lent_bytes = workers_[i]->buffers_lent_bytes();
  if (!snapshot_) return view;
  fill_traffic(view);
  for (std::size_t l = 0; l < snapshot_->listeners.size(); ++l) {
    const Snapshot::Listener& listener = snapshot_->listeners[l];
    for (std::size_t i = 0; i < listener.settings->bind.size(); ++i) {
      const auto open = binds_.endpoints().find(Binds::key_of(*listener.settings, i));
      if (open != binds_.endpoints().end()) view.listeners[l].binds.push_back(open->second.text());
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const std::int64_t open = listener.share->counters.of(i).connections_open.value();
      view.workers[i].connections += static_cast<std::uint64_t>(open > 0 ? open : 0);
    }
  }
  return view;
}

/// Who counts: what of a view is needed every second.
void Control::fill_traffic(admin::View& view) const {
  view.keeps = snapshot_;
  for (const Snapshot::Listener& listener : snapshot_->listeners) {
    view.listeners.push_back({listener.settings->name, {}, &listener.share->counters, listener.settings->protocol});
    if (listener.dns) view.listeners.back().dns = listener.dns->counters.get();
    if (!listener.tls.contexts) continue;
    view.listeners.back().tls = &listener.share->tls->counters;
    view.listeners.back().certificates = certificates_.of(listener.settings->name);
  }
  for (std::size_t i = 0; i < snapshot_->site->routes.size(); ++i) {
    const http::RouteEntry& route = snapshot_->site->routes[i];
    view.routes.push_back({route.name, &config_->routes[i].match, route.origin.get(), route.counters.get(),
                           route.compression ? route.compression->counters.get() : nullptr, route.cache.get(),
                           route.mirrored.get()});
  }
  for (const std::shared_ptr<cache::stage::Store>& store : snapshot_->caches) {
    view.caches.push_back({store->name(), store.get()});
  }
  for (const std::shared_ptr<balance::Pool>& pool : snapshot_->pools) view.pools.push_back(admin::view_of(*pool));
  view.geo.databases = &atlas_.databases();
  view.zones = &zones_.zones();
  if (!identities_.dns().regions().empty()) view.geo.answers = &identities_.dns().regions();
  if (!snapshot_->site->atlas) return;
  view.geo.lookups = &std::as_const(*snapshot_->site->atlas).counters();
  view.geo.by_region = &snapshot_->site->atlas->by_region();
}

admin::history::History::Counts Control::traffic() const {
  admin::View view;
  if (snapshot_) fill_traffic(view);
  return admin::history::traffic_of(view.listeners, view.routes, view.pools);
}

void Control::sample_history() {
  admin::View view;
  fill_traffic(view);
  history_.add(base::wall_now(), admin::history::traffic_of(view.listeners, view.routes, view.pools));
  if (recent_.begin_round(loop_.now())) admin::history::mark_latencies(view.routes, view.pools, recent_);
}

net::Task<void> Control::keep_history() {
  while (true) {
    sample_history();
    co_await net::sleep_until(loop_, loop_.now() + std::chrono::seconds(1));
  }
}

/// Memory of what was purged comes back, asked for or not.
net::Task<void> Control::sweep_caches() {
  constexpr base::Duration kBetweenSteps = std::chrono::milliseconds(20);
  constexpr base::Duration kBetweenRounds = std::chrono::seconds(1);
  while (true) {
    bool has_more = false;
    for (const std::shared_ptr<cache::stage::Store>& store : snapshot_->caches) {
      has_more = store->sweeper().step() || has_more;
    }
    const base::Time next = loop_.now() + (has_more ? kBetweenSteps : kBetweenRounds);
    co_await net::sleep_until(loop_, next);
  }
}

systemd::StatusFacts Control::status_facts() const {
  systemd::StatusFacts facts;
  facts.listeners = config_->listeners.size();
  facts.pools = config_->pools.size();
  facts.loaded = reloads_.accepted_at();
  for (const health::Row& row : pools_.health().rows()) {
    ++facts.backends;
    if (row.state == health::State::kUp) ++facts.backends_up;
    const bool is_bad = row.state == health::State::kDown || row.state == health::State::kEjected;
    if (is_bad && facts.problem.empty()) {
      facts.problem =
          "pool " + row.pool + ": backend " + row.backend + " is " + std::string(to_string(row.state)) + ": " + row.why;
    }
  }
  facts.upgrade_said = upgrade_said_;
  if (!reloads_.last().empty() && !reloads_.last().back().accepted) facts.refused = reloads_.last().back().message;
  return facts;
}

std::optional<net::ListeningSocket> Control::given_for_admin(const char* door) {
  GivenSockets& sockets = circumstances_.sockets;
  if (const systemd::PassedSocket* passed = sockets.passed_for(door)) {
    base::Result<net::ListeningSocket> socket = passed->socket.duplicate();
    if (socket) return std::move(*socket);
  }
  std::vector<net::ListeningSocket> inherited = sockets.take_inherited(door);
  if (inherited.empty()) return std::nullopt;
  return std::move(inherited[0]);
}

LiveExplainer::Moment Control::moment() const {
  LiveExplainer::Moment out;
  out.snapshot = snapshot_;
  out.health = pools_.health().rows();
  out.names = pools_.names();
  out.keys = sticky_.keyring();
  out.sessions = [this](const std::string& pool) { return tables_.of(pool); };
  for (const dns::upkeep::KeptZone& zone : zones_.zones()) out.zones.push_back(zone.loaded.zone);
  out.why_region = [rows = regions_.rows()](std::string_view region) {
    const auto row = std::ranges::find(rows, region, &regions::RegionRow::name);
    return row == rows.end() ? std::string() : row->why;
  };
  if (!snapshot_) return out;
  for (const Snapshot::Listener& listener : snapshot_->listeners) {
    std::vector<base::Endpoint>& binds = out.binds.emplace_back();
    for (std::size_t i = 0; i < listener.settings->bind.size(); ++i) {
      const auto open = binds_.endpoints().find(Binds::key_of(*listener.settings, i));
      if (open != binds_.endpoints().end()) binds.push_back(open->second);
    }
  }
  return out;
}

net::Task<admin::ReloadOutcome> Control::reload() {
  // Who asks may stand in the callback of a socket that the new configuration closes.
  co_await net::next_turn(loop_);
  if (phase_ == Phase::kStarting) co_return not_now("headgate is starting");
  if (phase_ == Phase::kDraining) co_return not_now("headgate is stopping");
  if (upgrading_) co_return not_now("an upgrade is under way");
  const std::shared_ptr<steering::ReloadCallers::Caller> caller = reload_callers_.add(loop_);
  begin_reload();
  const bool told = co_await caller->told.wait(loop_.now() + kReloadPatience);
  if (!told) co_return not_now("the reload is not done after a minute");
  co_return caller->outcome;
}

base::Duration Control::stop() {
  if (phase_ == Phase::kServing) begin_drain();
  return config_->drain_timeout;
}

net::Task<admin::Connections> Control::connections(message::ConnectionQuery query) {
  const auto ask = [this](std::size_t worker, const message::ConnectionQuery& wanted,
                          std::function<void(message::ConnectionList)> answer) {
    workers_[worker]->list_connections(wanted, std::move(answer));
  };
  co_return co_await steering::count_connections(loop_, workers_.size(), ask, std::move(query));
}

net::Task<bool> Control::purge(std::string_view cache, std::vector<cache::purge::Purge> purges) {
  const auto named = std::ranges::find(snapshot_->caches, cache, &cache::stage::Store::name);
  if (named == snapshot_->caches.end()) co_return false;
  co_return co_await steering::purge(loop_, *named, std::move(purges));
}

health::WishOutcome Control::wish(std::string_view pool, std::string_view backend, const health::Wish& wish) {
  const health::WishOutcome outcome = pools_.wish(pool, backend, wish);
  if (outcome != health::WishOutcome::kTaken) return outcome;
  const std::string text = fmt::format("pool {}: backend {}: {}{}{}", pool, backend, what_is_wished(wish),
                                       wish.why.empty() ? "" : ": ", wish.why);
  log_.info("an operator wishes: {}", text);
  events_.add({.at = base::wall_now(),
               .kind = admin::Event::Kind::kOperator,
               .text = text,
               .pool = std::string(pool),
               .backend = std::string(backend),
               .to = what_is_wished(wish),
               .why = wish.why});
  return outcome;
}

regions::WishOutcome Control::wish_region(std::string_view region, bool drain, std::string_view why) {
  const std::string text =
      fmt::format("region {}: {}{}{}", region, drain ? "drain" : "enable", why.empty() ? "" : ": ", why);
  const regions::WishOutcome outcome = regions_.wish(region, drain, why);
  if (outcome != regions::WishOutcome::kTaken) return outcome;
  log_.info("an operator wishes: {}", text);
  events_.add({.at = base::wall_now(),
               .kind = admin::Event::Kind::kOperator,
               .text = text,
               .region = std::string(region),
               .to = drain ? "drain" : "enable",
               .why = std::string(why)});
  return outcome;
}

admin::LogLevelRow Control::log_level() const {
  return log_levels_.row();
}

void Control::set_log_level(base::LogLevel level, std::optional<base::Duration> length) {
  const base::LogLevel before = log_.level();
  log_levels_.wish(level, length);
  const std::string text = fmt::format("log level {}{}", base::to_string(level),
                                       length ? " for " + config::duration_text(*length) : std::string());
  log_.warn("{}, by an operator", text);
  events_.add({.at = base::wall_now(),
               .kind = admin::Event::Kind::kLogLevel,
               .text = text,
               .from = std::string(base::to_string(before)),
               .to = std::string(base::to_string(level))});
}

const config::DiskCopy& Control::look_at_disk() {
  disk_.look(config_);
  return disk_;
}

void Control::note_certificate(const std::string& text, bool is_bad) {
  if (is_bad) {
    log_.warn("tls: {}", text);
  } else {
    log_.info("tls: {}", text);
  }
  events_.add({.at = base::wall_now(), .kind = admin::Event::Kind::kTls, .text = text});
}

void Control::note_database(const std::string& text, bool is_bad) {
  if (is_bad) {
    log_.warn("geoip: {}", text);
  } else {
    log_.info("geoip: {}", text);
  }
  events_.add({.at = base::wall_now(), .kind = admin::Event::Kind::kGeoip, .text = text});
}

void Control::note_region(const regions::RegionChange& change) {
  const std::string text = fmt::format("region {} is {}", change.region, to_string(change.to));
  if (change.to == regions::State::kDown) {
    log_.warn("region {} is {}: {}", change.region, to_string(change.to), change.why);
  } else {
    log_.info("region {} is {}: {}", change.region, to_string(change.to), change.why);
  }
  events_.add({.at = base::wall_now(),
               .kind = admin::Event::Kind::kRegion,
               .text = text,
               .region = std::string(change.region),
               .from = std::string(to_string(change.from)),
               .to = std::string(to_string(change.to)),
               .why = std::string(change.why)});
}

void Control::note_zone(const std::string& text, bool is_bad) {
  if (is_bad) {
    log_.warn("dns: {}", text);
  } else {
    log_.info("dns: {}", text);
  }
  events_.add({.at = base::wall_now(), .kind = admin::Event::Kind::kDns, .text = text});
}

void Control::follow_zones() {
  std::vector<dns::upkeep::Answered> listeners;
  for (const Snapshot::Listener& each : snapshot_->listeners) {
    if (each.dns) listeners.push_back({each.dns->zones, each.settings->zones});
  }
  zones_.follow(snapshot_->config, snapshot_->zones, std::move(listeners), snapshot_->site->serving);
}

void Control::follow_certificates() {
  std::vector<listener::CertificateKeeper::Followed> followed;
  for (const Snapshot::Listener& each : snapshot_->listeners) {
    if (each.tls.contexts) followed.push_back({each.settings, each.share, each.tls});
  }
  certificates_.follow(std::move(followed), *config_);
  std::vector<std::string> names;
  for (const Snapshot::Listener& each : snapshot_->listeners) {
    names.push_back(each.settings->name);
    follow_staples(each);
  }
  staples_.keep_only(names);
}

void Control::follow_staples(const Snapshot::Listener& listener) {
  staples_.follow(*listener.settings, std::shared_ptr<net::tls::Staples>(listener.share, &listener.share->tls->staples),
                  config_->resolvers);
}

void Control::show_certificates(const std::string& listener, const listener::LoadedTls& loaded) {
  for (const std::unique_ptr<Worker>& worker : workers_) worker->show(listener, loaded.contexts);
  for (const Snapshot::Listener& each : snapshot_->listeners) {
    if (each.settings->name == listener) follow_staples(each);
  }
}

void Control::note_state(const health::StateChange& change) {
  events_.add({.at = base::wall_now(),
               .kind = admin::Event::Kind::kBackend,
               .text = fmt::format("pool {}: backend {} ({}) is {}", change.pool, change.backend, change.address.text(),
                                   health::to_string(change.to)),
               .pool = std::string(change.pool),
               .backend = std::string(change.backend),
               .from = std::string(health::to_string(change.from)),
               .to = std::string(health::to_string(change.to)),
               .why = std::string(change.why)});
}

}  // namespace headgate::proxy
