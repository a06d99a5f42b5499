#pragma once
#include "base/intrusive_list.h"
#include "net/waiting.h"
#include "proxy/balance/worker_pool.h"

namespace headgate::proxy::balance {

/// A request's place in its worker's queue. Destroying it leaves the queue; a lease that it was given but has not
/// taken goes on to the next.
class WaitingRequest : public base::ListHook {
 public:
  WaitingRequest(WorkerPool& pool, const Wish& its_wish) : wish(its_wish), turn(pool.loop_), pool_(pool) {}
  ~WaitingRequest() {
    if (is_linked()) pool_.leave_queue(*this);
  }

  Wish wish;
  net::Gate turn;  ///< opens when the request has left the queue, with a lease or for want of any healthy backend
  Lease lease;

 private:
  WorkerPool& pool_;
};

}  // namespace headgate::proxy::balance
