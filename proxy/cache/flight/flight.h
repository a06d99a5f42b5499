#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "base/intrusive_list.h"
#include "net/loop.h"
#include "net/waiting.h"

namespace headgate::proxy::cache::flight {

class Flight;

/// Has `mail` run on a worker's thread. From any thread.
using Post = std::function<void(std::size_t worker, std::function<void()> mail)>;

/// One coroutine that waits for a flight to get on.
///
///     Wait wait(flight, worker, loop);
///     while (true) {
///       wait.arm();                       // before looking: what changes after it opens the gate
///       if (flight->state() != State::kAsking) break;
///       const bool woken = co_await wait.gate().wait(deadline);
///       ...
///     }
class Wait : private base::ListHook {
 public:
  Wait(std::shared_ptr<Flight> flight, std::size_t worker, net::Loop& loop);
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;

  void arm();
  net::Gate& gate() { return gate_; }

 private:
  friend class Flight;
  friend class base::IntrusiveList<Wait>;
  std::shared_ptr<Flight> flight_;
  std::size_t worker_;
  net::Gate gate_;
};

/// How far a fetch has come.
enum class State : std::uint8_t {
  kAsking,  ///< its answer has not begun
  kStored,  ///< its answer is in the store, and may be growing there
  kPassed,  ///< its answer is for the one that asked alone
  kFailed,  ///< there was none
};

/// One fetch that others may wait for, on the thread of any worker.
class Flight : public std::enable_shared_from_this<Flight> {
 public:
  /// `leader` is the worker that fetches; `post` outlives the flight's use.
  Flight(std::size_t workers, std::size_t leader, const Post& post);
  ~Flight();
  Flight(const Flight&) = delete;
  Flight& operator=(const Flight&) = delete;

  State state() const { return state_.load(std::memory_order_acquire); }
  /// The fetching worker's thread; wakes all.
  void become(State state);
  /// Opens the gates of those that armed theirs since they were last opened. From the fetching worker's thread: those
  /// on it at once, others by mail.
  void wake();

  /// The fetch waits for slow readers: the next of them that has read on says so by read_on(). From any thread.
  void wait_for_readers() { wants_reading_.store(true, std::memory_order_seq_cst); }
  void read_on();
  /// The fetching coroutine's gate for that; null while there is none. The fetching worker's thread.
  void set_writer(net::Gate* gate) { writer_ = gate; }

 private:
  friend class Wait;
  struct Place;
  void open(std::size_t worker);

  std::size_t workers_;
  std::size_t leader_;
  const Post& post_;
  std::atomic<State> state_{State::kAsking};
  std::atomic<bool> wants_reading_{false};
  net::Gate* writer_ = nullptr;
  std::unique_ptr<Place[]> places_;  // one a worker
};

}  // namespace headgate::proxy::cache::flight
