#include "proxy/cache/memory/s3_fifo.h"

#include <gtest/gtest.h>

#include <vector>

namespace headgate::proxy::cache::memory {
namespace {

class S3FifoTest : public ::testing::Test {
 protected:
  static constexpr std::uint32_t kEntries = 1000;
  std::vector<Node> nodes_{kEntries};
  S3Fifo policy_{NodeTable(nodes_.data(), sizeof(Node)), kEntries};

  void admit(std::uint32_t number, std::uint64_t bytes = 100) {
    nodes_[number].key_hash = (number + 1) * 0x9e3779b97f4a7c15;
    policy_.admit(number, bytes);
  }
  /// As if the main queue had been full before.
  void settle() {
    admit(kEntries - 1);
    ASSERT_EQ(policy_.discard(), kEntries - 1);
  }
  void touch(std::uint32_t number, int times = 1) {
    for (int i = 0; i < times; ++i) nodes_[number].touch();
  }
};

TEST_F(S3FifoTest, nobody_can_go_from_an_empty_one) {
  EXPECT_EQ(policy_.discard(), S3Fifo::kNone);
}

TEST_F(S3FifoTest, who_was_not_used_goes_in_the_order_of_coming) {
  settle();
  for (std::uint32_t i = 0; i < 5; ++i) admit(i);
  for (std::uint32_t i = 0; i < 5; ++i) EXPECT_EQ(policy_.discard(), i);
  EXPECT_EQ(policy_.discard(), S3Fifo::kNone);
  EXPECT_EQ(policy_.bytes(), 0U);
}

TEST_F(S3FifoTest, two_uses_lead_to_the_main_queue_and_one_does_not) {
  settle();
  for (std::uint32_t i = 0; i < 4; ++i) admit(i);
  touch(0, 1);
  touch(1, 2);
  EXPECT_EQ(policy_.discard(), 0U);
  EXPECT_EQ(policy_.discard(), 2U);  // 1 went to the main queue
  EXPECT_EQ(nodes_[1].queue, Node::Queue::kMain);
}

/// Room for a hundred of three hundred, each asked for once in a round: what came first stays.
TEST_F(S3FifoTest, of_a_loop_longer_than_the_cache_a_part_is_found) {
  constexpr std::uint32_t kLoop = 300;
  constexpr std::uint64_t kRoomBytes = 100 * 100;
  const auto play = [this] {
    std::uint32_t found = 0;
    for (std::uint32_t i = 0; i < 3 * kLoop; ++i) {
      Node& node = nodes_[i % kLoop];
      if (node.queue != Node::Queue::kNone) {
        node.touch();
        found += i >= 2 * kLoop ? 1 : 0;
        continue;
      }
      while (policy_.bytes() + 100 > kRoomBytes) policy_.discard();
      admit(i % kLoop);
    }
    return found;
  };
  EXPECT_GE(play(), 85u);
  while (policy_.discard() != S3Fifo::kNone) continue;
  EXPECT_GE(play(), 85u);  // it was empty, and begins anew
}

TEST_F(S3FifoTest, who_comes_back_soon_goes_to_the_main_queue) {
  settle();
  for (std::uint32_t i = 0; i < 20; ++i) {
    admit(i);
    touch(i, 2);
  }
  admit(100, 1000);
  admit(101, 1000);
  ASSERT_EQ(policy_.discard(), 100U);
  admit(100, 1000);
  EXPECT_EQ(nodes_[100].queue, Node::Queue::kMain);
  EXPECT_EQ(policy_.came_back(), 1U);
}

TEST_F(S3FifoTest, the_main_queue_keeps_who_is_used) {
  settle();
  for (std::uint32_t i = 0; i < 10; ++i) {
    admit(i);
    touch(i, 2);
  }
  admit(50, 1000);
  ASSERT_EQ(policy_.discard(), 50U);  // the ten are in the main queue now, and the small one is empty
  touch(0, 3);
  EXPECT_EQ(policy_.discard(), 1U);
  EXPECT_EQ(nodes_[0].uses.load(), 2U);
}

TEST_F(S3FifoTest, one_that_everybody_uses_goes_all_the_same) {
  settle();
  for (std::uint32_t i = 0; i < kEntries; ++i) {
    admit(i);
    touch(i, 3);
  }
  const std::uint32_t gone = policy_.discard();
  EXPECT_LT(gone, kEntries);
  EXPECT_EQ(policy_.entries(), kEntries - 1);
  EXPECT_EQ(gone, static_cast<std::uint32_t>(S3Fifo::kRoundsMax));
}

TEST_F(S3FifoTest, uses_end_at_three) {
  admit(1);
  touch(1, 100);
  EXPECT_EQ(nodes_[1].uses.load(), Node::kUsesMax);
}

TEST_F(S3FifoTest, an_heir_has_the_place_and_the_uses) {
  settle();
  for (std::uint32_t i = 0; i < 3; ++i) admit(i);
  touch(1, 1);
  policy_.replace(1, 9, 500);
  EXPECT_EQ(nodes_[9].uses.load(), 1U);
  EXPECT_EQ(policy_.bytes(), 700U);
  EXPECT_EQ(policy_.discard(), 0U);
  EXPECT_EQ(policy_.discard(), 9U);
  EXPECT_EQ(policy_.discard(), 2U);
  EXPECT_EQ(policy_.bytes(), 0U);
}

TEST_F(S3FifoTest, who_is_removed_or_spared) {
  settle();
  for (std::uint32_t i = 0; i < 3; ++i) admit(i);
  policy_.remove(1);
  policy_.remove(1);
  EXPECT_EQ(policy_.entries(), 2U);
  const std::uint32_t first = policy_.discard();
  policy_.spare(first);
  EXPECT_EQ(policy_.entries(), 2U);
  EXPECT_EQ(policy_.discard(), 2U);
  EXPECT_EQ(policy_.discard(), first);
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
