#pragma once
#include <sys/uio.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/intrusive_list.h"

namespace headgate::proxy::cache::memory {

class Reader;

/// A stored body, in extents of a heap. One thread appends; any number read what is published meanwhile, without
/// waiting and without copying. Whose memory the extents are, and when it goes back, is the store's affair.
class Body {
 public:
  static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};
  enum class State : std::uint8_t { kFilling, kComplete, kFailed };
  struct Extent {
    char* at = nullptr;
    std::uint64_t begin = 0;  ///< of the body
    std::uint64_t bytes = 0;  ///< room
  };
  struct Page {
    static constexpr std::uint32_t kExtents = 42;
    Extent extents[kExtents];
    Page* next = nullptr;
  };

  explicit Body(std::uint64_t expected_bytes) : expected_bytes_(expected_bytes) {}

  /// Bytes that can be read, from the first one.
  std::uint64_t published() const { return published_.load(std::memory_order_acquire); }
  /// Asked before published(): what a complete body has published then is all of it.
  State state() const { return state_.load(std::memory_order_acquire); }
  /// What its origin said that it would be, or kUnknown.
  std::uint64_t expected_bytes() const { return expected_bytes_; }
  /// Its whole length, as far as it is known: what it has if it is complete, else what is expected.
  std::uint64_t total_bytes() const {
    return state() == State::kComplete ? published_.load(std::memory_order_relaxed) : expected_bytes_;
  }

  /// All of it, where it is complete and lies in one piece, as most do; otherwise nothing.
  std::string_view whole() const {
    if (state() != State::kComplete || extent_count_ != 1) return {};
    const std::uint64_t bytes = published_.load(std::memory_order_relaxed);
    return bytes <= first_[0].bytes ? std::string_view(first_[0].at, bytes) : std::string_view();
  }

  /// Fills `out` with pieces of memory that hold the bytes from `from` to `to`, as many as are published and fit; how
  /// many pieces. Of a body that passes (see Writer) only a Reader may ask, whose place keeps the bytes there.
  std::size_t gather(std::uint64_t from, std::uint64_t to, std::span<iovec> out) const;

 private:
  friend class MemoryStore;
  friend class Writer;
  friend class Reader;
  static constexpr std::uint32_t kFirstExtents = 2;

  /// Room at the end that nothing was written to yet.
  std::span<char> open_room();
  /// Whether another extent needs a page first.
  bool needs_page() const;
  void add_page(Page* page);
  void add_extent(char* at, std::uint64_t bytes);
  Extent* last_extent();
  void publish(std::uint64_t bytes) { published_.store(published() + bytes, std::memory_order_release); }
  template <class Each>
  void for_each_part(Each each);

  std::atomic<std::uint64_t> published_{0};
  std::uint64_t expected_bytes_;
  std::atomic<State> state_{State::kFilling};
  std::uint32_t holders_ = 1;  // entries that have it; the store's lock
  // The writer's, but that readers go through what was there before bytes were published in it.
  std::uint32_t extent_count_ = 0;
  std::uint64_t room_end_ = 0;  // of the last extent
  Extent first_[kFirstExtents];
  Page* pages_ = nullptr;
  Page* last_page_ = nullptr;
  // From here on bytes go round in a window: ring_bytes_ at ring_. kUnknown: they do not.
  std::atomic<std::uint64_t> ring_begin_{kUnknown};
  char* ring_ = nullptr;
  std::uint64_t ring_bytes_ = 0;
  base::IntrusiveList<Reader> readers_;  // that came while it filled; the store's readers' lock
};

template <class Each>
void Body::for_each_part(Each each) {
  const auto* inside = reinterpret_cast<const char*>(this + 1);  // its first extent may have come with it
  for (std::uint32_t i = 0; i < extent_count_ && i < kFirstExtents; ++i) {
    if (first_[i].at != inside) each(first_[i].at);
  }
  std::uint32_t left = extent_count_ - (extent_count_ < kFirstExtents ? extent_count_ : kFirstExtents);
  for (Page* page = pages_; page != nullptr;) {
    for (std::uint32_t i = 0; i < left && i < Page::kExtents; ++i) each(page->extents[i].at);
    left -= left < Page::kExtents ? left : Page::kExtents;
    Page* next = page->next;
    each(reinterpret_cast<char*>(page));
    page = next;
  }
  if (ring_ != nullptr) each(ring_);
  each(reinterpret_cast<char*>(this));
}

}  // namespace headgate::proxy::cache::memory
