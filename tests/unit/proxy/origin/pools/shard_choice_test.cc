#include "proxy/origin/pools/shard_choice.h"

#include <gtest/gtest.h>
#include <xxhash.h>

#include <map>

namespace headgate::proxy::origin::pools {
namespace {

using Method = config::ShardOrigin::Method;

ShardChoice choice_of(std::vector<std::string> pools, Method method = Method::kConsistent,
                      std::vector<std::string> bounds = {}, bool are_numbers = false) {
  config::ShardOrigin settings;
  settings.pools = std::move(pools);
  settings.method = method;
  settings.bounds = std::move(bounds);
  settings.numeric_bounds = are_numbers;
  return ShardChoice(settings);
}

std::optional<std::size_t> shard_of(const ShardChoice& choice, const std::string& key) {
  return choice.shard_of(key, XXH3_64bits(key.data(), key.size()));
}

std::vector<std::string> names(int count) {
  std::vector<std::string> out;
  for (int i = 0; i < count; ++i) out.push_back("shard-" + std::to_string(i));
  return out;
}

TEST(ShardChoice, consistent_moves_no_more_than_what_belongs_to_who_came_or_left) {
  constexpr int kKeys = 20'000;
  for (const int count : {1, 2, 3, 10, 255}) {
    const std::vector<std::string> few = names(count);
    const std::vector<std::string> more = names(count + 1);
    const ShardChoice before = choice_of(few);
    const ShardChoice after = choice_of(more);
    int moved = 0;
    for (int key = 0; key < kKeys; ++key) {
      const std::string& old_pool = few[shard_of(before, std::to_string(key)).value()];
      const std::string& new_pool = more[shard_of(after, std::to_string(key)).value()];
      if (old_pool == new_pool) continue;
      ++moved;
      EXPECT_EQ(new_pool, more.back());  // nobody moves among those who stay
    }
    EXPECT_LE(moved, kKeys / (count + 1) + kKeys / 50) << count;
  }
}

TEST(ShardChoice, a_million_keys_are_within_two_percent_of_even) {
  constexpr int kKeys = 1'000'000;
  for (const Method method : {Method::kConsistent, Method::kModulo}) {
    const std::vector<std::string> pools = names(10);
    const ShardChoice choice = choice_of(pools, method);
    std::vector<int> count(pools.size());
    for (int key = 0; key < kKeys; ++key) ++count[shard_of(choice, "user-" + std::to_string(key)).value()];
    for (const int each : count) EXPECT_NEAR(each, kKeys / 10, 0.02 * kKeys / 10);
  }
}

TEST(ShardChoice, consistent_spreads_evenly_and_knows_pools_by_name) {
  constexpr int kKeys = 100'000;
  const ShardChoice choice = choice_of({"a", "b", "c", "d"});
  const ShardChoice turned = choice_of({"d", "c", "b", "a"});
  std::map<std::size_t, int> count;
  for (int key = 0; key < kKeys; ++key) {
    const std::size_t place = shard_of(choice, std::to_string(key)).value();
    ++count[place];
    EXPECT_EQ(3 - place, shard_of(turned, std::to_string(key)));
  }
  for (const auto& [place, keys] : count) EXPECT_NEAR(keys, kKeys / 4, kKeys / 50);
}

TEST(ShardChoice, one_pool_twice_has_two_shares) {
  const ShardChoice choice = choice_of({"a", "a"});
  int first = 0;
  for (int key = 0; key < 1000; ++key) first += shard_of(choice, std::to_string(key)) == 0U ? 1 : 0;
  EXPECT_NEAR(first, 500, 100);
}

TEST(ShardChoice, modulo_takes_numbers_as_they_are_and_hashes_the_rest) {
  const ShardChoice choice = choice_of({"a", "b", "c"}, Method::kModulo);
  EXPECT_EQ(shard_of(choice, "0"), 0U);
  EXPECT_EQ(shard_of(choice, "4"), 1U);
  EXPECT_EQ(shard_of(choice, "004"), 1U);
  EXPECT_EQ(shard_of(choice, "18446744073709551615"), 18446744073709551615U % 3);
  for (const char* text : {"18446744073709551616", "-1", "4 ", "x"}) {
    EXPECT_EQ(shard_of(choice, text), XXH3_64bits(text, std::string_view(text).size()) % 3) << text;
  }
}

TEST(ShardChoice, ranges_by_number_end_below_their_bounds) {
  const ShardChoice choice = choice_of({"a", "b", "c"}, Method::kRanges, {"10", "200"}, true);
  EXPECT_EQ(shard_of(choice, "0"), 0U);
  EXPECT_EQ(shard_of(choice, "9"), 0U);
  EXPECT_EQ(shard_of(choice, "10"), 1U);
  EXPECT_EQ(shard_of(choice, "199"), 1U);
  EXPECT_EQ(shard_of(choice, "200"), 2U);
  EXPECT_EQ(shard_of(choice, "18446744073709551615"), 2U);
  for (const char* none : {"x", "-1", "18446744073709551616", "1.5"}) {
    EXPECT_EQ(shard_of(choice, none), std::nullopt) << none;
  }
}

TEST(ShardChoice, ranges_by_text_compare_byte_by_byte) {
  const ShardChoice choice = choice_of({"a", "b"}, Method::kRanges, {"m"});
  EXPECT_EQ(shard_of(choice, "alice"), 0U);
  EXPECT_EQ(shard_of(choice, "m"), 1U);
  EXPECT_EQ(shard_of(choice, "lzzzz"), 0U);
  EXPECT_EQ(shard_of(choice, "\xc3\xa4"), 1U);
}

}  // namespace
}  // namespace headgate::proxy::origin::pools
