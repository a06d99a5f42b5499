#include "proxy/binds.h"

#include <algorithm>
#include <utility>

namespace headgate::proxy {
namespace {

constexpr std::string_view kDatagrams = "udp ";
/// Ports that the kernel chooses before it is given up that one is free for connections and datagrams.
constexpr int kPortTries = 10;

base::Result<net::ListeningSocket> open_socket(const std::string& key, const base::Endpoint& endpoint) {
  return Binds::is_of_datagrams(key) ? net::ListeningSocket::open_datagrams(endpoint)
                                     : net::ListeningSocket::open(endpoint);
}

base::Result<void> check_free(const std::string& key, const base::Endpoint& endpoint) {
  return Binds::is_of_datagrams(key) ? net::ListeningSocket::check_datagrams_free(endpoint)
                                     : net::ListeningSocket::check_free(endpoint);
}

}  // namespace

std::string Binds::key_of(const config::Listener& listener, std::size_t index) {
  const base::Endpoint& wanted = listener.bind[index];
  if (wanted.is_unix() || wanted.port() != 0) return wanted.text();
  return wanted.text() + " " + listener.name + " " + std::to_string(index);
}

bool Binds::is_of_datagrams(std::string_view key) {
  return key.starts_with(kDatagrams);
}

std::string Binds::datagrams_key_of(const config::Listener& listener, std::size_t index) {
  return std::string(kDatagrams) + key_of(listener, index);
}

bool Binds::has_new(const config::Config& config) const {
  for (const config::Listener& listener : config.listeners) {
    const bool is_dns = listener.protocol == config::Protocol::kDns;
    for (std::size_t i = 0; i < listener.bind.size(); ++i) {
      if (!endpoints_.contains(key_of(listener, i))) return true;
      if (is_dns && !endpoints_.contains(datagrams_key_of(listener, i))) return true;
    }
  }
  return false;
}

/// A dns listener takes datagrams at the same address, and at the same port where the kernel chooses it.
base::Result<void> Binds::open_pair(const Place& place, Change& change) const {
  const std::string key = key_of(place.listener, place.bind);
  const std::string datagrams_key = datagrams_key_of(place.listener, place.bind);
  change.listener_of[datagrams_key] = place.index;
  if (endpoints_.contains(datagrams_key)) return {};
  const auto opened = change.endpoints.find(key);
  const base::Endpoint endpoint = opened != change.endpoints.end() ? opened->second : endpoints_.at(key);
  return open_one(datagrams_key, endpoint, place.index, change);
}

base::Result<void> Binds::open_bind(const Place& place, Change& change) const {
  const std::string key = key_of(place.listener, place.bind);
  const bool is_dns = place.listener.protocol == config::Protocol::kDns;
  change.listener_of[key] = place.index;
  for (int tries = 1;; ++tries) {
    const bool is_new = !endpoints_.contains(key);
    if (is_new) {
      const base::Result<void> opened = open_one(key, place.wanted(), place.index, change);
      if (!opened) return opened;
    }
    if (!is_dns) return {};
    const base::Result<void> paired = open_pair(place, change);
    // A port that is free for connections may be another program's for datagrams.
    const bool may_choose = is_new && place.wanted().port() == 0 && !change.given.contains(key);
    if (paired || !may_choose || tries == kPortTries) return paired;
    change.endpoints.erase(key);
    for (std::vector<BoundSocket>& sockets : change.opened) {
      std::erase_if(sockets, [&key](const BoundSocket& each) { return each.bind == key; });
    }
  }
}

base::Result<Binds::Change> Binds::open(const config::Config& config) const {
  Change change;
  change.opened.resize(workers_);
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    for (std::size_t bind = 0; bind < listener.bind.size(); ++bind) {
      const base::Result<void> opened = open_bind({listener, i, bind}, change);
      if (!opened) {
        return base::Error{opened.error().kind, opened.error().fault,
                           "listener " + listener.name + ": " + opened.error().message};
      }
    }
  }
  return change;
}

/// Whether one of our own sockets has this port, at this address or another: 0.0.0.0:80 may give way to 127.0.0.1:80.
bool Binds::has_port_open(const std::string& key, const base::Endpoint& wanted, const Change& change) const {
  const auto has_port = [&](const auto& entry) {
    return !entry.second.is_unix() && entry.second.port() == wanted.port() &&
           is_of_datagrams(entry.first) == is_of_datagrams(key);
  };
  return std::any_of(endpoints_.begin(), endpoints_.end(), has_port) ||
         std::any_of(change.endpoints.begin(), change.endpoints.end(), has_port) ||
         (given_ != nullptr && given_->has_port(wanted));
}

