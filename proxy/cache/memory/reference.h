#pragma once
#include <cstdint>
#include <utility>

#include "proxy/cache/entry/record.h"
#include "proxy/cache/memory/body.h"
#include "proxy/cache/purge/book.h"

namespace headgate::proxy::cache::memory {

class MemoryStore;

/// An entry that stays as it is while this lives, whatever becomes of it in the store. For one worker's thread, over
/// any number of turns.
class Reference {
 public:
  Reference() = default;
  Reference(Reference&& other) noexcept
      : store_(std::exchange(other.store_, nullptr)), slot_(other.slot_), worker_(other.worker_) {}
  Reference& operator=(Reference&& other) noexcept {
    std::swap(store_, other.store_);
    std::swap(slot_, other.slot_);
    std::swap(worker_, other.worker_);
    return *this;
  }
  ~Reference() {
    if (store_ != nullptr) let_go();
  }

  explicit operator bool() const { return store_ != nullptr; }
  entry::Record record() const;
  const Body& body() const;
  /// One load where nothing was purged since it was last asked of this entry; else the book is asked.
  purge::Verdict judge(const purge::Book& book) const;
  /// Another one of the same entry.
  Reference again() const;

 private:
  friend class MemoryStore;
  friend class Writer;
  friend class Reader;
  /// The entry is pinned for it already.
  Reference(MemoryStore* store, std::uint32_t slot, std::uint32_t worker)
      : store_(store), slot_(slot), worker_(worker) {}
  void let_go();

  MemoryStore* store_ = nullptr;
  std::uint32_t slot_ = 0;
  std::uint32_t worker_ = 0;
};

}  // namespace headgate::proxy::cache::memory
