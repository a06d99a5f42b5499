#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/log.h"
#include "net/listener.h"
#include "net/loop.h"
#include "net/task.h"
#include "proxy/dns/server/service.h"
#include "proxy/http/service.h"
#include "proxy/listener/listener_state.h"
#include "proxy/snapshot.h"
#include "proxy/tcp/entrance.h"
#include "proxy/tcp/service.h"

namespace headgate::proxy {

/// A listening socket on its way to a worker: which bind of which listener it is for.
struct BoundSocket {
  std::string bind;            ///< what the socket is known by over reloads
  std::uint32_t listener = 0;  ///< index in Config::listeners
  net::ListeningSocket socket;
};

/// One event loop on a thread of its own, with its accept queues, sessions, pools and counters. Shares nothing with
/// other workers on the way of a request. All members but those of the control thread, so marked, belong to its own
/// thread.
class Worker {
 public:
  /// Whoever takes note of what ends: the access log.
  struct Observers {
    http::ExchangeObserver* exchanges = nullptr;
    tcp::ConnectionObserver* connections = nullptr;
    dns::server::QueryObserver* queries = nullptr;
  };
  Worker(std::size_t index, std::uint64_t seed, Observers observers, base::Log& log);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Control thread: starts the loop.
  void start();
  /// Control thread: swaps the snapshot. `opened` are new sockets; `binds` says for each bind that stays or comes which
  /// listener it serves; sockets of other binds are retired: they take what their queues hold and close.
  void apply(std::shared_ptr<const Snapshot> snapshot, std::vector<BoundSocket> opened,
             std::map<std::string, std::uint32_t> binds);
  /// Control thread: handshakes of this listener that begin from now on are shown these certificates.
  void show(std::string listener, std::shared_ptr<const net::tls::ServerContexts> contexts);
  /// Control thread: every answer now closes its connection; listening sockets are retired. Those of binds that
  /// another process has taken over are just closed: what waits in their queues is served over there.
  void drain(std::set<std::string> taken_over = {});
  /// Control thread: ends the loop and waits for the thread. What still runs is cut.
  void stop();
  /// From any thread: runs `mail` on the worker's.
  void post(std::function<void()> mail);
  /// Control thread: lets the first who wait for a backend of this pool try again.
  void wake_pool(balance::Pool& pool);
  /// Control thread: has `tell` called on the worker's thread with whom its next request to this pool would be given,
  /// with that wish.
  /// Not at all if the worker has no such pool any more.
  void forecast(balance::Pool& pool, balance::Wish wish, std::function<void(const balance::Forecast&)> tell);
  /// Control thread: asks which connections of clients there are. `answer` is called on the worker's thread.
  void list_connections(message::ConnectionQuery query, std::function<void(message::ConnectionList)> answer);
  /// Control thread: requests meet the snapshot of the last apply() from now on.
  bool is_up_to_date() const { return snapshots_due_.load(std::memory_order_acquire) == 0; }
  /// Control thread: listening sockets that it was given and has not closed, retired ones included.
  std::size_t sockets_open() const { return sockets_open_.load(std::memory_order_acquire); }
  /// A duplicate of a listening socket, for another process.
  struct CopiedSocket {
    std::string bind;
    std::size_t worker = 0;
    net::ListeningSocket socket;
  };
  /// Control thread: `copied` is told, from the worker's, of all that are open; of unix sockets, which all workers
  /// share, the first worker alone; without those that the service manager passed.
  void copy_sockets(std::function<void(std::shared_ptr<std::vector<CopiedSocket>>)> copied);
  /// Control thread: asks for a sign of life: pulse() becomes `number` on one of the next turns.
  void ask_pulse(std::uint64_t number);
  std::uint64_t pulse() const { return pulse_.load(std::memory_order_relaxed); }
  /// Control thread: sockets are retired and connections are gone.
  bool is_drained() const { return drained_.load(std::memory_order_acquire); }

  /// From any thread.
  std::size_t buffers_lent_bytes() { return loop_.buffers().lent_bytes(); }
  std::size_t index() const { return index_; }

 private:
  struct Accepting;

  void take(std::shared_ptr<const Snapshot> snapshot, std::vector<BoundSocket> opened,
            const std::map<std::string, std::uint32_t>& binds);
  void take_pools(const Snapshot& snapshot);
  void take_listeners(const Snapshot& snapshot);
  void tell_leaving();
  void open(BoundSocket bound);
  void enter_by(Accepting& accepting, std::uint32_t listener);
  base::LocalPtr<tcp::Entrance> entrance_of(const Snapshot::Listener& listener);
  std::size_t answer_datagram(Accepting& accepting, std::string_view question, const base::Endpoint& from,
                              std::span<char> answer);
  void on_accepted(Accepting& accepting, int fd, const base::Endpoint& peer);
  void serve(const Accepting& accepting, int fd, const base::Endpoint& peer);
  void retire(std::unique_ptr<Accepting> accepting);
  void leave(std::unique_ptr<Accepting> accepting);
  net::Task<void> close_later(std::unique_ptr<Accepting> accepting);
  net::Task<void> watch_drain();

  /// How long a retired socket still takes connections whose handshake was under way.
  static constexpr base::Duration kHandshakeGrace = std::chrono::milliseconds(200);
  /// At the limit of connections: how often it is looked whether some have closed.
  static constexpr base::Duration kFullPause = std::chrono::milliseconds(20);

  std::size_t index_;
  base::Log& log_;
  net::Loop loop_;
  http::Service service_;
  tcp::Service tcp_service_;
  dns::server::Service dns_service_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<std::string, base::LocalPtr<listener::ListenerState>> listeners_;
  std::map<std::string, base::LocalPtr<tcp::Entrance>> entrances_;    // of tcp listeners, by name
  std::map<std::string, base::LocalPtr<dns::server::Door>> doors_;    // of dns listeners, by name
  std::multimap<std::string, std::unique_ptr<Accepting>> accepting_;  // by bind
  // A pool that the snapshot has no more lives on while exchanges use it, and still must hear who may go on.
  std::map<balance::Pool*, std::weak_ptr<balance::WorkerPool>> pools_;
  std::atomic<std::size_t> sockets_open_{0};
  std::atomic<std::size_t> snapshots_due_{0};  // applied and not yet taken
  std::atomic<bool> drained_{false};
  std::atomic<std::uint64_t> pulse_{0};
  net::TaskScope tasks_;
  net::TaskScope sessions_;  // before everything that a session uses goes away
  std::thread thread_;
};

}  // namespace headgate::proxy
