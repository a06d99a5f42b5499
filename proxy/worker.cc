#include "proxy/worker.h"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "net/datagrams.h"
#include "net/waiting.h"
#include "proxy/dns/server/connection.h"
#include "proxy/http/client_connection.h"
#include "proxy/tcp/connection.h"

namespace headgate::proxy {

struct Worker::Accepting {
  explicit Accepting(net::Loop& loop)
      : full(loop.timers(), [](void* self) { static_cast<Accepting*>(self)->look(); }, this) {}

  /// Takes connections again once the listener is below its limit.
  void look() {
    if (listener->share->connections_open.load(std::memory_order_relaxed) < listener->settings->limits.connections) {
      acceptor->resume();
    } else {
      full.set(loop->now() + kFullPause);
    }
  }

  net::Loop* loop = nullptr;
  base::LocalPtr<listener::ListenerState> listener;
  net::ListeningSocket& socket() { return acceptor ? acceptor->socket() : datagrams->socket(); }

  base::LocalPtr<tcp::Entrance> entrance;  ///< null: of another protocol than tcp
  base::LocalPtr<dns::server::Door> door;  ///< null: of another protocol than dns
  net::Timer full;
  // One of the two.
  std::unique_ptr<net::Acceptor> acceptor;
  std::unique_ptr<net::Datagrams> datagrams;
};

Worker::Worker(std::size_t index, std::uint64_t seed, Observers observers, base::Log& log)
    : index_(index),
      log_(log),
      service_(loop_, index, seed, observers.exchanges),
      tcp_service_(loop_, index, observers.connections),
      dns_service_(loop_, index, observers.queries, [this](const std::string& text) { log_.warn("dns: {}", text); }) {}

Worker::~Worker() {
  stop();
  sessions_.cancel_all();
  service_.fetches().cancel_all();
  tasks_.cancel_all();
  accepting_.clear();
  entrances_.clear();
  doors_.clear();
  service_.set_site({});
}

void Worker::start() {
  thread_ = std::thread([this] { loop_.run(); });
  ::pthread_setname_np(thread_.native_handle(), ("worker-" + std::to_string(index_)).c_str());
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_.post([this] {
    sessions_.cancel_all();
    service_.fetches().cancel_all();
    tasks_.cancel_all();
    accepting_.clear();
  });
  loop_.stop();
  thread_.join();
}

void Worker::apply(std::shared_ptr<const Snapshot> snapshot, std::vector<BoundSocket> opened,
                   std::map<std::string, std::uint32_t> binds) {
  sockets_open_.fetch_add(opened.size(), std::memory_order_relaxed);
  snapshots_due_.fetch_add(1, std::memory_order_relaxed);
  // std::function wants what it holds to be copyable; a socket is not.
  auto sockets = std::make_shared<std::vector<BoundSocket>>(std::move(opened));
  loop_.post([this, snapshot = std::move(snapshot), sockets, binds = std::move(binds)]() mutable {
    take(std::move(snapshot), std::move(*sockets), binds);
    snapshots_due_.fetch_sub(1, std::memory_order_release);
  });
}

void Worker::take(std::shared_ptr<const Snapshot> snapshot, std::vector<BoundSocket> opened,
                  const std::map<std::string, std::uint32_t>& binds) {
  snapshot_ = std::move(snapshot);
  take_pools(*snapshot_);
  take_listeners(*snapshot_);
  std::multimap<std::string, std::unique_ptr<Accepting>> before = std::move(accepting_);
  accepting_.clear();
  for (auto& [bind, accepting] : before) {
    const auto listener = binds.find(bind);
    if (listener == binds.end()) {
      retire(std::move(accepting));
      continue;
    }
    enter_by(*accepting, listener->second);
    accepting_.emplace(bind, std::move(accepting));
  }
  for (BoundSocket& bound : opened) open(std::move(bound));
}

void Worker::take_pools(const Snapshot& snapshot) {
  std::vector<std::shared_ptr<balance::WorkerPool>> in_order;
  for (const std::shared_ptr<balance::Pool>& pool : snapshot.pools) {
    std::weak_ptr<balance::WorkerPool>& known = pools_[pool.get()];
    std::shared_ptr<balance::WorkerPool> worker_pool = known.lock();
    if (!worker_pool) {
      worker_pool = std::make_shared<balance::WorkerPool>(loop_, pool, index_, service_.random().next());
      known = worker_pool;
    }
    worker_pool->wake_first_waiting();
    in_order.push_back(std::move(worker_pool));
  }
  service_.set_site(base::LocalPtr<http::WorkerSite>(new http::WorkerSite(snapshot.site, std::move(in_order), index_)));
  std::erase_if(pools_, [](const auto& entry) { return entry.second.expired(); });
}

void Worker::take_listeners(const Snapshot& snapshot) {
  std::map<std::string, base::LocalPtr<listener::ListenerState>> before = std::move(listeners_);
  listeners_.clear();
  entrances_.clear();
  std::map<std::string, base::LocalPtr<dns::server::Door>> doors_before = std::exchange(doors_, {});
  for (std::uint32_t i = 0; i < snapshot.listeners.size(); ++i) {
    const Snapshot::Listener& listener = snapshot.listeners[i];
    base::LocalPtr<listener::ListenerState>& state = before[listener.settings->name];
    if (!state) state = base::LocalPtr<listener::ListenerState>(new listener::ListenerState());
    state->index = i;
    state->settings = listener.settings;
    state->share = listener.share;
    state->tls = listener.tls.contexts;
    const auto kept = listeners_.emplace(listener.settings->name, std::move(state)).first;
    entrances_.emplace(listener.settings->name, entrance_of(listener));
    if (!listener.dns) continue;
    base::LocalPtr<dns::server::Door>& door = doors_[listener.settings->name];
    door = std::move(doors_before[listener.settings->name]);
    if (!door) door = base::LocalPtr<dns::server::Door>(new dns::server::Door());
    door->listener = kept->second;
    door->answerer = dns_service_.answerer_of(listener.dns, service_.random().next());
  }
  for (auto& [name, state] : before) {
    if (!state) continue;
    state->draining = true;
    state->index = listener::ListenerState::kNoListener;  // its number is another one's now
  }
  tell_leaving();
}

void Worker::tell_leaving() {
  service_.tell_leaving();
  dns_service_.tell_leaving();
}

base::LocalPtr<tcp::Entrance> Worker::entrance_of(const Snapshot::Listener& listener) {
  if (!listener.routing) return {};
  std::vector<std::shared_ptr<balance::WorkerPool>> pools;
  for (const std::string& name : listener.routing->pools()) {
    const auto named = std::ranges::find(snapshot_->config->pools, name, &config::Pool::name);
    if (named == snapshot_->config->pools.end()) {
      base::invariant_broken("a listener names a pool that the configuration did not check");
    }
    const auto slot = named - snapshot_->config->pools.begin();
    pools.push_back(service_.site()->pools()[static_cast<std::size_t>(slot)]);
  }
  return base::LocalPtr<tcp::Entrance>(new tcp::Entrance(listener.settings, listener.routing, std::move(pools),
                                                         geo::Desk(snapshot_->site->atlas, index_)));
}

void Worker::enter_by(Accepting& accepting, std::uint32_t listener) {
  const std::string& name = snapshot_->config->listeners[listener].name;
  accepting.listener = listeners_.at(name);
  accepting.entrance = entrances_.at(name);
  const auto door = doors_.find(name);
  accepting.door = door == doors_.end() ? base::LocalPtr<dns::server::Door>() : door->second;
}

void Worker::show(std::string listener, std::shared_ptr<const net::tls::ServerContexts> contexts) {
  loop_.post([this, listener = std::move(listener), contexts = std::move(contexts)]() mutable {
    const auto found = listeners_.find(listener);
    if (found != listeners_.end()) found->second->tls = std::move(contexts);
  });
}

void Worker::open(BoundSocket bound) {
  auto accepting = std::make_unique<Accepting>(loop_);
  Accepting& here = *accepting;
  here.loop = &loop_;
  enter_by(here, bound.listener);
  if (bound.socket.is_datagram()) {
    here.datagrams = std::make_unique<net::Datagrams>(
        loop_, std::move(bound.socket),
        [this, &here](std::string_view question, const base::Endpoint& from, std::span<char> answer) {
          return answer_datagram(here, question, from, answer);
        },
        [&here] { here.door->answerer->counters().unsent.add(); });
    accepting_.emplace(std::move(bound.bind), std::move(accepting));
    return;
  }
  here.acceptor = std::make_unique<net::Acceptor>(
      loop_, std::move(bound.socket),
      [this, &here](int fd, const base::Endpoint& peer) { on_accepted(here, fd, peer); },
      [this, &here](int error) {
        here.listener->share->counters.of(index_).accept_pauses.add();
        log_.warn("{}; accepting pauses for {} ms",
                  base::system_error(error, "accept on listener " + here.listener->settings->name).message,
                  net::Acceptor::kExhaustedPause / std::chrono::milliseconds(1));
      });
  accepting_.emplace(std::move(bound.bind), std::move(accepting));
}

std::size_t Worker::answer_datagram(Accepting& accepting, std::string_view question, const base::Endpoint& from,
                                    std::span<char> answer) {
  const std::size_t bytes = accepting.door->answerer->answer(question, from.address(), dns::server::Transport::kUdp,
                                                             dns_service_.now(), answer);
  listener::ListenerCounters& counters = accepting.listener->share->counters.of(index_);
  counters.bytes_received.add(question.size());
  counters.bytes_sent.add(bytes);
  return bytes;
}

void Worker::on_accepted(Accepting& accepting, int fd, const base::Endpoint& peer) {
  const base::LocalPtr<listener::ListenerState>& listener = accepting.listener;
  const config::ListenerLimits& limits = listener->settings->limits;
  listener::ListenerShare& share = *listener->share;
  if (limits.connections_per_client > 0 && !share.clients.enter(peer.address(), limits.connections_per_client)) {
    share.counters.of(index_).connections_refused.add();
    ::close(fd);
    return;
  }
  // Workers that reach the limit at the same moment may exceed it by one connection each.
  const std::uint32_t open = share.connections_open.fetch_add(1, std::memory_order_relaxed) + 1;
  if (open >= limits.connections) {
    share.counters.of(index_).accept_pauses.add();
    accepting.acceptor->pause();
    accepting.full.set(loop_.now() + kFullPause);
  }
  serve(accepting, fd, peer);
}

void Worker::serve(const Accepting& accepting, int fd, const base::Endpoint& peer) {
  if (accepting.door) {
    sessions_.spawn(dns::server::Connection::serve(dns_service_, accepting.door, fd, peer.address()));
  } else if (accepting.entrance) {
    sessions_.spawn(tcp::Connection::serve(tcp_service_, accepting.listener, accepting.entrance, fd, peer.address()));
  } else {
    sessions_.spawn(http::ClientConnection::serve(service_, accepting.listener, fd, peer.address()));
  }
}

void Worker::retire(std::unique_ptr<Accepting> accepting) {
  if (accepting->datagrams) {
    // At once: what comes after the last one is for other sockets at this port, if there are any.
    accepting->datagrams->take_rest();
    accepting.reset();
    sockets_open_.fetch_sub(1, std::memory_order_release);
    return;
  }
  accepting->acceptor->socket().refuse_new_handshakes();
  tasks_.spawn(close_later(std::move(accepting)));
}

net::Task<void> Worker::close_later(std::unique_ptr<Accepting> accepting) {
  co_await net::sleep_until(loop_, loop_.now() + kHandshakeGrace);
  accepting->acceptor->take_rest();
  accepting.reset();
  sockets_open_.fetch_sub(1, std::memory_order_release);
}

void Worker::drain(std::set<std::string> taken_over) {
  loop_.post([this, taken_over = std::move(taken_over)] {
    for (auto& [name, state] : listeners_) state->draining = true;
    tell_leaving();
    for (auto& [bind, accepting] : accepting_) {
      if (taken_over.contains(bind)) {
        leave(std::move(accepting));
      } else {
        retire(std::move(accepting));
      }
    }
    accepting_.clear();
    tasks_.spawn(watch_drain());
  });
}

void Worker::leave(std::unique_ptr<Accepting> accepting) {
  accepting->socket().leave_path();
  accepting.reset();
  sockets_open_.fetch_sub(1, std::memory_order_release);
}

void Worker::copy_sockets(std::function<void(std::shared_ptr<std::vector<CopiedSocket>>)> copied) {
  loop_.post([this, copied = std::move(copied)] {
    auto sockets = std::make_shared<std::vector<CopiedSocket>>();
    for (auto& [bind, accepting] : accepting_) {
      const net::ListeningSocket& socket = accepting->socket();
      if (socket.stays_open_elsewhere() || (socket.endpoint().is_unix() && index_ != 0)) continue;
      base::Result<net::ListeningSocket> copy = socket.duplicate();
      if (copy) {
        sockets->push_back({bind, index_, std::move(*copy)});
      } else {
        log_.error("{}: what waits in its queue is served by the old process", copy.error().message);
      }
    }
    copied(sockets);
  });
}

void Worker::ask_pulse(std::uint64_t number) {
  loop_.post([this, number] { pulse_.store(number, std::memory_order_relaxed); });
}

net::Task<void> Worker::watch_drain() {
  while (sockets_open() != 0 || !sessions_.empty()) {
    co_await net::sleep_until(loop_, loop_.now() + std::chrono::milliseconds(20));
  }
  drained_.store(true, std::memory_order_release);
}

void Worker::forecast(balance::Pool& pool, balance::Wish wish, std::function<void(const balance::Forecast&)> tell) {
  loop_.post([this, &pool, wish, tell = std::move(tell)] {
    const auto found = pools_.find(&pool);
    if (found == pools_.end()) return;
    if (const std::shared_ptr<balance::WorkerPool> worker_pool = found->second.lock())
      tell(worker_pool->forecast(wish));
  });
}

void Worker::post(std::function<void()> mail) {
  loop_.post(std::move(mail));
}

void Worker::wake_pool(balance::Pool& pool) {
  loop_.post([this, &pool] {
    const auto found = pools_.find(&pool);
    if (found == pools_.end()) return;
    if (const std::shared_ptr<balance::WorkerPool> worker_pool = found->second.lock())
      worker_pool->wake_first_waiting();
  });
}

void Worker::list_connections(message::ConnectionQuery query, std::function<void(message::ConnectionList)> answer) {
  loop_.post([this, query = std::move(query), answer = std::move(answer)] {
    message::ConnectionList list = service_.list_connections(query);
    tcp_service_.list_connections(query, list);
    dns_service_.list_connections(query, list);
    answer(std::move(list));
  });
}

}  // namespace headgate::proxy
