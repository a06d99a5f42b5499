#include <unistd.h>

#include "proxy/control.h"
#include "proxy/version.h"

// What the admin pages show of the daemon at this moment.
namespace headgate::proxy {

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

admin::View Control::view() const {
  admin::View view;
  view.version = kVersion;
  view.pid = ::getpid();
  view.now = base::wall_now();
  view.started = started_;
  view.configuration_file = config_->file;
  view.reloads = &history_;
  view.state = state();
  view.log_level = log_.level();
  view.keeps = snapshot_;
  view.health = pools_.health().rows();
  view.process = admin::read_process_figures();
  view.access_log = {access_log_->written(), access_log_->dropped_by_full_rings(), access_log_->lost_by_writing()};
  view.workers.resize(workers_.size());
  if (!snapshot_) return view;
  for (const Snapshot::Listener& listener : snapshot_->listeners) {
    admin::ListenerView& row = view.listeners.emplace_back();
    row.name = listener.settings->name;
    row.counters = &listener.share->counters;
    for (std::size_t i = 0; i < listener.settings->bind.size(); ++i) {
      const auto open = binds_.endpoints().find(Binds::key_of(*listener.settings, i));
      if (open != binds_.endpoints().end()) row.binds.push_back(open->second.text());
    }
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      const std::int64_t open = listener.share->counters.of(i).connections_open.value();
      view.workers[i].connections += static_cast<std::uint64_t>(open > 0 ? open : 0);
    }
  }
  for (std::size_t i = 0; i < snapshot_->site->routes.size(); ++i) {
    const http::RouteEntry& route = snapshot_->site->routes[i];
    view.routes.push_back({route.name, &config_->routes[i].match, route.origin.get(), route.counters.get()});
  }
  for (const std::shared_ptr<balance::Pool>& pool : snapshot_->pools) view.pools.push_back(admin::view_of(*pool));
  for (std::size_t i = 0; i < workers_.size(); ++i)
    view.workers[i].buffers_lent_bytes = workers_[i]->buffers_lent_bytes();
  return view;
}

systemd::StatusFacts Control::status_facts() const {
  systemd::StatusFacts facts;
  facts.listeners = config_->listeners.size();
  facts.pools = config_->pools.size();
  facts.loaded = history_.accepted_at();
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
  if (!history_.last().empty() && !history_.last().back().accepted) facts.refused = history_.last().back().message;
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

}  // namespace headgate::proxy
