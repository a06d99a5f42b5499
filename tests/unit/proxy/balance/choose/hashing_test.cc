// Maglev's table and the ring: shares, what moves when a member comes or leaves, and what must not move at all.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "base/random.h"
#include "proxy/balance/choose/maglev.h"
#include "proxy/balance/choose/ring.h"

namespace headgate::proxy::balance::choose {
namespace {

std::vector<HashMember> members_of(base::Random& random, std::size_t count, std::uint32_t weight_max) {
  std::vector<HashMember> out;
  for (std::size_t i = 0; i < count; ++i) out.push_back({random.next(), 1 + random.below(weight_max)});
  return out;
}

double weight_in_all(const std::vector<HashMember>& members) {
  double sum = 0;
  for (const HashMember& member : members) sum += member.weight;
  return sum;
}

/// The ids of the members that `keys` keys go to.
template <class Table>
std::vector<std::uint64_t> places_of(const std::vector<HashMember>& members, std::size_t keys) {
  const Table table(members);
  std::vector<std::uint64_t> out;
  for (std::size_t key = 0; key < keys; ++key) out.push_back(members[table.at(mixed(key), 0)].id);
  return out;
}

template <class Table>
inline constexpr bool kIsMaglev = std::is_same_v<Table, Maglev>;

template <class Table>
class Hashing : public ::testing::Test {};
using Tables = ::testing::Types<Maglev, Ring>;
TYPED_TEST_SUITE(Hashing, Tables);

/// Of a ring, two hundredths of all keys: its points lie by chance.
TYPED_TEST(Hashing, SharesAreWithinTwoPercentOfTheWeights) {
  constexpr std::size_t kKeys = 1'000'000;
  const std::vector<HashMember> members = {{11, 1}, {22, 2}, {33, 3}, {44, 4}, {55, 0}};
  std::map<std::uint64_t, double> keys;
  for (const std::uint64_t id : places_of<TypeParam>(members, kKeys)) ++keys[id];
  for (const HashMember& member : members) {
    const double wanted = member.weight / weight_in_all(members);
    EXPECT_NEAR(keys[member.id] / kKeys, wanted, kIsMaglev<TypeParam> ? 0.02 * wanted : 0.02) << member.id;
  }
}

/// Pools of 3 to 301 members, of which one leaves, another comes, and so on: its own keys move, and at most two in a
/// hundred others. HEADGATE_HASH_POOLS=5000 plays that many pools.
TYPED_TEST(Hashing, LittleMovesWhenAMemberLeavesOrComes) {
  constexpr std::size_t kKeys = 4000;
  constexpr int kChanges = 4;
  base::Random random(6);
  const char* const wanted = std::getenv("HEADGATE_HASH_POOLS");
  const int pools = wanted != nullptr      ? std::atoi(wanted)
                    : kIsMaglev<TypeParam> ? 30
                                           : 8;  // a ring takes ten times as long
  std::size_t most = 0;
  for (int pool = 0; pool < pools; ++pool) {
    const std::uint32_t count = pool % 20 == 0 ? 100 + random.below(200) : 2 + random.below(30);
    const std::uint32_t weight_max = pool % 2 == 0 ? 1 : 5;
    std::vector<HashMember> members = members_of(random, count, weight_max);
    // The heaviest stays, since the others' points on a ring are relative to it.
    members.push_back({random.next(), 5});
    std::vector<std::uint64_t> before = places_of<TypeParam>(members, kKeys);
    for (int change = 0; change < kChanges; ++change) {
      const auto at = members.begin() + random.below(static_cast<std::uint32_t>(members.size() - 1));
      std::uint64_t id = at->id;
      if (change % 2 == 0) {
        members.erase(at);
      } else {
        id = members.insert(at, {random.next(), 1 + random.below(weight_max)})->id;
      }
      std::vector<std::uint64_t> after = places_of<TypeParam>(members, kKeys);
      std::size_t moved = 0;
      for (std::size_t key = 0; key < kKeys; ++key) {
        moved += before[key] != after[key] && before[key] != id && after[key] != id ? 1 : 0;
      }
      EXPECT_LE(moved, 0.02 * kKeys) << count << " members";
      most = std::max(most, moved);
      before = std::move(after);
    }
  }
  this->RecordProperty("most_moved_of_4000", static_cast<int>(most));
  if (wanted != nullptr) std::printf("%d pools: at most %zu of %zu others moved\n", pools, most, kKeys);
}

/// The same of thousands of pools, in tables that are small and so more crowded than those of pools so large ever are.
/// All entries are compared.
TEST(Maglev, LittleMovesInThousandsOfPools) {
  constexpr int kPools = 2000;
  constexpr std::uint32_t kFew = 6;
  base::Random random(12);
  double most = 0;
  for (int pool = 0; pool < kPools; ++pool) {
    const std::uint32_t count = 3 + random.below(10);
    const std::size_t entries = count <= kFew ? 2003 : 4001;
    std::vector<HashMember> members = members_of(random, count, pool % 2 == 0 ? 1 : 5);
    const Maglev before(members, entries);
    members.pop_back();
    const Maglev after(members, entries);
    std::size_t moved = 0;
    for (std::size_t entry = 0; entry < entries; ++entry) {
      const std::uint32_t owner = before.entries()[entry];
      moved += owner < members.size() && after.entries()[entry] != owner ? 1 : 0;
    }
    const double part = static_cast<double>(moved) / static_cast<double>(entries);
    EXPECT_LE(part, 0.02) << count << " members";
    most = std::max(most, part);
  }
  RecordProperty("most_moved_percent", std::to_string(100 * most));
}

TYPED_TEST(Hashing, TheOrderOfTheListIsOfNoMatter) {
  base::Random random(7);
  std::vector<HashMember> members = members_of(random, 20, 4);
  const std::vector<std::uint64_t> before = places_of<TypeParam>(members, 10'000);
  std::ranges::reverse(members);
  EXPECT_EQ(places_of<TypeParam>(members, 10'000), before);
}

/// What other instances and later versions have to agree with.
TYPED_TEST(Hashing, PlacesAreTheSameForEver) {
  const std::vector<HashMember> members = {{1, 1}, {2, 1}, {3, 2}};
  std::string places;
  for (const std::uint64_t id : places_of<TypeParam>(members, 40)) places += std::to_string(id);
  EXPECT_EQ(places, kIsMaglev<TypeParam> ? "3121321333322332223333321213213111213131"
                                         : "3132331333223333321113321313133223233213");
}

TYPED_TEST(Hashing, ProbesComeToEveryMember) {
  base::Random random(8);
  const std::vector<HashMember> members = members_of(random, 5, 1);
  const TypeParam table(members);
  for (std::uint64_t key = 0; key < 1000; ++key) {
    std::vector<bool> seen(members.size());
    for (std::uint32_t probe = 0; probe < 200; ++probe) seen[table.at(mixed(key), probe)] = true;
    EXPECT_EQ(std::ranges::count(seen, true), 5) << key;
  }
}

/// Keys of one that is away are spread over all others, not heaped on one neighbour.
TYPED_TEST(Hashing, WhoIsAwayIsStoodInForByAll) {
  constexpr std::size_t kKeys = 100'000;
  base::Random random(9);
  const std::vector<HashMember> members = members_of(random, 10, 1);
  const TypeParam table(members);
  std::map<std::uint32_t, double> taken;
  double orphans = 0;
  for (std::uint64_t key = 0; key < kKeys; ++key) {
    if (table.at(mixed(key), 0) != 0) continue;
    ++orphans;
    std::uint32_t probe = 1;
    while (table.at(mixed(key), probe) == 0) ++probe;
    ++taken[table.at(mixed(key), probe)];
  }
  for (std::uint32_t other = 1; other < members.size(); ++other) EXPECT_NEAR(taken[other] / orphans, 1.0 / 9, 0.03);
}

TYPED_TEST(Hashing, NobodyWithAWeightIsAnEmptyTable) {
  EXPECT_TRUE(TypeParam({}).empty());
  EXPECT_TRUE(TypeParam(std::vector<HashMember>{{1, 0}}).empty());
  EXPECT_FALSE(TypeParam(std::vector<HashMember>{{1, 1}}).empty());
}

TYPED_TEST(Hashing, TheLargestHashHasAPlace) {
  const TypeParam table(std::vector<HashMember>{{1, 1}, {2, 256}});
  EXPECT_LT(table.at(~std::uint64_t{0}, 0), 2U);
  EXPECT_LT(table.at(~std::uint64_t{0}, ~std::uint32_t{0}), 2U);
  EXPECT_LT(table.at(0, 0), 2U);
}

TEST(Maglev, SharesAreExactButForAnEntry) {
  base::Random random(10);
  for (const std::size_t count : {std::size_t{3}, std::size_t{70}, Maglev::kManyMembers, Maglev::kManyMembers + 1}) {
    const std::vector<HashMember> members = members_of(random, count, 1);
    const Maglev table(members);
    std::vector<std::size_t> entries(count);
    for (const std::uint32_t member : table.entries()) ++entries[member];
    const auto [least, most] = std::ranges::minmax(entries);
    EXPECT_LE(most - least, 1U) << count;
    EXPECT_EQ(table.entries().size(), count > Maglev::kManyMembers ? Maglev::kEntriesOfMany : Maglev::kEntries);
  }
}

TEST(Ring, ItsPointsAreBounded) {
  base::Random random(11);
  EXPECT_EQ(Ring(members_of(random, 3, 1)).points(), 3 * Ring::kPointsMax);
  EXPECT_LE(Ring(members_of(random, 1000, 1)).points(), Ring::kPointsInAll);
  EXPECT_EQ(Ring(members_of(random, 10'000, 1)).points(), 10'000 * Ring::kPointsMin);
  EXPECT_EQ(Ring(std::vector<HashMember>{{1, 1}, {2, 256}}).points(), Ring::kPointsMax + Ring::kPointsMax / 256);
}

}  // namespace
}  // namespace headgate::proxy::balance::choose
