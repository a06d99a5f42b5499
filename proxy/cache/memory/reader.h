#pragma once
#include <sys/uio.h>

#include <atomic>
#include <cstdint>
#include <span>

#include "base/intrusive_list.h"
#include "proxy/cache/memory/reference.h"

namespace headgate::proxy::cache::memory {

/// Goes through a body from its first byte to its last while it may still be growing. Its place is known to the writer:
/// where a body turns out to be too large and passes through a window, the slowest reader holds it back. For one
/// thread.
class Reader : private base::ListHook {
 public:
  explicit Reader(Reference entry);
  ~Reader();

  const Reference& entry() const { return entry_; }
  std::uint64_t position() const { return position_.load(std::memory_order_relaxed); }
  /// Pieces with the next bytes, at most `bytes_max` of them; how many pieces. They stay until consume() goes past
  /// them.
  std::size_t gather(std::uint64_t bytes_max, std::span<iovec> out) const {
    return entry_.body().gather(position(), position() + bytes_max, out);
  }
  void consume(std::uint64_t bytes) { position_.store(position() + bytes, std::memory_order_release); }
  /// All was there and was consumed.
  bool is_at_end() const {
    return entry_.body().state() == Body::State::kComplete && position() == entry_.body().published();
  }

 private:
  friend class Writer;
  friend class base::IntrusiveList<Reader>;
  Reference entry_;
  std::atomic<std::uint64_t> position_{0};
  bool listed_ = false;
};

}  // namespace headgate::proxy::cache::memory
