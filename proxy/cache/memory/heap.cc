#include "proxy/cache/memory/heap.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "proxy/cache/memory/poison.h"

namespace headgate::proxy::cache::memory {
namespace {

// A block is a word with its size (a multiple of 8) and two bits, and then its part. A free one has the links of its
// list in the first two words of the part, and a word with its size at its end, where the next block finds it.
using Word = std::uint64_t __attribute__((may_alias));
constexpr std::size_t kWord = sizeof(Word);
constexpr Word kFree = 1;
constexpr Word kPreviousFree = 2;
constexpr Word kBits = 7;
constexpr std::size_t kLeast = Heap::kLeastPart;
static_assert(kLeast == 4 * kWord);

#define HEADGATE_BEHIND_THE_SANITIZER __attribute__((no_sanitize("address")))

HEADGATE_BEHIND_THE_SANITIZER Word load(const char* at) {
  return *reinterpret_cast<const Word*>(at);
}
HEADGATE_BEHIND_THE_SANITIZER void store(char* at, Word value) {
  *reinterpret_cast<Word*>(at) = value;
}

std::size_t size_of(const char* block) {
  return load(block) & ~kBits;
}
char* next_in_list(const char* block) {
  return reinterpret_cast<char*>(load(block + kWord));
}
char* previous_in_list(const char* block) {
  return reinterpret_cast<char*>(load(block + 2 * kWord));
}
void set_next_in_list(char* block, char* next) {
  store(block + kWord, reinterpret_cast<Word>(next));
}
void set_previous_in_list(char* block, char* previous) {
  store(block + 2 * kWord, reinterpret_cast<Word>(previous));
}
std::size_t block_size_for(std::size_t bytes) {
  return std::max(kLeast, (bytes + kWord + kWord - 1) & ~(kWord - 1));
}

}  // namespace

base::Result<std::unique_ptr<Heap>> Heap::open(std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  bytes = std::clamp(bytes, kBytesMin, kBytesMax) & ~(kPage - 1);
  base::Result<Mapping> mapping = Mapping::open(bytes);
  if (!mapping) return mapping.error();
  return std::unique_ptr<Heap>(new Heap(std::move(*mapping)));
}

Heap::Heap(Mapping mapping) : mapping_(std::move(mapping)), memory_(mapping_.at()), bytes_(mapping_.bytes()) {
  // The last word is a block of size 0 that is taken for ever, so that the last real one has a neighbour.
  const std::size_t size = bytes_ - kWord;
  store(memory_, size);
  store(memory_ + size, 0);
  forbid(memory_, bytes_);
  used_ = bytes_;
  merge_and_list(memory_, size);
}

Heap::~Heap() {
  allow(memory_, bytes_);  // the address may be somebody else's soon
}

Heap::Place Heap::place_of(std::size_t size) {
  if (size < 256) return {0, static_cast<int>(size / 8)};
  const int log2 = static_cast<int>(std::bit_width(size)) - 1;
  return {log2 - 7, static_cast<int>(size >> (log2 - kFineBits)) & (kFine - 1)};
}

/// The first list of which every block is at least as large.
Heap::Place Heap::place_for(std::size_t size) {
  if (size < 256) return place_of(size);
  const int log2 = static_cast<int>(std::bit_width(size)) - 1;
  return place_of(size + (std::size_t{1} << (log2 - kFineBits)) - 1);
}

char* Heap::first_from(Place place) const {
  if (place.coarse >= kCoarse) return nullptr;
  const auto coarse = static_cast<std::size_t>(place.coarse);
  if (const std::uint32_t fine = fine_listed_[coarse] & (~std::uint32_t{0} << place.fine)) {
    return lists_[coarse][static_cast<std::size_t>(std::countr_zero(fine))];
  }
  const std::uint64_t above = coarse_listed_ & (~std::uint64_t{1} << coarse);
  if (above == 0) return nullptr;
  const auto found = static_cast<std::size_t>(std::countr_zero(above));
  return lists_[found][static_cast<std::size_t>(std::countr_zero(fine_listed_[found]))];
}

/// One of the list with the largest ones.
char* Heap::largest() const {
  if (coarse_listed_ == 0) return nullptr;
  const auto coarse = static_cast<std::size_t>(std::bit_width(coarse_listed_)) - 1;
  return lists_[coarse][static_cast<std::size_t>(std::bit_width(fine_listed_[coarse])) - 1];
}

void Heap::list(char* block, std::size_t size) {
  const Place place = place_of(size);
  const auto coarse = static_cast<std::size_t>(place.coarse);
  char*& head = lists_[coarse][static_cast<std::size_t>(place.fine)];
  set_next_in_list(block, head);
  set_previous_in_list(block, nullptr);
  if (head != nullptr) set_previous_in_list(head, block);
  head = block;
  fine_listed_[coarse] |= std::uint32_t{1} << place.fine;
  coarse_listed_ |= std::uint64_t{1} << coarse;
}

void Heap::unlist(char* block, std::size_t size) {
  char* next = next_in_list(block);
  char* previous = previous_in_list(block);
  if (next != nullptr) set_previous_in_list(next, previous);
  if (previous != nullptr) {
    set_next_in_list(previous, next);
    return;
  }
  const Place place = place_of(size);
  const auto coarse = static_cast<std::size_t>(place.coarse);
  lists_[coarse][static_cast<std::size_t>(place.fine)] = next;
  if (next != nullptr) return;
  fine_listed_[coarse] &= ~(std::uint32_t{1} << place.fine);
  if (fine_listed_[coarse] == 0) coarse_listed_ &= ~(std::uint64_t{1} << coarse);
}

/// A free block that is in no list becomes a part of `wanted` bytes with its word; what is beyond is free again.
char* Heap::hand_out(char* block, std::size_t size, std::size_t wanted) {
  unlist(block, size);
  const Word previous_free = load(block) & kPreviousFree;
  std::size_t kept = size;
  if (size - wanted >= kLeast) {
    kept = wanted;
    char* rest = block + kept;
    store(rest, (size - kept) | kFree);
    store(block + size - kWord, size - kept);
    list(rest, size - kept);
  } else {
    store(block + size, load(block + size) & ~kPreviousFree);
  }
  store(block, kept | previous_free);
  used_ += kept;
  allow(block + kWord, kept - kWord);
  return block + kWord;
}

char* Heap::take(std::size_t bytes) {
  if (bytes > bytes_) return nullptr;
  const std::size_t wanted = block_size_for(bytes);
  char* block = first_from(place_for(wanted));
  if (block == nullptr) {
    // A block of the wanted size is in the list below if it is there at all; one look is worth it.
    const Place place = place_of(wanted);
    if (place.coarse < kCoarse)
      block = lists_[static_cast<std::size_t>(place.coarse)][static_cast<std::size_t>(place.fine)];
    if (block == nullptr || size_of(block) < wanted) return nullptr;
  }
  return hand_out(block, size_of(block), wanted);
}

char* Heap::take_up_to(std::size_t wanted, std::size_t least) {
  if (char* part = take(wanted)) return part;
  char* block = largest();
  if (block == nullptr || size_of(block) - kWord < least) return nullptr;
  const std::size_t size = size_of(block);
  return hand_out(block, size, std::min(size, block_size_for(wanted)));
}

/// A block that is neither taken nor listed, with its size and whether its neighbour before it is free in its word.
void Heap::merge_and_list(char* block, std::size_t size) {
  used_ -= size;
  forbid(block, size);
  if ((load(block) & kPreviousFree) != 0) {
    const std::size_t before = load(block - kWord);
    block -= before;
    unlist(block, before);
    size += before;
  }
  char* next = block + size;
  if ((load(next) & kFree) != 0) {
    const std::size_t behind = size_of(next);
    unlist(next, behind);
    size += behind;
    next = block + size;
  }
  // Two free ones are never neighbours, so the one before is taken.
  store(block, size | kFree);
  store(next - kWord, size);
  store(next, load(next) | kPreviousFree);
  list(block, size);
}

void Heap::give_back(char* part) {
  char* block = part - kWord;
  if ((load(block) & kFree) != 0) base::invariant_broken("a part of a cache's heap was given back twice");
  merge_and_list(block, size_of(block));
}

void Heap::shorten(char* part, std::size_t bytes) {
  char* block = part - kWord;
  const std::size_t size = size_of(block);
  const std::size_t kept = block_size_for(bytes);
  if (kept > size) base::invariant_broken("a part of a cache's heap was shortened to more than it has");
  if (size - kept < kLeast) return;
  store(block, kept | (load(block) & kBits));
  store(block + kept, size - kept);
  merge_and_list(block + kept, size - kept);
}

std::size_t Heap::room_of(const char* part) {
  return size_of(part - kWord) - kWord;
}

bool Heap::is_sound() const {
  std::size_t used = kWord;
  std::size_t free_blocks = 0;
  bool previous_free = false;
  const char* block = memory_;
  while (size_of(block) != 0) {
    const Word word = load(block);
    if (((word & kPreviousFree) != 0) != previous_free) return false;
    const bool is_free = (word & kFree) != 0;
    if (is_free && (previous_free || load(block + size_of(block) - kWord) != size_of(block))) return false;
    (is_free ? free_blocks : used) += is_free ? 1 : size_of(block);
    previous_free = is_free;
    block += size_of(block);
    if (block >= memory_ + bytes_) return false;
  }
  std::size_t listed = 0;
  for (std::size_t coarse = 0; coarse < kCoarse; ++coarse) {
    if (((coarse_listed_ >> coarse) & 1) != (fine_listed_[coarse] != 0)) return false;
    for (std::size_t fine = 0; fine < kFine; ++fine) {
      if (((fine_listed_[coarse] >> fine) & 1) != (lists_[coarse][fine] != nullptr)) return false;
      for (const char* one = lists_[coarse][fine]; one != nullptr; one = next_in_list(one)) {
        const Place place = place_of(size_of(one));
        if (place.coarse != static_cast<int>(coarse) || place.fine != static_cast<int>(fine)) return false;
        ++listed;
      }
    }
  }
  return block + kWord == memory_ + bytes_ && used == used_ && listed == free_blocks;
}

}  // namespace headgate::proxy::cache::memory
