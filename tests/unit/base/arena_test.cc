#include "base/arena.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::base {
namespace {

TEST(Arena, CopiesStayWhereTheyAre) {
  Arena arena;
  std::vector<std::string_view> copies;
  std::vector<std::string> texts;
  for (int i = 0; i < 500; ++i) texts.push_back(std::to_string(i) + std::string(static_cast<std::size_t>(i), 'x'));
  for (const std::string& text : texts) copies.push_back(arena.copy(text));
  for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(copies[i], texts[i]);
}

TEST(Arena, Concatenates) {
  Arena arena;
  EXPECT_EQ(arena.concat({"a", "", "bc", "d"}), "abcd");
  EXPECT_EQ(arena.concat({}), "");
}

TEST(Arena, TheFirstBlockIsUsedAgain) {
  Arena arena;
  const char* const first = arena.take(10);
  EXPECT_EQ(arena.take(10), first + 10);
  arena.reset();
  EXPECT_EQ(arena.take(Arena::kBlockBytes), first);
}

TEST(Arena, WhatWasTakenTooMuchIsGivenBack) {
  Arena arena;
  char* const first = arena.take(100);
  arena.give_back(first + 30, first + 100);
  EXPECT_EQ(arena.room().data(), first + 30);
  char* const second = arena.take(10);
  EXPECT_EQ(second, first + 30);
  arena.give_back(first, first + 30);  // not the last any more
  EXPECT_EQ(arena.room().data(), second + 10);
  char* const large = arena.take(Arena::kBlockBytes + 1);
  arena.give_back(large + 1, large + Arena::kBlockBytes + 1);  // has a block of its own
  EXPECT_EQ(arena.room().data(), second + 10);
}

TEST(Arena, AtTheEdgeOfABlock) {
  Arena arena;
  char* const first = arena.take(Arena::kBlockBytes - 1);
  EXPECT_EQ(arena.take(1), first + Arena::kBlockBytes - 1);
  char* const second = arena.take(1);
  EXPECT_NE(second, first + Arena::kBlockBytes);
  char* const large = arena.take(Arena::kBlockBytes + 1);
  large[Arena::kBlockBytes] = 'x';
  EXPECT_EQ(arena.take(1), second + 1) << "a large need leaves the current block in use";
}

TEST(Arena, ResetBeforeUseIsHarmless) {
  Arena arena;
  arena.reset();
  EXPECT_EQ(arena.copy("a"), "a");
}

TEST(Arena, RoomIsWhatTakesNoAllocation) {
  Arena arena;
  EXPECT_TRUE(arena.room().empty());
  arena.take(10);
  const std::span<char> room = arena.room();
  EXPECT_EQ(room.size(), Arena::kBlockBytes - 10);
  EXPECT_EQ(arena.take(room.size()), room.data());
  EXPECT_TRUE(arena.room().empty());
}

}  // namespace
}  // namespace headgate::base
