#pragma once
#include "base/intrusive_list.h"
#include "net/loop.h"
#include "proxy/message/connection_row.h"
#include "proxy/tcp/record.h"

namespace headgate::proxy::tcp {

class Connection;

/// What all tcp connections of one worker share. Belongs to the worker's thread.
class Service {
 public:
  Service(net::Loop& loop, std::size_t worker, ConnectionObserver* observer)
      : loop_(loop), worker_(worker), observer_(observer) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  net::Loop& loop() { return loop_; }
  std::size_t worker() const { return worker_; }
  ConnectionObserver* observer() { return observer_; }

  /// The connections that are open, in the order of coming.
  base::IntrusiveList<Connection>& connections() { return connections_; }
  /// Adds those that match to `list`, as far as its limit goes. Walks through all of them in one go.
  void list_connections(const message::ConnectionQuery& query, message::ConnectionList& list);

 private:
  net::Loop& loop_;
  std::size_t worker_;
  ConnectionObserver* observer_;
  base::IntrusiveList<Connection> connections_;
};

}  // namespace headgate::proxy::tcp
