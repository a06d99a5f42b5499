#pragma once
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/task.h"
#include "proxy/balance/worker_pool.h"
#include "proxy/geo/whereabouts.h"
#include "proxy/message/phase.h"
#include "wire/proxy_protocol/proxy_writer.h"

namespace headgate::proxy::tcp {

/// How far the way to a backend has come: shown and logged.
struct Progress {
  message::Phase phase = message::Phase::kAtWork;
  std::uint16_t retries = 0;
  base::Time backend_chosen{};
  std::string backend;  ///< the last one that could not be reached; empty: none was tried in vain
  std::string backend_address;
};

/// A connection to a backend, and the right to have it.
struct Reached {
  balance::Lease lease;
  std::unique_ptr<balance::Connection> connection;
};

/// Whoever knows what a PROXY header says of the client; asked only where the pool sends one.
class Announcer {
 public:
  virtual ~Announcer() = default;
  virtual wire::proxy_protocol::Announcement announcement() const = 0;
};

/// A backend of the pool that takes a connection of `client`, of whom `where` is. One that does not is followed by
/// another, as often as the pool's retry.attempts allow; no backend had anything of the client by then, so it is always
/// safe, and not counted against the retry budget (as for requests). Errors are those of WorkerPool::acquire() and
/// Lease::connect().
net::Task<base::Result<Reached>> reach_backend(net::Loop& loop, balance::WorkerPool& pool, base::IpAddress client,
                                               const geo::Whereabouts& where, const Announcer& announcer,
                                               Progress& progress);

}  // namespace headgate::proxy::tcp
