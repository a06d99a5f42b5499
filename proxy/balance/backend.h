#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/counters.h"
#include "base/ip_address.h"
#include "base/per_worker.h"
#include "health/backend_health.h"
#include "proxy/balance/choose/peak_ewma.h"

namespace headgate::proxy::balance {

/// What one worker counted of one backend.
struct BackendCounters {
  base::Counter requests;      ///< attempts begun
  base::Counter responses[6];  ///< by the first digit of the status; [0] is unused
  base::Counter connections_opened;
  base::Counter connections_reused;
  base::Counter connect_failures;
  base::Counter tls_full;     ///< handshakes
  base::Counter tls_resumed;  ///< handshakes that took up a session again
  base::Counter sessions;     ///< that were given to it: cookies that name it for the first time
  base::Counter failures;     ///< resets, timeouts and garbage after the connection stood
  base::Counter given_up;     ///< attempts taken back, since another backend answered first
  base::Counter bytes_sent;   ///< request bytes, heads included
  base::Counter bytes_received;
  base::LatencyHistogram response_time;  ///< from the choice of the backend to the head of its response
};

/// What a pool wants to hear of each answer of a backend.
struct Feedback {
  bool latency = false;  ///< for Backend::latency
  bool load = false;     ///< what its fields say, for its health's load()
  bool pace = false;     ///< latency, for the pool's limit of requests
};

/// One backend of one pool, known by its id and address. It outlives reloads: what workers count, what runs on it and
/// how healthy it is hang here. All members may be used from any thread.
class Backend {
 public:
  Backend(std::string id, base::Endpoint address, std::shared_ptr<health::BackendHealth> health, std::size_t workers)
      : id_(std::move(id)),
        address_(std::move(address)),
        address_text_(address_.text()),
        health_(std::move(health)),
        counters_(workers) {}

  const std::string& id() const { return id_; }
  const base::Endpoint& address() const { return address_; }
  const std::string& address_text() const { return address_text_; }
  health::BackendHealth& health() { return *health_; }
  const health::BackendHealth& health() const { return *health_; }

  /// Requests under way and connections open, over all workers.
  std::atomic<std::uint32_t> requests_in_flight{0};
  std::atomic<std::uint32_t> connections_open{0};
  /// Of its answers, where the pool chooses by that.
  choose::PeakEwma latency;

  BackendCounters& counters(std::size_t worker) { return counters_.of(worker); }
  const base::PerWorker<BackendCounters>& counters() const { return counters_; }

 private:
  std::string id_;
  base::Endpoint address_;
  std::string address_text_;
  std::shared_ptr<health::BackendHealth> health_;
  base::PerWorker<BackendCounters> counters_;
};

}  // namespace headgate::proxy::balance
