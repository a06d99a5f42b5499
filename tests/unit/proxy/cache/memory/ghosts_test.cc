#include "proxy/cache/memory/ghosts.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/random.h"

namespace headgate::proxy::cache::memory {
namespace {

TEST(Ghosts, a_key_is_taken_once) {
  Ghosts ghosts(100);
  base::Random random(1);
  const std::uint64_t key = random.next();
  EXPECT_FALSE(ghosts.take(key, 100));
  ghosts.add(key);
  EXPECT_FALSE(ghosts.take(random.next(), 100));
  EXPECT_TRUE(ghosts.take(key, 100));
  EXPECT_FALSE(ghosts.take(key, 100));
}

TEST(Ghosts, the_window_is_in_keys_that_came_after) {
  base::Random random(2);
  for (std::size_t after : {4U, 5U}) {
    Ghosts ghosts(100);
    const std::uint64_t key = random.next();
    ghosts.add(key);
    for (std::size_t i = 0; i < after; ++i) ghosts.add(random.next());
    EXPECT_EQ(ghosts.take(key, 5), after == 4);
  }
}

TEST(Ghosts, remembers_most_of_its_bound_and_nothing_beyond) {
  constexpr std::size_t kMost = 10'000;
  Ghosts ghosts(kMost);
  EXPECT_LE(ghosts.bytes(), kMost * 13);
  base::Random random(3);
  std::vector<std::uint64_t> keys(2 * kMost);
  for (std::uint64_t& key : keys) ghosts.add(key = random.next());
  std::size_t old = 0;
  std::size_t recent = 0;
  for (std::size_t i = 0; i < kMost; ++i) old += ghosts.take(keys[i], 1'000'000);
  for (std::size_t i = kMost; i < 2 * kMost; ++i) recent += ghosts.take(keys[i], 1'000'000);
  EXPECT_EQ(old, 0U);
  EXPECT_GT(recent, kMost * 9 / 10);
}

TEST(Ghosts, none_is_a_bound_too) {
  Ghosts ghosts(0);
  ghosts.add(7);
  EXPECT_FALSE(ghosts.take(7, 10));
}

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  file >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

TEST(Ghosts, memory_is_taken_as_keys_come) {
  const std::size_t before = resident_bytes();
  Ghosts ghosts(std::size_t{1} << 26);
  base::Random random(3);
  for (int i = 0; i < 100; ++i) ghosts.add(random.next());
  EXPECT_GE(ghosts.bytes(), std::size_t{700} << 20);
  EXPECT_LE(resident_bytes(), before + (std::size_t{64} << 20));
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
