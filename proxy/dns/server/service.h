#pragma once
#include <memory>
#include <string>

#include "base/counters.h"
#include "base/intrusive_list.h"
#include "base/local_ptr.h"
#include "net/loop.h"
#include "proxy/dns/server/answerer.h"
#include "proxy/listener/listener_state.h"
#include "proxy/message/connection_row.h"

namespace headgate::proxy::dns::server {

class Connection;

/// What all dns listeners of one worker share. Belongs to the worker's thread.
class Service {
 public:
  Service(net::Loop& loop, std::size_t worker, QueryObserver* observer, Answerer::Warn warn)
      : loop_(loop), worker_(worker), observer_(observer), warn_(std::move(warn)) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  net::Loop& loop() { return loop_; }
  std::size_t worker() const { return worker_; }
  std::unique_ptr<Answerer> answerer_of(std::shared_ptr<const Site> site, std::uint64_t seed) {
    return std::make_unique<Answerer>(std::move(site), worker_, seed, signer_, observer_, warn_);
  }
  /// Now, civil time as of the last second but for how long the loop has run since.
  Moment now();

  /// The connections that are open, in the order of coming.
  base::IntrusiveList<Connection>& connections() { return connections_; }
  /// Adds those that match to `list`, as far as its limit goes. Walks through all of them in one go.
  void list_connections(const message::ConnectionQuery& query, message::ConnectionList& list);
  /// Connections that wait for a query of a listener that drains are closed.
  void tell_leaving();

 private:
  net::Loop& loop_;
  std::size_t worker_;
  QueryObserver* observer_;
  Answerer::Warn warn_;
  Moment read_;  // what now() last read
  sign::Signer signer_;
  base::IntrusiveList<Connection> connections_;
};

/// A dns listener on one worker. It stays over reloads, which give it another answerer: who asks on a connection that
/// was open before is answered by the configuration of the moment.
struct Door final : base::LocallyCounted {
  base::LocalPtr<listener::ListenerState> listener;
  std::unique_ptr<Answerer> answerer;
};

}  // namespace headgate::proxy::dns::server
