#pragma once
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "base/result.h"
#include "proxy/cache/entry/record.h"
#include "proxy/cache/memory/body.h"
#include "proxy/cache/memory/heap.h"
#include "proxy/cache/memory/index.h"
#include "proxy/cache/memory/reference.h"
#include "proxy/cache/memory/s3_fifo.h"
#include "proxy/cache/memory/slot.h"
#include "proxy/cache/memory/writer.h"
#include "proxy/cache/purge/book.h"

namespace headgate::proxy::cache::memory {

/// What one store may take.
struct Bounds {
  std::size_t memory = 0;      ///< bytes of entries: heads, keys, bodies, and what is lost between them
  std::size_t max_object = 0;  ///< bytes of one body; at most half of `memory` counts
  std::uint32_t workers = 1;
};

/// What was counted, and what is there.
struct Figures {
  std::uint64_t entries = 0;
  std::uint64_t used_bytes = 0;  ///< of Bounds::memory
  std::uint64_t inserted = 0;
  std::uint64_t replaced = 0;
  std::uint64_t discarded = 0;  ///< to make room
  std::uint64_t removed = 0;    ///< by name or by a purge
  std::uint64_t came_back = 0;  ///< inserted again soon after they were discarded
  std::uint64_t too_large = 0;
  std::uint64_t no_room = 0;  ///< everything in the way was in use
};

/// The memory tier, shared by all workers. Looking up takes no lock and allocates nothing: it pins the entry in a
/// counter of its worker, compares the key, and marks the use. Who changes something takes the one lock, for some
/// hundred instructions; bytes of bodies are copied outside of it.
///
///     Reference hit = store.find(hash, key, worker);
///     if (hit && hit.judge(book) == purge::Verdict::kValid) { hit.record().http1_head(); hit.body().gather(...); }
///
///     Writer writer = store.begin(parts, hash, length, worker, Visibility::kAtOnce);
///     writer.append(bytes); ... writer.finish();
///
/// An entry that can be found while it grows may turn out to be no answer. What it displaced waits until that is
/// known, at no cost in room (it may be discarded as any other), and is found again if the new one is abandoned.
///
/// Entries are never larger than `memory` in sum, by construction: they lie in one Heap of that size. Beside it there
/// is overhead_bytes(), a constant of the bounds, most of which becomes the process's only as entries are used.
class MemoryStore {
 public:
  /// One for so many bytes of memory is the most entries that there can be.
  static constexpr std::size_t kBytesASlot = 512;
  static constexpr std::uint32_t kStripesMax = 8;
  /// Entries in use that are passed over in the search for room, before there is none.
  static constexpr int kSparedMax = 64;
  static constexpr std::size_t kExtentMin = 256;
  static constexpr std::size_t kScatteredMin = 4096;
  static constexpr std::size_t kExtentMax = 256 * 1024;

  static base::Result<std::unique_ptr<MemoryStore>> open(Bounds bounds);
  /// All References, Readers and Writers are gone by then.
  ~MemoryStore();
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;

  /// The entry of that key, kept while the reference lives; or none.
  Reference find(key::Hash hash, std::string_view key, std::uint32_t worker);
  /// Whether an entry with this hash is (very likely) there. Marks no use.
  bool has(key::Hash hash) const;
  /// Begins an entry. The writer is none where the record does not fit its bounds or the memory. A body that is
  /// expected to be larger than max_object is never stored, and passes.
  Writer begin(const entry::Parts& parts, key::Hash hash, std::uint64_t expected_bytes, std::uint32_t worker,
               Visibility visibility);
  /// An entry in place of `old`, with another record (of the same key) and the same body, which is not copied: a 304.
  /// None where the record does not fit, or `old` was replaced or removed meanwhile.
  Reference refresh(const Reference& old, const entry::Parts& parts, std::uint32_t worker);

  /// False if it was not there (any more).
  bool remove(key::Hash hash, std::string_view key);
  bool remove(const Reference& entry);
  /// Looks at `slots` places from `cursor` on, which moves on and round, and removes what was purged; how many. In
  /// small steps, for the lock's sake.
  std::size_t sweep(const purge::Book& book, std::uint32_t& cursor, std::uint32_t slots);

  Figures figures() const;
  std::uint32_t slots() const { return slots_max_; }
  /// Those that were ever taken: a sweep of as many sees every entry that there was when it began.
  std::uint32_t slots_used() const;
  std::size_t memory_bytes() const { return heap_->bytes(); }
  std::size_t max_object() const { return max_object_; }
  std::size_t overhead_bytes() const;

 private:
  friend class Reference;
  friend class Writer;
  friend class Reader;
  using Lock = std::lock_guard<std::mutex>;

  MemoryStore(Bounds bounds, std::unique_ptr<Heap> heap, Index index, Mapping slots, Mapping pins);
  Slot& slot(std::uint32_t number) const { return reinterpret_cast<Slot*>(slot_memory_.at())[number]; }
  std::atomic<std::uint32_t>& pins_of(std::uint32_t number, std::uint32_t worker) const;
  void pin(std::uint32_t number, std::uint32_t worker) const;
  void unpin(std::uint32_t number, std::uint32_t worker);
  bool is_pinned(std::uint32_t number) const;

  // The following with mutex_ held.
  std::uint32_t take_slot();
  bool discard_one(int& spared, std::size_t& freed);
  char* allocate(std::size_t wanted, std::size_t least);
  std::uint32_t linked_slot_of(key::Hash hash, std::string_view key) const;
  bool link(std::uint32_t number);
  void admit(std::uint32_t number);
  void displace(std::uint32_t before, std::uint32_t number);
  std::uint32_t displaced_by(std::uint32_t number);
  void put_back_displaced_by(std::uint32_t number);
  void retire(std::uint32_t number);
  void free_if_unused(std::uint32_t number);
  std::uint64_t bytes_of(std::uint32_t number) const;
  char* write_record(const entry::Parts& parts, key::Hash hash);

  Bounds bounds_;
  std::size_t max_object_;
  std::uint32_t slots_max_;
  std::uint32_t stripes_;
  mutable std::mutex mutex_;
  std::mutex readers_mutex_;  // the lists of readers of all bodies that fill
  std::unique_ptr<Heap> heap_;
  Index index_;
  Mapping slot_memory_;
  Mapping pin_memory_;
  S3Fifo policy_;
  std::uint32_t free_slot_ = kNoSlot;  // a list through Node::newer
  std::uint32_t slots_used_ = 0;       // those beyond were never taken
  Figures figures_;
};

}  // namespace headgate::proxy::cache::memory