/// One queue for all workers.
base::Result<void> Binds::share(const std::string& key, std::uint32_t listener, net::ListeningSocket socket,
                                Change& change) const {
  for (std::size_t worker = 1; worker < workers_; ++worker) {
    base::Result<net::ListeningSocket> next = socket.duplicate();
    if (!next) return next.error();
    change.opened[worker].push_back({key, listener, std::move(*next)});
  }
  change.opened[0].push_back({key, listener, std::move(socket)});
  return {};
}

/// With fewer workers than the predecessor had, some take several of its sockets: what waits in the queues is served.
base::Result<void> Binds::take_over(const std::string& key, std::uint32_t listener,
                                    std::vector<net::ListeningSocket> sockets, Change& change) const {
  change.endpoints.emplace(key, sockets[0].endpoint());
  change.given.emplace(key, "taken over");
  if (sockets[0].endpoint().is_unix()) return share(key, listener, std::move(sockets[0]), change);
  for (std::size_t worker = sockets.size(); worker < workers_; ++worker) change.lacking.emplace_back(key, worker);
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    change.opened[i % workers_].push_back({key, listener, std::move(sockets[i])});
  }
  return {};
}

base::Result<void> Binds::open_one(const std::string& key, const base::Endpoint& wanted, std::uint32_t listener,
                                   Change& change) const {
  if (const systemd::PassedSocket* passed = given_ != nullptr ? given_->passed_for(key) : nullptr) {
    base::Result<net::ListeningSocket> socket = passed->socket.duplicate();
    if (!socket) return socket.error();
    const base::Endpoint& endpoint = socket->endpoint();
    change.endpoints.emplace(key, endpoint);
    change.given.emplace(key, endpoint == wanted ? "passed by the service manager"
                                                 : "passed by the service manager in place of " + wanted.text());
    return share(key, listener, std::move(*socket), change);
  }
  std::vector<net::ListeningSocket> inherited;
  if (given_ != nullptr) inherited = given_->take_inherited(key);
  if (!inherited.empty()) return take_over(key, listener, std::move(inherited), change);
  // Beside a socket of our own nothing can be said: the kernel then asks only that the other be of the same user.
  if (!has_port_open(key, wanted, change)) {
    const base::Result<void> is_free = check_free(key, wanted);
    if (!is_free) return is_free;
  }
  base::Result<net::ListeningSocket> first = open_socket(key, wanted);
  if (!first) return first.error();
  const base::Endpoint endpoint = first->endpoint();  // with the port that the kernel chose
  change.endpoints.emplace(key, endpoint);
  if (endpoint.is_unix()) return share(key, listener, std::move(*first), change);
  for (std::size_t worker = 1; worker < workers_; ++worker) {
    base::Result<net::ListeningSocket> next = open_socket(key, endpoint);
    if (!next) return next.error();
    change.opened[worker].push_back({key, listener, std::move(*next)});
  }
  change.opened[0].push_back({key, listener, std::move(*first)});
  return {};
}

void Binds::open_lacking(Change& change) const {
  for (const auto& [key, worker] : std::exchange(change.lacking, {})) {
    base::Result<net::ListeningSocket> socket = open_socket(key, change.endpoints.at(key));
    if (!socket) {
      const auto first = std::find_if(change.opened[0].begin(), change.opened[0].end(),
                                      [&](const BoundSocket& each) { return each.bind == key; });
      socket = first->socket.duplicate();
      if (!socket) continue;  // out of descriptors: the other workers serve the bind
    }
    change.opened[worker].push_back({key, change.listener_of.at(key), std::move(*socket)});
  }
}

void Binds::own_paths(Change& change) {
  for (BoundSocket& each : change.opened[0]) {
    if (each.socket.endpoint().is_unix() && !each.socket.stays_open_elsewhere()) each.socket.own_path();
  }
}

void Binds::commit(const Change& change) {
  const auto has_gone = [&](const auto& entry) { return !change.listener_of.contains(entry.first); };
  std::erase_if(endpoints_, has_gone);
  std::erase_if(counts_, has_gone);
  for (const auto& [bind, endpoint] : change.endpoints) {
    endpoints_.insert_or_assign(bind, endpoint);
    counts_.insert_or_assign(bind, std::vector<std::size_t>(workers_, 0));
  }
  for (std::size_t worker = 0; worker < change.opened.size(); ++worker) {
    for (const BoundSocket& each : change.opened[worker]) ++counts_.at(each.bind)[worker];
  }
}

std::size_t Binds::sockets_of(std::size_t worker) const {
  std::size_t sum = 0;
  for (const auto& [bind, counts] : counts_) sum += counts[worker];
  return sum;
}

}  // namespace headgate::proxy
