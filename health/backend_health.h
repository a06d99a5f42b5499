#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>

#include "health/load_meter.h"

namespace headgate::health {

/// What a backend may be given. The same words in the table, the metrics and the dashboard.
enum class State : std::uint8_t {
  kUp,        ///< takes requests
  kDown,      ///< its active checks fail
  kEjected,   ///< real traffic failed on it; it comes back by itself
  kDraining,  ///< an operator's wish: no new requests, what runs may end
  kDisabled,  ///< an operator's wish: nothing at all, what runs may end, and idle connections close
};
std::string_view to_string(State state);

/// The word about one backend that workers read for every decision: one atomic load. The control thread is its only
/// writer. It lives as long as somebody names the backend, over reloads and changes of address lists.
class BackendHealth {
 public:
  /// What a worker saw of a backend. Statuses 502, 503 and 504 count as errors; other answers as successes.
  enum class Outcome : std::uint8_t { kSuccess, kError };

  /// Told, from a worker's thread, when errors wait to be collected and none waited before.
  using ErrorsWaiting = std::function<void()>;
  explicit BackendHealth(ErrorsWaiting errors_waiting) : errors_waiting_(std::move(errors_waiting)) {}

  State state() const { return static_cast<State>(word_.load(std::memory_order_relaxed) & 0xff); }
  bool takes_requests() const { return state() == State::kUp; }
  /// 0 to 100: the share of its weight that slow start, an operator and its load leave to a backend; 0 is an operator's
  /// wish alone.
  std::uint32_t weight_percent() const { return word_.load(std::memory_order_relaxed) >> 8; }

  /// What it says of its load: reported from any thread; the table makes a share of its weight of that.
  LoadMeter& load() { return load_; }
  const LoadMeter& load() const { return load_; }

  /// Control thread only.
  void publish(State state, std::uint32_t weight_percent) {
    word_.store(weight_percent << 8 | static_cast<std::uint32_t>(state), std::memory_order_relaxed);
  }

  /// From a worker, after an attempt. A success costs nothing; an error an atomic add, and a message if it is the
  /// first.
  void report(Outcome outcome) {
    if (outcome == Outcome::kSuccess) return;
    if (uncollected_errors_.fetch_add(1, std::memory_order_acq_rel) == 0) errors_waiting_();
  }
  /// Control thread only: the errors since the last call.
  std::uint32_t collect_errors() { return uncollected_errors_.exchange(0, std::memory_order_acq_rel); }

 private:
  std::atomic<std::uint32_t> word_{100u << 8 | static_cast<std::uint32_t>(State::kUp)};
  std::atomic<std::uint32_t> uncollected_errors_{0};
  LoadMeter load_;
  ErrorsWaiting errors_waiting_;
};

}  // namespace headgate::health
