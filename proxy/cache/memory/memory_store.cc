#include "proxy/cache/memory/memory_store.h"

#include <algorithm>
#include <bit>
#include <new>
#include <utility>

#include "proxy/cache/memory/reader.h"

namespace headgate::proxy::cache::memory {
namespace {

std::uint32_t slots_for(std::size_t memory) {
  return static_cast<std::uint32_t>(
      std::clamp<std::size_t>(memory / MemoryStore::kBytesASlot, 64, std::size_t{1} << 31));
}

/// A power of two: whose stripe it is costs no division.
std::uint32_t stripes_for(std::uint32_t workers) {
  return std::bit_ceil(std::clamp(workers, 1U, MemoryStore::kStripesMax));
}

}  // namespace

base::Result<std::unique_ptr<MemoryStore>> MemoryStore::open(Bounds bounds) {
  base::Result<std::unique_ptr<Heap>> heap = Heap::open(bounds.memory);
  if (!heap) return heap.error();
  const std::size_t slots = slots_for((*heap)->bytes());
  base::Result<Index> index = Index::open(slots);
  if (!index) return index.error();
  base::Result<Mapping> slot_memory = Mapping::open(slots * sizeof(Slot));
  if (!slot_memory) return slot_memory.error();
  const std::size_t stripes = stripes_for(bounds.workers);
  base::Result<Mapping> pins = Mapping::open(stripes * slots * sizeof(std::uint32_t));
  if (!pins) return pins.error();
  return std::unique_ptr<MemoryStore>(
      new MemoryStore(bounds, std::move(*heap), std::move(*index), std::move(*slot_memory), std::move(*pins)));
}

MemoryStore::MemoryStore(Bounds bounds, std::unique_ptr<Heap> heap, Index index, Mapping slots, Mapping pins)
    : bounds_(bounds),
      max_object_(std::min(bounds.max_object, heap->bytes() / 2)),
      slots_max_(slots_for(heap->bytes())),
      stripes_(stripes_for(bounds.workers)),
      heap_(std::move(heap)),
      index_(std::move(index)),
      slot_memory_(std::move(slots)),
      pin_memory_(std::move(pins)),
      policy_(NodeTable(&reinterpret_cast<Slot*>(slot_memory_.at())->node, sizeof(Slot)), slots_max_) {}

MemoryStore::~MemoryStore() = default;

std::size_t MemoryStore::overhead_bytes() const {
  return slot_memory_.bytes() + pin_memory_.bytes() + Index::bytes_for(slots_max_) + policy_.overhead_bytes() +
         sizeof(MemoryStore) + sizeof(Heap);
}

// A stripe for each worker, up to some: a hit counts where no other worker does.
std::atomic<std::uint32_t>& MemoryStore::pins_of(std::uint32_t number, std::uint32_t worker) const {
  auto* pins = reinterpret_cast<std::atomic<std::uint32_t>*>(pin_memory_.at());
  return pins[std::size_t{worker & (stripes_ - 1)} * slots_max_ + number];
}

// Pins, the index's words and `retired` are sequentially consistent: a reader pins and then looks again at what led it
// there; who frees takes that away first and then looks at the pins. One of them sees the other.
void MemoryStore::pin(std::uint32_t number, std::uint32_t worker) const {
  pins_of(number, worker).fetch_add(1, std::memory_order_seq_cst);
}

void MemoryStore::unpin(std::uint32_t number, std::uint32_t worker) {
  if (pins_of(number, worker).fetch_sub(1, std::memory_order_seq_cst) != 1) return;
  if (slot(number).retired.load(std::memory_order_seq_cst) == 0) return;
  const Lock lock(mutex_);
  free_if_unused(number);
}

bool MemoryStore::is_pinned(std::uint32_t number) const {
  for (std::uint32_t stripe = 0; stripe < stripes_; ++stripe) {
    if (pins_of(number, stripe).load(std::memory_order_seq_cst) != 0) return true;
  }
  return false;
}

Reference MemoryStore::find(key::Hash hash, std::string_view key, std::uint32_t worker) {
  Reference found;
  index_.find(hash, [&](const Index::Word& word, std::uint64_t value) {
    std::uint32_t number = Index::slot_of(value);
    __builtin_prefetch(&slot(number));  // a locked instruction comes first, which would wait for its own line alone
    for (;;) {
      pin(number, worker);
      const std::uint64_t now = word.load(std::memory_order_seq_cst);
      if (now == value) break;
      unpin(number, worker);
      if (now == 0 || (now ^ value) >> 32 != 0) return false;
      value = now;  // another entry of that key has come
      number = Index::slot_of(value);
    }
    Reference candidate(this, number, worker);
    Slot& its = slot(number);
    __builtin_prefetch(its.body);
    if (its.node.key_hash != hash.low || entry::Record(its.record).key() != key) return false;
    its.node.touch();
    found = std::move(candidate);
    return true;
  });
  return found;
}

bool MemoryStore::has(key::Hash hash) const {
  return index_.find(hash, [](const Index::Word&, std::uint64_t) { return true; });
}

std::uint32_t MemoryStore::take_slot() {
  if (free_slot_ == kNoSlot && slots_used_ == slots_max_) {
    int spared = 0;
    std::size_t freed = 0;
    while (free_slot_ == kNoSlot && discard_one(spared, freed)) {
    }
  }
  std::uint32_t number = free_slot_;
  if (number != kNoSlot) {
    free_slot_ = slot(number).node.newer;
  } else if (slots_used_ < slots_max_) {
    number = slots_used_++;
  } else {
    return kNoSlot;
  }
  Slot& taken = slot(number);
  taken.taken = true;
  taken.linked = false;
  taken.is_displaced = false;
  taken.displaced = kNoSlot;
  taken.node.queue = Node::Queue::kNone;
  taken.node.uses.store(0, std::memory_order_relaxed);
  return number;
}

/// One entry less, or one spared that is in use; false where nothing is left to try.
bool MemoryStore::discard_one(int& spared, std::size_t& freed) {
  const std::uint32_t victim = policy_.discard();
  if (victim == S3Fifo::kNone) return false;
  if (is_pinned(victim)) {
    policy_.spare(victim);
    return ++spared < kSparedMax;
  }
  const std::size_t before = heap_->used_bytes();
  retire(victim);
  freed += before - heap_->used_bytes();
  ++figures_.discarded;
  return true;
}

/// Makes room until there is a piece as large as wanted, or as much became free in smaller ones: then the largest is
/// taken that is not below `least`. Otherwise a large body would push out a great many small ones for one long piece.
char* MemoryStore::allocate(std::size_t wanted, std::size_t least) {
  if (char* part = heap_->take(wanted)) return part;
  // Where enough is free and only scattered, pieces of a page will do.
  if (heap_->free_bytes() >= 2 * wanted && least < wanted) {
    if (char* part = heap_->take_up_to(wanted, std::max(least, std::min(wanted, kScatteredMin)))) return part;
  }
  int spared = 0;
  for (std::size_t freed = 0;;) {
    if (char* part = freed >= wanted ? heap_->take_up_to(wanted, least) : heap_->take(wanted)) return part;
    if (!discard_one(spared, freed)) return heap_->take_up_to(wanted, least);
  }
}

std::uint32_t MemoryStore::linked_slot_of(key::Hash hash, std::string_view key) const {
  std::uint32_t found = kNoSlot;
  index_.find(hash, [&](const Index::Word&, std::uint64_t value) {
    const Slot& its = slot(Index::slot_of(value));
    if (its.node.key_hash != hash.low || entry::Record(its.record).key() != key) return false;
    found = Index::slot_of(value);
    return true;
  });
  return found;
}

/// Into the index, in place of what is there under that key.
bool MemoryStore::link(std::uint32_t number) {
  Slot& its = slot(number);
  const entry::Record record(its.record);
  const key::Hash hash = record.key_hash();
  const std::uint32_t before = linked_slot_of(hash, record.key());
  if (before != kNoSlot) {
    its.linked = index_.replace(hash, before, number);
    slot(before).linked = false;
    displace(before, number);
    ++figures_.replaced;
    return its.linked;
  }
  for (std::uint32_t in_the_way = kNoSlot; !index_.add(hash, number, in_the_way);) {
    retire(in_the_way);
    ++figures_.discarded;
  }
  return its.linked = true;
}

/// `number` has come in place of `before`, for good if it is complete.
void MemoryStore::displace(std::uint32_t before, std::uint32_t number) {
  Slot& its = slot(number);
  if (its.body->state() == Body::State::kComplete) return retire(before);
  if (slot(before).body->state() == Body::State::kComplete) {
    slot(before).is_displaced = true;
    its.displaced = before;
    return;
  }
  its.displaced = displaced_by(before);
  retire(before);
}

/// Whoever waits for what becomes of `number`, and now waits no more for it; kNoSlot if nobody does.
std::uint32_t MemoryStore::displaced_by(std::uint32_t number) {
  const std::uint32_t before = std::exchange(slot(number).displaced, kNoSlot);
  // It may have been discarded meanwhile, and its slot be another's.
  if (before == kNoSlot || !slot(before).is_displaced) return kNoSlot;
  if (entry::Record(slot(before).record).key() != entry::Record(slot(number).record).key()) return kNoSlot;
  return before;
}

/// `number` is not what it was to be.
void MemoryStore::put_back_displaced_by(std::uint32_t number) {
  const std::uint32_t before = slot(number).linked ? displaced_by(number) : kNoSlot;
  if (before == kNoSlot) return;
  slot(before).linked = index_.replace(entry::Record(slot(before).record).key_hash(), number, before);
  slot(before).is_displaced = false;
  slot(number).linked = false;
}

void MemoryStore::admit(std::uint32_t number) {
  policy_.admit(number, bytes_of(number));
  ++figures_.inserted;
}

std::uint64_t MemoryStore::bytes_of(std::uint32_t number) const {
  const Slot& its = slot(number);
  std::uint64_t bytes = Heap::room_of(its.record) + Heap::kPartOverhead;
  its.body->for_each_part([&](const char* part) { bytes += Heap::room_of(part) + Heap::kPartOverhead; });
  return bytes;
}

void MemoryStore::retire(std::uint32_t number) {
  Slot& its = slot(number);
  if (!its.taken || its.retired.load(std::memory_order_relaxed) != 0) return;
  if (its.linked) {
    index_.remove(entry::Record(its.record).key_hash(), number);
    its.linked = false;
  }
  its.is_displaced = false;
  policy_.remove(number);
  if (const std::uint32_t before = displaced_by(number); before != kNoSlot) retire(before);
  its.retired.store(1, std::memory_order_seq_cst);
  free_if_unused(number);
}

void MemoryStore::free_if_unused(std::uint32_t number) {
  Slot& its = slot(number);
  if (its.retired.load(std::memory_order_relaxed) == 0 || is_pinned(number)) return;
  its.retired.store(0, std::memory_order_seq_cst);
  heap_->give_back(const_cast<char*>(its.record));
  if (its.body != nullptr && --its.body->holders_ == 0) {
    its.body->for_each_part([&](char* part) { heap_->give_back(part); });
  }
  its.record = nullptr;
  its.body = nullptr;
  its.taken = false;
  its.node.newer = free_slot_;
  free_slot_ = number;
}

char* MemoryStore::write_record(const entry::Parts& parts, key::Hash hash) {
  const std::optional<std::size_t> bytes = entry::Record::bytes_of(parts);
  if (!bytes) return nullptr;
  char* at = allocate(*bytes, *bytes);
  if (at != nullptr) entry::Record::write(parts, hash, at);
  return at;
}

Writer MemoryStore::begin(const entry::Parts& parts, key::Hash hash, std::uint64_t expected_bytes, std::uint32_t worker,
                          Visibility visibility) {
  const Lock lock(mutex_);
  char* record = write_record(parts, hash);
  if (record == nullptr) return {};
  const bool fits = expected_bytes == Body::kUnknown || expected_bytes <= max_object_;
  // A body whose length is known comes in one piece with what is known of it.
  const std::size_t inside = fits && expected_bytes != Body::kUnknown && expected_bytes <= kExtentMax / 4
                                 ? static_cast<std::size_t>(expected_bytes)
                                 : 0;
  char* at = allocate(sizeof(Body) + inside, sizeof(Body));
  const std::uint32_t number = at == nullptr ? kNoSlot : take_slot();
  if (number == kNoSlot) {
    heap_->give_back(record);
    if (at != nullptr) heap_->give_back(at);
    ++figures_.no_room;
    return {};
  }
  Slot& its = slot(number);
  its.record = record;
  its.body = new (at) Body(expected_bytes);
  const std::size_t room = std::min(inside, Heap::room_of(at) - sizeof(Body));
  if (room != 0) its.body->add_extent(at + sizeof(Body), room);
  its.node.key_hash = hash.low;
  its.judged.store(parts.sequence << 1, std::memory_order_relaxed);
  pin(number, worker);
  if (visibility == Visibility::kAtOnce && fits) link(number);
  return {Reference(this, number, worker), visibility};
}

Reference MemoryStore::refresh(const Reference& old, const entry::Parts& parts, std::uint32_t worker) {
  if (!old) return {};
  const Lock lock(mutex_);
  Slot& before = slot(old.slot_);
  const key::Hash hash = entry::Record(before.record).key_hash();
  if (!before.linked || parts.key != entry::Record(before.record).key()) return {};
  if (before.body->state() != Body::State::kComplete) return {};
  char* record = write_record(parts, hash);
  const std::uint32_t number = record == nullptr ? kNoSlot : take_slot();
  if (number == kNoSlot) {
    if (record != nullptr) heap_->give_back(record);
    ++figures_.no_room;
    return {};
  }
  Slot& its = slot(number);
  its.record = record;
  its.body = before.body;
  ++its.body->holders_;
  its.node.key_hash = hash.low;
  its.judged.store(parts.sequence << 1, std::memory_order_relaxed);
  pin(number, worker);
  policy_.replace(old.slot_, number, bytes_of(number));
  its.linked = index_.replace(hash, old.slot_, number);
  before.linked = false;
  retire(old.slot_);
  ++figures_.replaced;
  return {this, number, worker};
}

bool MemoryStore::remove(key::Hash hash, std::string_view key) {
  const Lock lock(mutex_);
  const std::uint32_t number = linked_slot_of(hash, key);
  if (number == kNoSlot) return false;
  retire(number);
  ++figures_.removed;
  return true;
}

bool MemoryStore::remove(const Reference& entry) {
  const Lock lock(mutex_);
  if (!slot(entry.slot_).linked && !slot(entry.slot_).is_displaced) return false;
  retire(entry.slot_);
  ++figures_.removed;
  return true;
}

std::size_t MemoryStore::sweep(const purge::Book& book, std::uint32_t& cursor, std::uint32_t slots) {
  const Lock lock(mutex_);
  std::size_t removed = 0;
  for (std::uint32_t i = 0; i < slots && slots_used_ != 0; ++i, ++cursor) {
    if (cursor >= slots_used_) cursor = 0;
    const Slot& its = slot(cursor);
    if (!its.linked) continue;
    const entry::Record record(its.record);
    if (its.judged.load(std::memory_order_relaxed) >> 1 == book.sequence() ||
        book.judge(record.subjects(), record.sequence()).verdict != purge::Verdict::kGone) {
      continue;
    }
    retire(cursor);
    ++removed;
  }
  figures_.removed += removed;
  return removed;
}

std::uint32_t MemoryStore::slots_used() const {
  const Lock lock(mutex_);
  return slots_used_;
}

Figures MemoryStore::figures() const {
  const Lock lock(mutex_);
  Figures figures = figures_;
  figures.entries = policy_.entries();
  figures.used_bytes = heap_->used_bytes();
  figures.came_back = policy_.came_back();
  return figures;
}

}  // namespace headgate::proxy::cache::memory
