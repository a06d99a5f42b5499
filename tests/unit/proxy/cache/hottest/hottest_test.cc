#include "proxy/cache/hottest/hottest.h"

#include <gtest/gtest.h>

#include <memory>

namespace headgate::proxy::cache::hottest {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Time kStart{std::chrono::hours(5)};

key::Hash hash_of(std::string_view key) {
  return key::hash_of(key, 7);
}

void ask(Hottest& counted, std::string_view key, base::Time now) {
  counted.note(hash_of(key), key, now);
}

std::vector<Row> rows_of(const Hottest& counted, base::Time now, std::size_t most = 10) {
  std::vector<Hottest::Sum> sums;
  const double seconds = counted.add_to(sums, now);
  return hottest_of(std::move(sums), seconds, most);
}

TEST(Hottest, NothingAskedIsNothing) {
  const auto counted = std::make_unique<Hottest>();
  EXPECT_TRUE(rows_of(*counted, kStart).empty());
}

TEST(Hottest, OneRequestIsNotTakenForMany) {
  const auto counted = std::make_unique<Hottest>();
  ask(*counted, "a", kStart);
  const std::vector<Row> rows = rows_of(*counted, kStart + seconds(1));
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].per_second, 1);
}

TEST(Hottest, RatesAreNearWhatWasAsked) {
  const auto counted = std::make_unique<Hottest>();
  // For 50 s a thousand requests a second: half for one key, a fifth for another, the rest all different.
  for (int i = 0; i < 50'000; ++i) {
    const base::Time now = kStart + milliseconds(i);
    const std::string key = i % 10 < 5 ? "a" : i % 10 < 7 ? "b" : "other " + std::to_string(i);
    ask(*counted, key, now);
  }
  const std::vector<Row> rows = rows_of(*counted, kStart + seconds(50), 2);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].key, "a");
  EXPECT_NEAR(rows[0].per_second, 500, 100);
  EXPECT_EQ(rows[1].key, "b");
  EXPECT_NEAR(rows[1].per_second, 200, 80);
}

/// Every key's turn comes as often as the sample's mean distance: none must be missed, and none taken alone.
TEST(Hottest, ClientsThatAskInTurnsDoNotHide) {
  const auto counted = std::make_unique<Hottest>();
  for (std::uint32_t i = 0; i < 100 * Hottest::kSampling * Hottest::kSampling; ++i) {
    ask(*counted, "key " + std::to_string(i % Hottest::kSampling), kStart);
  }
  EXPECT_EQ(rows_of(*counted, kStart + seconds(1), 1000).size(), Hottest::kSampling);
}

TEST(Hottest, WhatWasHotIsForgottenAfterTwoWindows) {
  const auto counted = std::make_unique<Hottest>();
  const auto ask_for_a_second = [&](std::string_view key, base::Time from) {
    for (int i = 0; i < 10'000; ++i) ask(*counted, key, from + milliseconds(i / 10));
  };
  const auto first_of = [](const std::vector<Row>& rows) { return rows.empty() ? "" : rows.front().key; };
  ask_for_a_second("old", kStart);
  ask_for_a_second("new", kStart + Hottest::kWindow);
  const std::vector<Row> both = rows_of(*counted, kStart + Hottest::kWindow + seconds(1));
  EXPECT_EQ(both.size(), 2U);
  ask_for_a_second("new", kStart + 2 * Hottest::kWindow);
  const std::vector<Row> after = rows_of(*counted, kStart + 2 * Hottest::kWindow + seconds(1));
  EXPECT_EQ(after.size(), 1U);
  EXPECT_EQ(first_of(after), "new");
  // Nobody asked for so long that no window is of the last two minutes.
  EXPECT_TRUE(rows_of(*counted, kStart + 4 * Hottest::kWindow).empty());
  ask_for_a_second("late", kStart + 9 * Hottest::kWindow);
  EXPECT_EQ(first_of(rows_of(*counted, kStart + 9 * Hottest::kWindow + seconds(1))), "late");
}

TEST(Hottest, ALongKeyIsCutAndStillItself) {
  const auto counted = std::make_unique<Hottest>();
  const std::string same(Hottest::kKeyBytesMax, 'k');
  for (int i = 0; i < 10'000; ++i) ask(*counted, same + (i % 2 == 0 ? "x" : "y"), kStart);
  const std::vector<Row> rows = rows_of(*counted, kStart + seconds(1));
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].key, same);
  EXPECT_EQ(rows[1].key, same);
}

TEST(Hottest, WorkersAreAddedUp) {
  std::vector<Hottest::Sum> sums = {{hash_of("a"), "a", 3}, {hash_of("b"), "b", 5}, {hash_of("a"), "a", 4}};
  const std::vector<Row> rows = hottest_of(sums, 2, 10);
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].key, "a");
  EXPECT_EQ(rows[0].per_second, 3.5);
  EXPECT_EQ(rows[1].per_second, 2.5);
}

}  // namespace
}  // namespace headgate::proxy::cache::hottest
