#include "proxy/cache/memory/index.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/random.h"

namespace headgate::proxy::cache::memory {
namespace {

key::Hash random_hash(base::Random& random) {
  const std::uint64_t low = random.next();
  return {low, random.next()};
}

bool finds(const Index& index, key::Hash hash, std::uint32_t slot) {
  return index.find(hash, [slot](const Index::Word&, std::uint64_t value) { return Index::slot_of(value) == slot; });
}

TEST(Index, holds_as_many_as_there_are_slots_and_gives_them_back) {
  constexpr std::uint32_t kSlots = 10'000;
  Index index = std::move(*Index::open(kSlots));
  base::Random random(1);
  std::vector<key::Hash> hashes(kSlots);
  std::uint32_t not_added = 0;
  for (int round = 0; round < 3; ++round) {
    std::vector<bool> added(kSlots);
    for (std::uint32_t i = 0; i < kSlots; ++i) {
      hashes[i] = random_hash(random);
      std::uint32_t in_the_way = Index::kNone;
      added[i] = index.add(hashes[i], i, in_the_way);
      if (!added[i]) ++not_added;
      if (!added[i]) EXPECT_LT(in_the_way, i);
    }
    for (std::uint32_t i = 0; i < kSlots; ++i) ASSERT_EQ(finds(index, hashes[i], i), added[i]);
    for (std::uint32_t i = 0; i < kSlots; ++i) ASSERT_EQ(index.remove(hashes[i], i), added[i]);
    for (std::uint32_t i = 0; i < kSlots; ++i) ASSERT_FALSE(finds(index, hashes[i], i));
  }
  EXPECT_LT(not_added, 3U);
}

TEST(Index, full_buckets_lead_further_and_no_farther_than_said) {
  Index index = std::move(*Index::open(1000));
  const key::Hash hash{12345, std::uint64_t{7} << 32};
  std::uint32_t in_the_way = Index::kNone;
  const std::uint32_t most = Index::kWays * (Index::kFurtherMax + 1);
  for (std::uint32_t i = 0; i < most; ++i) ASSERT_TRUE(index.add(hash, i, in_the_way)) << i;
  EXPECT_FALSE(index.add(hash, 500, in_the_way));
  EXPECT_EQ(in_the_way, 0U);
  for (std::uint32_t i = 0; i < most; ++i) ASSERT_TRUE(finds(index, hash, i));
  ASSERT_TRUE(index.remove(hash, 0));
  EXPECT_TRUE(finds(index, hash, most - 1));
  ASSERT_TRUE(index.replace(hash, most - 1, 777));
  EXPECT_TRUE(finds(index, hash, 777));
  EXPECT_FALSE(finds(index, hash, most - 1));
  EXPECT_FALSE(index.remove(hash, most - 1));
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
