#include "proxy/binds.h"

#include <utility>

namespace headgate::proxy {

base::Result<Binds::Change> Binds::open(const config::Config& config) const {
  Change change;
  change.opened.resize(workers_);
  for (std::uint32_t i = 0; i < config.listeners.size(); ++i) {
    const config::Listener& listener = config.listeners[i];
    for (const base::Endpoint& wanted : listener.bind) {
      const std::string bind = wanted.text();
      change.listener_of[bind] = i;
      if (endpoints_.contains(bind)) continue;
      const base::Result<void> opened = open_one(wanted, i, change);
      if (!opened) {
        return base::Error{opened.error().kind, opened.error().fault,
                           "listener " + listener.name + ": " + opened.error().message};
      }
    }
  }
  return change;
}

base::Result<void> Binds::open_one(const base::Endpoint& wanted, std::uint32_t listener, Change& change) const {
  const std::string bind = wanted.text();
  const base::Result<void> is_free = net::ListeningSocket::check_free(wanted);
  if (!is_free) return is_free;
  base::Result<net::ListeningSocket> first = net::ListeningSocket::open(wanted);
  if (!first) return first.error();
  const base::Endpoint endpoint = first->endpoint();  // with the port that the kernel chose
  change.endpoints.emplace(bind, endpoint);
  for (std::size_t worker = 1; worker < workers_; ++worker) {
    base::Result<net::ListeningSocket> next =
        endpoint.is_unix() ? first->duplicate() : net::ListeningSocket::open(endpoint);
    if (!next) return next.error();
    change.opened[worker].push_back({bind, listener, std::move(*next)});
  }
  change.opened[0].push_back({bind, listener, std::move(*first)});
  return {};
}

void Binds::commit(const Change& change) {
  std::erase_if(endpoints_, [&](const auto& entry) { return !change.listener_of.contains(entry.first); });
  for (const auto& [bind, endpoint] : change.endpoints) endpoints_.insert_or_assign(bind, endpoint);
}

}  // namespace headgate::proxy
