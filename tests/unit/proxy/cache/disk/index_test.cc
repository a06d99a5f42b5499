#include "proxy/cache/disk/index.h"

#include <gtest/gtest.h>

#include <unordered_map>

#include "base/random.h"

namespace headgate::proxy::cache::disk {
namespace {

TEST(DiskIndex, a_place_comes_back_as_it_was_given) {
  Index index;
  const key::Hash hash{1, 2};
  EXPECT_FALSE(index.find(hash));
  const Place place{65535, (std::uint64_t{16} << 30) - 8, 65535};
  EXPECT_FALSE(index.put(hash, place));
  const std::optional<Place> found = index.find(hash);
  ASSERT_TRUE(found);
  EXPECT_EQ(*found, place);
  EXPECT_EQ(found->pages, 65535U);
  EXPECT_FALSE(index.was_used(hash, place));
  EXPECT_TRUE(index.use(hash));
  EXPECT_TRUE(index.was_used(hash, place));
  EXPECT_EQ(*index.find(hash), place);
  EXPECT_TRUE(index.put(hash, {1, 8, 1}));
  EXPECT_FALSE(index.was_used(hash, {1, 8, 1}));
  EXPECT_FALSE(index.erase(hash, place));
  EXPECT_TRUE(index.erase(hash, {1, 8, 0}));
  EXPECT_EQ(index.size(), 0U);
}

TEST(DiskIndex, pages_are_known_up_to_a_bound) {
  EXPECT_EQ(Place::pages_of(1), 1U);
  EXPECT_EQ(Place::pages_of(4096), 1U);
  EXPECT_EQ(Place::pages_of(4097), 2U);
  EXPECT_EQ(Place::pages_of(std::uint64_t{1} << 40), 65535U);
}

TEST(DiskIndex, does_as_a_map_does) {
  constexpr std::uint64_t kSeedOfChance = 20261126;
  base::Random random(kSeedOfChance);
  Index index;
  std::unordered_map<std::uint64_t, std::uint64_t> model;
  for (int i = 0; i < 200'000; ++i) {
    // Few parts and few prints, so that they are in one another's way.
    const std::uint64_t print = random.below(600) * 0x1'0000'0001 + 1;
    const key::Hash hash{print % 2, print};
    const Place place{random.below(100), random.below(1'000'000) * 8, 1};
    const auto known = model.find(print);
    if (random.below(2) == 0) {
      EXPECT_EQ(index.put(hash, place).has_value(), known != model.end()) << kSeedOfChance << " " << i;
      model[print] = place.offset;
    } else {
      const std::optional<Place> gone = index.erase(hash);
      ASSERT_EQ(gone.has_value(), known != model.end()) << kSeedOfChance << " " << i;
      if (gone) EXPECT_EQ(gone->offset, known->second);
      model.erase(print);
    }
    if (i % 1000 == 0) ASSERT_EQ(index.size(), model.size());
  }
  for (const auto& [print, offset] : model) {
    ASSERT_TRUE(index.find({print % 2, print}));
    EXPECT_EQ(index.find({print % 2, print})->offset, offset);
  }
}

}  // namespace
}  // namespace headgate::proxy::cache::disk
