#include "base/intrusive_list.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace headgate::base {
namespace {

struct Item : ListHook {
  explicit Item(int n) : number(n) {}
  int number;
};

std::vector<int> numbers(IntrusiveList<Item>& list) {
  std::vector<int> out;
  for (Item* item = list.first(); item != nullptr; item = list.next(*item)) out.push_back(item->number);
  return out;
}

TEST(IntrusiveList, KeepsItsOrder) {
  IntrusiveList<Item> list;
  Item one(1), two(2), three(3);
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.first(), nullptr);
  list.push_back(two);
  list.push_back(three);
  list.push_front(one);
  EXPECT_EQ(numbers(list), (std::vector<int>{1, 2, 3}));
  EXPECT_EQ(list.front().number, 1);
  EXPECT_EQ(list.back().number, 3);
  EXPECT_EQ(list.pop_front().number, 1);
  EXPECT_FALSE(one.is_linked());
  EXPECT_EQ(numbers(list), (std::vector<int>{2, 3}));
}

TEST(IntrusiveList, AnObjectLeavesWhenDestroyed) {
  IntrusiveList<Item> list;
  Item one(1), three(3);
  std::optional<Item> two(std::in_place, 2);
  list.push_back(one);
  list.push_back(*two);
  list.push_back(three);
  two.reset();
  EXPECT_EQ(numbers(list), (std::vector<int>{1, 3}));
}

TEST(IntrusiveList, UnlinkTwiceIsHarmless) {
  IntrusiveList<Item> list;
  Item one(1);
  list.push_back(one);
  one.unlink();
  one.unlink();
  EXPECT_TRUE(list.empty());
  list.push_back(one);
  EXPECT_EQ(numbers(list), (std::vector<int>{1}));
}

TEST(IntrusiveListDeathTest, NoObjectIsInTwoLists) {
  IntrusiveList<Item> list;
  IntrusiveList<Item> other;
  Item one(1);
  list.push_back(one);
  EXPECT_DEATH(other.push_back(one), "second list");
}

}  // namespace
}  // namespace headgate::base
