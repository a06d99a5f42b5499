#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "proxy/cache/memory/reference.h"

namespace headgate::proxy::cache::memory {

/// When find() finds an entry that is being written.
enum class Visibility : std::uint8_t {
  kAtOnce,
  kWhenFinished,
  kIfAbsent,  ///< when it is finished, unless there is another of its key then
};

/// Writes one entry's body. It is the entry's first holder; destroyed without finish() it abandons. For one thread.
class Writer {
 public:
  enum class Outcome : std::uint8_t {
    kStored,
    /// It is too large, or there is no room: it is not found any more, and what it displaced is again. Readers that it
    /// has then go on through a window; if there is no room for that either, they hear that the body failed. Without
    /// readers the bytes are for nobody.
    kPassing,
    kFull,  ///< it passes, and the slowest reader is a window behind: the rest when that has read on
  };
  struct Appended {
    std::size_t bytes = 0;  ///< that were taken
    Outcome outcome = Outcome::kStored;
  };
  /// Between the writer of a body that passes and its slowest reader; less in a store of under 16 times that.
  static constexpr std::size_t kWindowBytes = 256 * 1024;

  Writer() = default;
  Writer(Writer&& other) noexcept
      : entry_(std::move(other.entry_)), passing_(other.passing_), visibility_(other.visibility_) {}
  Writer& operator=(Writer&& other) noexcept {
    std::swap(entry_, other.entry_);
    std::swap(passing_, other.passing_);
    std::swap(visibility_, other.visibility_);
    return *this;
  }
  ~Writer() {
    if (entry_) abandon();
  }

  explicit operator bool() const { return bool(entry_); }
  const Reference& entry() const { return entry_; }
  /// Not stored (any more): see Outcome::kPassing.
  bool is_passing() const { return passing_; }
  /// For a reader on `worker`'s thread. From another thread than the writer's only where something else makes sure that
  /// the writer outlives the call and comes to know of it (a lock around the list of fetches under way).
  Reference reference(std::uint32_t worker) const;

  Appended append(std::string_view bytes);
  /// The body is complete; find() finds it. False where it is not what was expected, or passed: nothing is stored then.
  bool finish();
  /// What there is of it is no answer: readers hear that it failed, and it is not found any more. What it displaced is
  /// found again.
  void abandon();

 private:
  friend class MemoryStore;
  Writer(Reference entry, Visibility visibility) : entry_(std::move(entry)), visibility_(visibility) {}
  bool extend(std::size_t wanted);
  void start_passing(bool too_large);
  Appended pass(std::string_view bytes);
  Body& body() const;

  Reference entry_;
  bool passing_ = false;
  Visibility visibility_ = Visibility::kWhenFinished;
};

}  // namespace headgate::proxy::cache::memory
