#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/counters.h"
#include "base/random.h"
#include "proxy/access_log/entry.h"

namespace headgate::proxy::access_log {

/// The way from one worker to the writer: a ring of bytes with one thread at either end. Pushing takes no lock, makes
/// no system call and allocates nothing; if the writer does not keep up, entries are dropped and counted, and the
/// worker never waits. (When half the ring is full the worker wakes the writer, once until the writer has been there.)
///
///     if (ring.wants()) ring.push(entry_of(record, request, listener, "HTTP/1.1", TellsPlace::kNo));
class Ring {
 public:
  static constexpr std::size_t kBytes = 1024 * 1024;

  /// `bytes` is a power of two, at least kBytesMin. `wake_fd` is an eventfd that the writer waits for, or -1.
  explicit Ring(std::uint64_t seed, int wake_fd = -1, std::size_t bytes = kBytes);
  static constexpr std::size_t kBytesMin = 64 * 1024;  ///< twice the longest entry

  /// Worker. Whether the next exchange belongs to the sample; ask once for each.
  bool wants() {
    const std::uint64_t threshold = sample_threshold_.load(std::memory_order_relaxed);
    if (threshold == kEverything) [[likely]]
      return true;
    return threshold != 0 && random_.next() < threshold;
  }
  /// Worker. Whether what is written says where clients are.
  bool tells_place() const { return tells_place_.load(std::memory_order_relaxed); }
  /// Worker.
  void push(const Entry& entry);

  /// Writer. The oldest entry, with views into the ring that are valid until pop(); false if there is none.
  bool front(Entry& out);
  void pop();
  /// Writer, before it looks: the next push beyond half wakes it again.
  void expect_wake() { woken_.store(false, std::memory_order_relaxed); }

  /// Any thread.
  void set_sample(double share);  ///< 0 to 1
  void tell_place(bool tells) { tells_place_.store(tells, std::memory_order_relaxed); }
  std::uint64_t pushed() const { return pushed_.value(); }
  std::uint64_t dropped() const { return dropped_.value(); }

 private:
  static constexpr std::uint64_t kEverything = ~std::uint64_t{0};
  void push_fitting(const Entry& entry, std::size_t text_bytes);
  void wake_writer();

  const std::size_t bytes_;
  const int wake_fd_;
  const std::unique_ptr<char[]> memory_;
  std::atomic<std::uint64_t> sample_threshold_{kEverything};
  std::atomic<bool> tells_place_{true};

  // Positions only grow; the place in memory is a position modulo the size. Each side on cache lines of its own.
  alignas(64) std::atomic<std::uint64_t> head_{0};  // the worker writes here
  std::uint64_t tail_seen_ = 0;
  base::Random random_;
  base::Counter pushed_;
  base::Counter dropped_;

  alignas(64) std::atomic<std::uint64_t> tail_{0};  // the writer reads here
  std::uint64_t front_bytes_ = 0;                   // of the entry that front() gave
  std::atomic<bool> woken_{false};
};

}  // namespace headgate::proxy::access_log
