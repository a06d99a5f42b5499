#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/unit/proxy/cache/disk/tiers.h"

// Workers that keep, look up, read, drop and purge at once, while segments are written anew and the disk is turned off
// and on. Under TSan as well.
namespace headgate::proxy::cache::disk {
namespace {

constexpr std::uint32_t kWorkers = 3;
constexpr std::uint32_t kKeys = 300;
constexpr int kRounds = 700;

void work(Rig& rig, std::uint32_t worker, std::atomic<std::uint64_t>& loaded, std::atomic<int>& wrong) {
  base::Random random(worker + 1);
  for (int i = 0; i < kRounds; ++i) {
    const std::uint32_t number = random.below(kKeys);
    const std::string key = key_of(number);
    const std::size_t bytes = 100 + number % 40 * 500;
    memory::Reference entry = rig.memory().find(memory::hash_of(key), key, worker);
    if (!entry && rig.has(key)) {
      rig.load(key);
      entry = rig.memory().find(memory::hash_of(key), key, worker);
      loaded += entry ? 1 : 0;
    }
    if (!entry) {
      if (memory::put(rig.memory(), key, bytes, worker, rig.book().sequence())) {
        entry = rig.memory().find(memory::hash_of(key), key, worker);
        if (entry) rig.tier().keep(entry.again());
      }
    }
    if (entry && memory::text_of(entry.body()) != memory::body_of(key, bytes)) ++wrong;
    entry = memory::Reference();
    if (random.below(40) == 0) {
      rig.tier().drop(memory::hash_of(key));
      rig.memory().remove(memory::hash_of(key), key);
    }
    if (random.below(200) == 0) rig.tier().purge(purge::Purge::of_url(purge::subject_hash(key), false));
    if (random.below(50) == 0) rig.tier().status();
  }
}

TEST(DiskThreads, many_at_once_get_what_belongs_to_their_keys) {
  const Folder folder;
  for (int life = 0; life < 2; ++life) {
    Rig rig(folder.path(), 4 * kMiB, kMiB, 200'000, 200'000);
    ASSERT_TRUE(rig.becomes(State::kOn));
    std::atomic<std::uint64_t> loaded{0};
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < kWorkers; ++i) {
      threads.emplace_back([&rig, i, &loaded, &wrong] { work(rig, i, loaded, wrong); });
    }
    for (std::thread& each : threads) each.join();
    EXPECT_EQ(wrong, 0);
    EXPECT_GT(loaded, 0U);
    EXPECT_EQ(rig.errors(), 0U);
  }
}

}  // namespace
}  // namespace headgate::proxy::cache::disk
