#include "proxy/cache/memory/writer.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "proxy/cache/memory/memory_store.h"
#include "proxy/cache/memory/reader.h"

namespace headgate::proxy::cache::memory {

Body& Writer::body() const {
  return *entry_.store_->slot(entry_.slot_).body;
}

Reference Writer::reference(std::uint32_t worker) const {
  entry_.store_->pin(entry_.slot_, worker);
  return {entry_.store_, entry_.slot_, worker};
}

Writer::Appended Writer::append(std::string_view bytes) {
  if (!entry_) return {0, Outcome::kPassing};
  std::size_t taken = 0;
  const std::size_t most = entry_.store_->max_object_;
  while (!passing_ && !bytes.empty()) {
    Body& filled = body();
    const bool too_large = filled.published() + bytes.size() > most ||
                           (filled.expected_bytes() != Body::kUnknown && filled.expected_bytes() > most);
    if (too_large || (filled.open_room().empty() && !extend(bytes.size()))) {
      start_passing(too_large);
      break;
    }
    const std::span<char> into = filled.open_room();
    const std::size_t some = std::min(into.size(), bytes.size());
    std::memcpy(into.data(), bytes.data(), some);
    filled.publish(some);
    bytes.remove_prefix(some);
    taken += some;
  }
  if (!passing_) return {taken, Outcome::kStored};
  const Appended passed = pass(bytes);
  return {taken + passed.bytes, passed.outcome};
}

/// What is still expected in one piece, if it is known; else more each time, so that a large body has few extents.
bool Writer::extend(std::size_t wanted) {
  MemoryStore& store = *entry_.store_;
  Body& filled = body();
  const std::uint64_t published = filled.published();
  std::uint64_t bytes =
      std::max<std::uint64_t>({wanted, std::min<std::uint64_t>(published, MemoryStore::kExtentMax), 4096});
  if (filled.expected_bytes() != Body::kUnknown && filled.expected_bytes() > published) {
    bytes = std::max<std::uint64_t>(filled.expected_bytes() - published, std::min(wanted, MemoryStore::kExtentMax));
  }
  bytes = std::min<std::uint64_t>({bytes, MemoryStore::kExtentMax, store.max_object_ - published});
  const MemoryStore::Lock lock(store.mutex_);
  if (filled.needs_page()) {
    char* page = store.allocate(sizeof(Body::Page), sizeof(Body::Page));
    if (page == nullptr) return false;
    filled.add_page(new (page) Body::Page);
  }
  char* part = store.allocate(bytes, std::min<std::size_t>(bytes, MemoryStore::kExtentMin));
  if (part == nullptr) return false;
  filled.add_extent(part, std::min<std::uint64_t>(bytes, Heap::room_of(part)));
  return true;
}

/// From here on nobody finds the entry; who reads it gets the rest through a window.
void Writer::start_passing(bool too_large) {
  MemoryStore& store = *entry_.store_;
  Body& filled = body();
  const MemoryStore::Lock readers(store.readers_mutex_);
  const MemoryStore::Lock lock(store.mutex_);
  ++(too_large ? store.figures_.too_large : store.figures_.no_room);
  store.put_back_displaced_by(entry_.slot_);
  store.retire(entry_.slot_);
  passing_ = true;
  if (filled.readers_.empty()) return;
  const std::size_t window = std::min(kWindowBytes, store.memory_bytes() / 16);
  char* ring = store.allocate(window, std::min<std::size_t>(window, 4096));
  if (ring == nullptr) return;
  filled.ring_ = ring;
  filled.ring_bytes_ = std::min(window, Heap::room_of(ring));
  filled.ring_begin_.store(filled.published(), std::memory_order_release);
}

Writer::Appended Writer::pass(std::string_view bytes) {
  Body& filled = body();
  const MemoryStore::Lock lock(entry_.store_->readers_mutex_);
  if (filled.readers_.empty() || filled.ring_ == nullptr || filled.state() == Body::State::kFailed) {
    // Bytes are lost from here on, so that who comes later must not take what follows for the rest.
    if (!bytes.empty()) filled.state_.store(Body::State::kFailed, std::memory_order_release);
    return {bytes.size(), Outcome::kPassing};
  }
  const std::uint64_t published = filled.published();
  const std::uint64_t begin = filled.ring_begin_.load(std::memory_order_relaxed);
  std::uint64_t slowest = published;
  for (Reader* reader = filled.readers_.first(); reader != nullptr; reader = filled.readers_.next(*reader)) {
    slowest = std::min(slowest, reader->position_.load(std::memory_order_acquire));
  }
  const std::uint64_t held = published - std::max(slowest, begin);
  const std::size_t some = std::min<std::uint64_t>(bytes.size(), filled.ring_bytes_ - held);
  for (std::size_t copied = 0; copied < some;) {
    const std::uint64_t at = (published - begin + copied) % filled.ring_bytes_;
    const std::size_t piece = std::min<std::uint64_t>(some - copied, filled.ring_bytes_ - at);
    std::memcpy(filled.ring_ + at, bytes.data() + copied, piece);
    copied += piece;
  }
  filled.publish(some);
  return {some, some == bytes.size() ? Outcome::kPassing : Outcome::kFull};
}

bool Writer::finish() {
  if (!entry_) return false;
  Body& filled = body();
  const bool expected = filled.expected_bytes() == Body::kUnknown || filled.expected_bytes() == filled.published();
  if (!expected || filled.state() == Body::State::kFailed) {
    abandon();
    return false;
  }
  MemoryStore& store = *entry_.store_;
  bool stored = false;
  {
    const MemoryStore::Lock lock(store.mutex_);
    Body::Extent* last = filled.last_extent();
    const std::uint64_t end = filled.published();
    if (!passing_ && last != nullptr && end < filled.room_end_ && end > last->begin &&
        last->at != reinterpret_cast<char*>(&filled + 1)) {
      store.heap_->shorten(last->at, end - last->begin);
    }
    filled.state_.store(Body::State::kComplete, std::memory_order_release);
    const Slot& slot = store.slot(entry_.slot_);
    const bool gives_way = visibility_ == Visibility::kIfAbsent &&
                           store.linked_slot_of(entry_.record().key_hash(), entry_.record().key()) != kNoSlot;
    stored =
        slot.retired.load(std::memory_order_relaxed) == 0 && !gives_way && (slot.linked || store.link(entry_.slot_));
    if (const std::uint32_t before = store.displaced_by(entry_.slot_); before != kNoSlot) store.retire(before);
    if (stored) store.admit(entry_.slot_);
    if (gives_way) store.retire(entry_.slot_);
  }
  entry_ = Reference();
  return stored;
}

void Writer::abandon() {
  if (!entry_) return;
  body().state_.store(Body::State::kFailed, std::memory_order_release);
  {
    const MemoryStore::Lock lock(entry_.store_->mutex_);
    entry_.store_->put_back_displaced_by(entry_.slot_);
    entry_.store_->retire(entry_.slot_);
  }
  entry_ = Reference();
}

}  // namespace headgate::proxy::cache::memory
