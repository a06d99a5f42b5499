#include "proxy/cache/memory/heap.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "base/random.h"

namespace headgate::proxy::cache::memory {
namespace {

std::unique_ptr<Heap> heap_of(std::size_t bytes) {
  return std::move(*Heap::open(bytes));
}

TEST(Heap, all_of_it_can_be_taken_and_comes_back) {
  const std::unique_ptr<Heap> heap = heap_of(Heap::kBytesMin);
  const std::size_t at_first = heap->used_bytes();
  const std::size_t most = heap->free_bytes() - Heap::kPartOverhead;
  EXPECT_EQ(heap->take(most + 1), nullptr);
  char* all = heap->take(most);
  ASSERT_NE(all, nullptr);
  std::memset(all, 'x', most);
  EXPECT_EQ(heap->free_bytes(), 0U);
  EXPECT_EQ(heap->take(1), nullptr);
  EXPECT_EQ(heap->take_up_to(100, 1), nullptr);
  EXPECT_TRUE(heap->is_sound());
  heap->give_back(all);
  EXPECT_EQ(heap->used_bytes(), at_first);
  EXPECT_TRUE(heap->is_sound());
}

TEST(Heap, neighbours_become_one_in_any_order) {
  for (int order = 0; order < 6; ++order) {
    const std::unique_ptr<Heap> heap = heap_of(Heap::kBytesMin);
    const std::size_t at_first = heap->used_bytes();
    char* parts[3] = {heap->take(1000), heap->take(2000), heap->take(3000)};
    const int first = order % 3;
    const int second = (first + 1 + order / 3) % 3;
    heap->give_back(parts[first]);
    heap->give_back(parts[second]);
    EXPECT_TRUE(heap->is_sound());
    heap->give_back(parts[3 - first - second]);
    EXPECT_TRUE(heap->is_sound());
    EXPECT_EQ(heap->used_bytes(), at_first);
    EXPECT_NE(heap->take(heap->free_bytes() - Heap::kPartOverhead), nullptr) << order;
  }
}

TEST(Heap, a_part_is_shortened) {
  const std::unique_ptr<Heap> heap = heap_of(Heap::kBytesMin);
  char* part = heap->take(10'000);
  EXPECT_GE(Heap::room_of(part), 10'000U);
  const std::size_t before = heap->used_bytes();
  heap->shorten(part, 100);
  EXPECT_GE(Heap::room_of(part), 100U);
  EXPECT_LT(Heap::room_of(part), 100U + Heap::kLeastPart);
  EXPECT_LE(heap->used_bytes(), before - 9'800);
  EXPECT_TRUE(heap->is_sound());
  const std::size_t room = Heap::room_of(part);
  heap->shorten(part, room - 1);  // too little to be a part
  EXPECT_EQ(Heap::room_of(part), room);
  heap->give_back(part);
  EXPECT_TRUE(heap->is_sound());
}

TEST(Heap, gives_the_largest_piece_where_none_is_as_large_as_wanted) {
  const std::unique_ptr<Heap> heap = heap_of(Heap::kBytesMin);
  std::vector<char*> parts;
  while (char* part = heap->take(1000)) parts.push_back(part);
  while (heap->take(1) != nullptr) {
  }
  heap->give_back(parts[10]);
  heap->give_back(parts[20]);
  heap->give_back(parts[21]);
  EXPECT_EQ(heap->take(5000), nullptr);
  EXPECT_EQ(heap->take_up_to(5000, 2100), nullptr);
  char* two = heap->take_up_to(5000, 1900);
  ASSERT_NE(two, nullptr);
  EXPECT_GE(Heap::room_of(two), 2000U);
  char* one = heap->take_up_to(5000, 100);
  ASSERT_NE(one, nullptr);
  EXPECT_EQ(Heap::room_of(one), 1000U);
  EXPECT_TRUE(heap->is_sound());
}

TEST(Heap, sizes_outside_of_its_bounds) {
  EXPECT_EQ(heap_of(1)->bytes(), Heap::kBytesMin);
  EXPECT_EQ(heap_of(Heap::kBytesMin + 4095)->bytes(), Heap::kBytesMin);
  EXPECT_EQ(heap_of(Heap::kBytesMin)->take(std::size_t{1} << 60), nullptr);
}

TEST(HeapDeathTest, a_part_that_is_given_back_twice_is_a_bug) {
  const std::unique_ptr<Heap> heap = heap_of(Heap::kBytesMin);
  char* part = heap->take(100);
  heap->give_back(part);
  EXPECT_DEATH(heap->give_back(part), "given back twice");
}

/// Any mix of sizes: parts never overlap, what is written stays, all is accounted for.
TEST(Heap, random_parts_keep_what_is_written) {
  const std::uint64_t seed = base::entropy_seed();
  SCOPED_TRACE(seed);
  base::Random random(seed);
  const std::unique_ptr<Heap> heap = heap_of(1 << 20);
  struct Part {
    char* at;
    std::size_t bytes;
    char mark;
  };
  std::vector<Part> parts;
  for (int step = 0; step < 20'000; ++step) {
    const std::uint32_t what = random.below(10);
    if (what < 5) {
      const std::size_t bytes = 1 + random.below(random.below(8) == 0 ? 40'000 : 1500);
      char* at = what == 0 ? heap->take_up_to(bytes, 1) : heap->take(bytes);
      if (at == nullptr) continue;
      const std::size_t got = std::min(bytes, Heap::room_of(at));
      const auto mark = static_cast<char>(random.below(256));
      std::memset(at, mark, got);
      parts.push_back({at, got, mark});
    } else if (!parts.empty()) {
      const std::size_t which = random.below(static_cast<std::uint32_t>(parts.size()));
      Part part = parts[which];
      for (std::size_t i = 0; i < part.bytes; i += 97) ASSERT_EQ(part.at[i], part.mark);
      if (what == 5) {
        parts[which].bytes = 1 + random.below(static_cast<std::uint32_t>(part.bytes));
        heap->shorten(part.at, parts[which].bytes);
      } else {
        heap->give_back(part.at);
        parts[which] = parts.back();
        parts.pop_back();
      }
    }
    if (step % 500 == 0) ASSERT_TRUE(heap->is_sound()) << step;
  }
  for (const Part& part : parts) heap->give_back(part.at);
  EXPECT_TRUE(heap->is_sound());
  EXPECT_NE(heap->take(heap->free_bytes() - Heap::kPartOverhead), nullptr);
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
