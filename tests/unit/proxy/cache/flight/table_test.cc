#include "proxy/cache/flight/table.h"

#include <gtest/gtest.h>

namespace headgate::proxy::cache::flight {
namespace {

const Post kNobody = [](std::size_t, const std::function<void()>&) { FAIL() << "there is one worker"; };

TEST(Table, the_first_leads_and_others_join) {
  Table table(1, kNobody);
  const key::Hash hash = key::hash_of("a", 1);
  EXPECT_FALSE(table.has(hash));
  const Table::Joined first = table.join(hash, 0);
  const Table::Joined second = table.join(hash, 0);
  const Table::Joined other = table.join(key::hash_of("b", 1), 0);
  EXPECT_TRUE(first.leads && !second.leads && other.leads);
  EXPECT_EQ(first.flight, second.flight);
  EXPECT_NE(first.flight, other.flight);
  EXPECT_TRUE(table.has(hash));
}

TEST(Table, after_it_is_left_the_next_leads_another) {
  Table table(1, kNobody);
  const key::Hash hash = key::hash_of("a", 1);
  const Table::Joined first = table.join(hash, 0);
  table.leave(hash, *first.flight);
  EXPECT_FALSE(table.has(hash));
  const Table::Joined next = table.join(hash, 0);
  EXPECT_TRUE(next.leads);
  table.leave(hash, *first.flight);
  EXPECT_TRUE(table.has(hash)) << "who leaves late takes nobody else's away";
  EXPECT_EQ(table.join(hash, 0).flight, next.flight);
}

TEST(Table, one_alone_is_not_joined) {
  Table table(1, kNobody);
  const key::Hash hash = key::hash_of("a", 1);
  const std::shared_ptr<Flight> alone = table.alone(0);
  EXPECT_TRUE(table.join(hash, 0).leads);
  table.leave(hash, *alone);
  EXPECT_TRUE(table.has(hash));
}

TEST(Table, hashes_of_one_shard_are_told_apart) {
  Table table(1, kNobody);
  EXPECT_TRUE(table.join({1, 16}, 0).leads);
  EXPECT_TRUE(table.join({1, 32}, 0).leads);
  EXPECT_TRUE(table.join({2, 16}, 0).leads);
  EXPECT_FALSE(table.join({1, 16}, 0).leads);
}

TEST(Table, a_body_that_grows_has_its_flight_until_it_is_grown) {
  Table table(1, kNobody);
  const std::shared_ptr<Flight> flight = table.alone(0);
  const int body = 0;
  EXPECT_EQ(table.growing(&body), nullptr);
  EXPECT_EQ(table.grow(flight, [&]() -> const void* { return &body; }), &body);
  EXPECT_EQ(table.growing(&body), flight);
  EXPECT_EQ(table.grow(table.alone(0), []() -> const void* { return nullptr; }), nullptr);
  EXPECT_EQ(table.growing(nullptr), nullptr);
  table.grown(&body);
  EXPECT_EQ(table.growing(&body), nullptr);
  EXPECT_EQ(flight.use_count(), 1) << "nothing is kept of it";
}

}  // namespace
}  // namespace headgate::proxy::cache::flight
