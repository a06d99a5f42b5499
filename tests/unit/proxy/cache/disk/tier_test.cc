#include "proxy/cache/disk/tier.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/disk/tiers.h"

namespace headgate::proxy::cache::disk {
namespace {

/// Lengths around those at which something else happens.
constexpr std::size_t kLengths[] = {
    0, 1, 7, 8, 4096, kPieceBytes - 1, kPieceBytes, kPieceBytes + 1, 2 * kPieceBytes, 1'000'000};

TEST(DiskTier, what_was_kept_comes_back_after_a_restart) {
  const Folder folder;
  {
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    for (const std::size_t bytes : kLengths) {
      // One after the other: together they would hold more of the memory than may wait for a slow disk.
      ASSERT_TRUE(rig.put(key_of(bytes), bytes));
      ASSERT_TRUE(rig.comes_to_have(key_of(bytes))) << bytes;
      EXPECT_TRUE(rig.holds(key_of(bytes), bytes)) << bytes;
    }
  }
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  EXPECT_EQ(rig.tier().status().objects, std::size(kLengths));
  for (const std::size_t bytes : kLengths) {
    const std::string key = key_of(bytes);
    EXPECT_TRUE(rig.holds(key, bytes)) << bytes;
    const memory::Reference entry = memory::find(rig.memory(), key);
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry.record().http1_head(), "HTTP/1.1 200 OK\r\nX-Key: " + key + "\r\n");
    EXPECT_EQ(entry.record().subjects().url, purge::subject_hash(key));
  }
  EXPECT_EQ(rig.errors(), 0U);
}

TEST(DiskTier, a_newer_one_takes_the_place_of_an_older_one_for_good) {
  const Folder folder;
  {
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    for (const std::size_t bytes : {100, 2000, 300}) {
      ASSERT_TRUE(rig.put("a", bytes));
      ASSERT_TRUE(rig.comes_to_have("a"));
      EXPECT_TRUE(rig.holds("a", bytes));
    }
  }
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  EXPECT_EQ(rig.tier().status().objects, 1U);
  EXPECT_TRUE(rig.holds("a", 300));
}

TEST(DiskTier, what_was_dropped_stays_away) {
  const Folder folder;
  {
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    ASSERT_TRUE(rig.put("a", 100));
    ASSERT_TRUE(rig.put("b", 100));
    ASSERT_TRUE(rig.comes_to_have("b"));
    rig.tier().drop(memory::hash_of("a"));
    EXPECT_FALSE(rig.has("a"));
    // Also what is not written yet.
    ASSERT_TRUE(rig.put("c", 100));
    rig.tier().drop(memory::hash_of("c"));
    ASSERT_TRUE(rig.put("d", 100));
    ASSERT_TRUE(rig.comes_to_have("d"));
    EXPECT_FALSE(rig.has("c"));
    // And what comes after is there.
    ASSERT_TRUE(rig.put("a", 200));
    ASSERT_TRUE(rig.comes_to_have("a"));
  }
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  EXPECT_TRUE(rig.holds("a", 200));
  EXPECT_TRUE(rig.holds("b", 100));
  EXPECT_FALSE(rig.has("c"));
  EXPECT_TRUE(rig.holds("d", 100));
}

TEST(DiskTier, purges_hold_over_a_restart_and_before_it) {
  const Folder folder;
  {
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    for (const char* key : {"gone", "soft", "stays"}) ASSERT_TRUE(rig.put(key, 100));
    for (const char* key : {"gone", "soft", "stays"}) ASSERT_TRUE(rig.comes_to_have(key));
    std::atomic<int> kept{0};
    rig.tier().purge(purge::Purge::of_url(purge::subject_hash("gone"), false), [&](bool is_kept) { kept += is_kept; });
    rig.tier().purge(purge::Purge::of_url(purge::subject_hash("soft"), true), [&](bool is_kept) { kept += is_kept; });
    EXPECT_TRUE(becomes_true([&] { return kept == 2; }));
    EXPECT_EQ(rig.text("gone"), "");
    EXPECT_TRUE(rig.holds("soft", 100));
    EXPECT_EQ(memory::find(rig.memory(), "soft").judge(rig.book()), purge::Verdict::kStale);
  }
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  EXPECT_EQ(rig.book().sequence(), 2U);
  EXPECT_EQ(rig.text("gone"), "");
  EXPECT_TRUE(rig.holds("soft", 100));
  EXPECT_EQ(memory::find(rig.memory(), "soft").judge(rig.book()), purge::Verdict::kStale);
  EXPECT_TRUE(rig.holds("stays", 100));
}

TEST(DiskTier, without_its_log_of_purges_what_came_after_them_is_not_trusted) {
  const Folder folder;
  {
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    rig.tier().purge(purge::Purge::of_everything(false));
    ASSERT_TRUE(rig.put("a", 100, rig.book().sequence()));
    ASSERT_TRUE(rig.put("b", 100, 0));
    ASSERT_TRUE(rig.comes_to_have("b"));
  }
  std::filesystem::remove(folder.path() + "/purges");
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  EXPECT_FALSE(rig.has("a"));
}

TEST(DiskTier, its_files_are_never_larger_than_its_size) {
  const Folder folder;
  constexpr std::uint64_t kSize = 5 * kMiB + 12345;
  Rig rig(folder.path(), kSize, 4 * kMiB, 100'000);
  ASSERT_TRUE(rig.comes_on());
  int last = 0;
  for (int i = 0; i < 1500; ++i) {
    // As the requests of a site: not faster than the disk.
    ASSERT_TRUE(becomes_true([&] { return rig.put(key_of(i), 1000 + i % 7 * 9000); }));
    ASSERT_TRUE(rig.comes_to_have(key_of(i))) << i;
    last = i;
    if (i % 50 == 0) ASSERT_LE(folder.segment_bytes(), kSize);
  }
  ASSERT_LE(folder.segment_bytes(), kSize);
  EXPECT_LE(rig.tier().status().used_bytes, kSize);
  EXPECT_GT(folder.segment_bytes(), kSize * 3 / 4);
  EXPECT_FALSE(rig.has(key_of(0)));
  EXPECT_TRUE(rig.holds(key_of(last), 1000 + last % 7 * 9000));
  EXPECT_EQ(rig.errors(), 0U);
}

TEST(DiskTier, what_somebody_wanted_outlives_its_segment) {
  const Folder folder;
  Rig rig(folder.path(), 4 * kMiB, 4 * kMiB, 100'000);
  ASSERT_TRUE(rig.comes_on());
  ASSERT_TRUE(rig.put("wanted", 5000));
  ASSERT_TRUE(rig.put("unwanted", 5000));
  ASSERT_TRUE(rig.comes_to_have("unwanted"));
  for (int i = 0; i < 600; ++i) {
    if (i % 100 == 0) EXPECT_TRUE(rig.holds("wanted", 5000));
    for (const char* key : {"wanted", "unwanted"}) rig.memory().remove(memory::hash_of(key), key);
    ASSERT_TRUE(rig.put(key_of(i), 30'000));
    ASSERT_TRUE(rig.comes_to_have(key_of(i)));
    rig.memory().remove(memory::hash_of(key_of(i)), key_of(i));
  }
  EXPECT_TRUE(rig.holds("wanted", 5000));
  EXPECT_FALSE(rig.has("unwanted"));
  EXPECT_GT(rig.tier().figures().reinserted.value(), 0U);
}

TEST(DiskTier, another_process_gets_the_folder_when_the_first_lets_go) {
  const Folder folder;
  auto first = std::make_unique<Rig>(folder.path());
  ASSERT_TRUE(first->comes_on());
  ASSERT_TRUE(first->put("a", 100));
  Rig second(folder.path());
  ASSERT_TRUE(second.becomes(State::kWaiting));
  EXPECT_NE(second.tier().status().why.find("another process"), std::string::npos);
  EXPECT_FALSE(second.has("a"));
  second.tier().purge(purge::Purge::of_url(purge::subject_hash("b"), false));
  first->tier().close();
  ASSERT_TRUE(first->becomes(State::kClosed));
  ASSERT_TRUE(second.comes_on());
  EXPECT_TRUE(second.holds("a", 100));
  EXPECT_EQ(second.errors() + first->errors(), 0U);
}

TEST(DiskTier, what_came_while_it_was_not_on_is_not_undone_by_what_lies_there) {
  const Folder folder;
  auto first = std::make_unique<Rig>(folder.path());
  ASSERT_TRUE(first->comes_on());
  for (const char* key : {"newer", "dropped", "same"}) {
    ASSERT_TRUE(first->put(key, 100));
    ASSERT_TRUE(first->comes_to_have(key));
  }
  Rig second(folder.path());
  ASSERT_TRUE(second.becomes(State::kWaiting));
  ASSERT_TRUE(second.put("newer", 200));
  second.tier().drop(memory::hash_of("dropped"));
  first->tier().close();
  ASSERT_TRUE(second.comes_on());
  EXPECT_FALSE(second.has("newer"));
  EXPECT_FALSE(second.has("dropped"));
  EXPECT_TRUE(second.holds("same", 100));
}

TEST(DiskTier, an_early_purge_counts_against_what_an_earlier_process_stored_later) {
  const Folder folder;
  auto first = std::make_unique<Rig>(folder.path());
  ASSERT_TRUE(first->comes_on());
  for (int i = 0; i < 5; ++i) first->tier().purge(purge::Purge::of_tag(static_cast<std::uint64_t>(i + 1), false));
  ASSERT_TRUE(first->put("b", 100, 5));
  ASSERT_TRUE(first->comes_to_have("b"));
  Rig second(folder.path());
  ASSERT_TRUE(second.becomes(State::kWaiting));
  std::atomic<int> answered{0};
  std::atomic<bool> is_kept{true};
  second.tier().purge(purge::Purge::of_url(purge::subject_hash("b"), false), [&](bool kept) {
    is_kept = kept;
    ++answered;
  });
  EXPECT_TRUE(becomes_true([&] { return answered == 1; }));
  EXPECT_FALSE(is_kept);
  first->tier().close();
  ASSERT_TRUE(second.comes_on());
  EXPECT_EQ(second.text("b"), "");
}

TEST(DiskTier, a_folder_of_another_size_begins_anew) {
  const Folder folder;
  {
    Rig rig(folder.path(), 8 * kMiB);
    ASSERT_TRUE(rig.comes_on());
    ASSERT_TRUE(rig.put("a", 100));
    ASSERT_TRUE(rig.comes_to_have("a"));
  }
  Rig rig(folder.path(), 4 * kMiB, 8 * kMiB, 100'000);
  ASSERT_TRUE(rig.comes_on());
  EXPECT_FALSE(rig.has("a"));
  EXPECT_EQ(folder.segment_bytes(), 0U);
  ASSERT_TRUE(rig.put("a", 100));
  EXPECT_TRUE(rig.comes_to_have("a"));
}

}  // namespace
}  // namespace headgate::proxy::cache::disk
