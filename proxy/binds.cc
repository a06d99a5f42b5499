#include "proxy/binds.h"

#include <algorithm>
#include <utility>

namespace headgate::proxy {

std::string Binds::key_of(const config::Listener& listener, std::size_t index) {
  const base::Endpoint& wanted = listener.bind[index];
  if (wanted.is_unix() || wanted.port() != 0) return wanted.text();
  return wanted.text() + " " + listener.name + " " + std::to_string(index);
}

bool Binds::has_new(const config::Config& config) const {
  for (const config::Listener& listener : config.listeners) {
    for (std::size_t i = 0; i < listener.bind.size(); ++i) {
      if (!endpoints_.contains(key_of(listener, i))) return true;
    }
  }
  return false;
}

base::Result<Binds::Change> Binds::open(const config::Config& config) const {
  Change change;
  change.opened.resize(workers_);
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    for (std::size_t bind = 0; bind < listener.bind.size(); ++bind) {
      const std::string key = key_of(listener, bind);
      change.listener_of[key] = i;
      if (endpoints_.contains(key)) continue;
      const base::Result<void> opened = open_one(key, listener.bind[bind], i, change);
      if (!opened) {
        return base::Error{opened.error().kind, opened.error().fault,
                           "listener " + listener.name + ": " + opened.error().message};
      }
    }
  }
  return change;
}

/// Whether one of our own sockets has this port, at this address or another: 0.0.0.0:80 may give way to 127.0.0.1:80.
bool Binds::has_port_open(const base::Endpoint& wanted, const Change& change) const {
  const auto has_port = [&](const auto& entry) {
    return !entry.second.is_unix() && entry.second.port() == wanted.port();
  };
  return std::any_of(endpoints_.begin(), endpoints_.end(), has_port) ||
         std::any_of(change.endpoints.begin(), change.endpoints.end(), has_port);
}

base::Result<void> Binds::open_one(const std::string& key, const base::Endpoint& wanted, std::uint32_t listener,
                                   Change& change) const {
  // Beside a socket of our own nothing can be said: the kernel then asks only that the other be of the same user.
  if (!has_port_open(wanted, change)) {
    const base::Result<void> is_free = net::ListeningSocket::check_free(wanted);
    if (!is_free) return is_free;
  }
  base::Result<net::ListeningSocket> first = net::ListeningSocket::open(wanted);
  if (!first) return first.error();
  const base::Endpoint endpoint = first->endpoint();  // with the port that the kernel chose
  change.endpoints.emplace(key, endpoint);
  for (std::size_t worker = 1; worker < workers_; ++worker) {
    base::Result<net::ListeningSocket> next =
        endpoint.is_unix() ? first->duplicate() : net::ListeningSocket::open(endpoint);
    if (!next) return next.error();
    change.opened[worker].push_back({key, listener, std::move(*next)});
  }
  change.opened[0].push_back({key, listener, std::move(*first)});
  return {};
}

void Binds::commit(const Change& change) {
  std::erase_if(endpoints_, [&](const auto& entry) { return !change.listener_of.contains(entry.first); });
  for (const auto& [bind, endpoint] : change.endpoints) endpoints_.insert_or_assign(bind, endpoint);
}

}  // namespace headgate::proxy
