#pragma once
#include "base/intrusive_list.h"
#include "net/waiting.h"
#include "proxy/balance/worker_pool.h"

namespace headgate::proxy::balance::limit {

/// A request that wants a connection while its pool has as many open as it may: others give up idle ones for it.
class WantedConnection : public base::ListHook {
 public:
  explicit WantedConnection(WorkerPool& pool) : room(pool.loop_), pool_(pool) { pool_.begin_wanting(*this); }
  ~WantedConnection() { pool_.end_wanting(*this); }

  net::Gate room;  ///< opens when one was closed

 private:
  WorkerPool& pool_;
};

}  // namespace headgate::proxy::balance::limit
