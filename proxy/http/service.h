#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/intrusive_list.h"
#include "base/local_ptr.h"
#include "base/random.h"
#include "net/loop.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/compression/compressed_body.h"
#include "proxy/http/date_clock.h"
#include "proxy/http/site.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/connection_row.h"
#include "proxy/message/message.h"
#include "proxy/message/record.h"

namespace headgate::proxy::regions {
class Claims;
class MapView;
}  // namespace headgate::proxy::regions

namespace headgate::proxy::http {

using listener::ListenerCounters;
using listener::ListenerState;

class Exchange;
class ClientConnection;

/// A Site as one worker uses it: with that worker's own pools. Lives until the last exchange that began with it has
/// ended.
class WorkerSite final : public origin::PoolDirectory {
 public:
  WorkerSite(std::shared_ptr<const Site> site, std::vector<std::shared_ptr<balance::WorkerPool>> pools,
             std::size_t worker);
  ~WorkerSite();
  const Site& site() const { return *site_; }
  balance::WorkerPool& pool(std::size_t slot) override { return *pools_[slot]; }
  const std::vector<std::shared_ptr<balance::WorkerPool>>& pools() const { return pools_; }
  /// Where it is asked where clients are; null: nothing is known of them.
  geo::Desk* desk() { return asks_; }
  /// What requests may say of it themselves; null: nothing.
  regions::Claims* claims() { return claims_.get(); }
  /// With routes that send their clients home.
  regions::MapView* serving() { return serving_.get(); }

 private:
  std::shared_ptr<const Site> site_;
  std::vector<std::shared_ptr<balance::WorkerPool>> pools_;
  geo::Desk desk_;
  geo::Desk* asks_;
  std::unique_ptr<regions::Claims> claims_;
  std::unique_ptr<regions::MapView> serving_;
};

/// Takes note of an exchange that has ended: the access log.
class ExchangeObserver {
 public:
  virtual ~ExchangeObserver() = default;
  /// Whether it takes note of the next one; asked once for each.
  virtual bool wants() = 0;
  virtual void ended(const ListenerState& listener, const message::Request& request, const message::Response& response,
                     const message::Record& record) = 0;
};

/// Told when a listener begins to drain: a connection whose client would not otherwise hear of it.
class LeaveWatch : public base::ListHook {
 public:
  virtual ~LeaveWatch() = default;
  /// Some listener drains; whether it is one's own is in its ListenerState.
  virtual void leave_now() = 0;
};

/// What all HTTP sessions of one worker share. Belongs to the worker's thread.
class Service {
 public:
  Service(net::Loop& loop, std::size_t worker, std::uint64_t seed, ExchangeObserver* observer);
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  net::Loop& loop() { return loop_; }
  std::size_t worker() const { return worker_; }
  base::Random& random() { return random_; }
  DateClock& date() { return date_; }
  ExchangeObserver* observer() { return observer_; }
  compression::Workshop& workshop() { return workshop_; }
  /// Fetches of caches, which go on when their clients have gone; cancelled before the sites that they use go away.
  net::TaskScope& fetches() { return fetches_; }

  void set_site(base::LocalPtr<WorkerSite> site) { site_ = std::move(site); }
  const base::LocalPtr<WorkerSite>& site() const { return site_; }

  /// The connections that are open, in the order of coming.
  base::IntrusiveList<ClientConnection>& connections() { return connections_; }
  /// Until it is destroyed.
  void watch_leaving(LeaveWatch& watch) { leave_watches_.push_back(watch); }
  /// After a listener began to drain.
  void tell_leaving();
  /// Walks through all of them in one go.
  message::ConnectionList list_connections(const message::ConnectionQuery& query);

  /// An exchange to use, as good as new; given back, its memory serves the next one. At most kSpareMax are kept.
  std::unique_ptr<Exchange> take_exchange();
  void give_back(std::unique_ptr<Exchange> exchange);
  static constexpr std::size_t kSpareMax = 256;

 private:
  net::Loop& loop_;
  std::size_t worker_;
  base::Random random_;
  DateClock date_;
  ExchangeObserver* observer_;
  compression::Workshop workshop_;  // beyond the exchanges, whose answers use it
  base::LocalPtr<WorkerSite> site_;
  std::vector<std::unique_ptr<Exchange>> spare_;
  base::IntrusiveList<ClientConnection> connections_;
  base::IntrusiveList<LeaveWatch> leave_watches_;
  net::TaskScope fetches_;
};

}  // namespace headgate::proxy::http
