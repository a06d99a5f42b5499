#pragma once
#include <cstdint>
#include <memory>
#include <utility>

#include "proxy/balance/connection.h"
#include "proxy/balance/shared_connection.h"

namespace headgate::proxy::balance {

/// What one worker has of one backend. Lives as long as the backend is in the pool's version or a lease is out.
struct WorkerBackend {
  WorkerBackend(std::shared_ptr<Backend> the_backend, std::size_t worker)
      : backend(std::move(the_backend)), counters(&backend->counters(worker)) {}

  std::shared_ptr<Backend> backend;
  BackendCounters* counters;                      ///< this worker's
  std::shared_ptr<net::tls::KnownServer> server;  ///< as the version has it
  std::uint64_t identity = 0;                     ///< the same
  std::uint32_t leases = 0;
  std::uint32_t max_requests = 0;
  std::uint32_t weight = 0;        ///< among the candidates of this moment; 0: none of them
  std::uint32_t part_percent = 0;  ///< of its keys that it takes for now, by hash; 0: no candidate
  Feedback feedback;               ///< as the version has it
  bool in_version = true;
  bool keeps_sessions = false;  ///< takes requests of sessions that it has
  bool is_disabled = false;     ///< by an operator: keeps no connections
  std::uint32_t index = 0;      ///< in the members, or among those that left
  IdleConnections idle;
  SharedConnections shared;
};

}  // namespace headgate::proxy::balance
