#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>

#include "base/random.h"
#include "tests/unit/proxy/cache/disk/tiers.h"

// What a disk, or a process that died on the way, leaves of what was written: it is a miss, and never another answer.
namespace headgate::proxy::cache::disk {
namespace {

constexpr int kObjects = 12;

std::size_t length_of(int number) {
  return static_cast<std::size_t>(number) * number * 2500;  // up to 302,500: three pieces
}

/// A folder with some objects in one segment.
void fill(const Folder& folder) {
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  for (int i = 0; i < kObjects; ++i) {
    ASSERT_TRUE(rig.put(key_of(i), length_of(i)));
    ASSERT_TRUE(rig.comes_to_have(key_of(i)));
  }
}

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
}

/// How many come back; none comes back as another.
int count_whole(Rig& rig) {
  int whole = 0;
  for (int i = 0; i < kObjects; ++i) {
    rig.memory().remove(memory::hash_of(key_of(i)), key_of(i));
    if (rig.load(key_of(i)).kind != Loaded::Kind::kInMemory) continue;
    const memory::Reference entry = memory::find(rig.memory(), key_of(i));
    if (!entry) continue;
    EXPECT_EQ(memory::text_of(entry.body()), memory::body_of(key_of(i), length_of(i)));
    ++whole;
  }
  return whole;
}

TEST(DiskDamage, a_file_that_ends_anywhere_has_what_stands_before) {
  const Folder folder;
  fill(folder);
  ASSERT_EQ(folder.segments().size(), 1U);
  const std::string path = folder.segments()[0];
  const std::string whole = read_file(path);
  int before = kObjects;
  for (std::size_t bytes = whole.size(); bytes > 0; bytes -= std::min(bytes, whole.size() / 12)) {
    write_file(path, whole.substr(0, bytes));
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    const int left = count_whole(rig);
    EXPECT_LE(left, before) << bytes;
    EXPECT_EQ(left == kObjects, bytes == whole.size());
    before = left;
    EXPECT_EQ(rig.errors(), 0U);
  }
  EXPECT_EQ(before, 0);
}

TEST(DiskDamage, a_flipped_byte_costs_what_it_is_in_and_is_no_answer) {
  const Folder folder;
  fill(folder);
  const std::string path = folder.segments()[0];
  const std::string whole = read_file(path);
  constexpr std::uint64_t kSeedOfChance = 7;
  base::Random random(kSeedOfChance);
  std::uint64_t damaged = 0;
  for (int round = 0; round < 20; ++round) {
    std::string flipped = whole;
    const std::size_t at = random.below(static_cast<std::uint32_t>(whole.size()));
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << random.below(8)));
    write_file(path, flipped);
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    const int left = count_whole(rig);
    EXPECT_GE(left, at < kHeaderBytes ? 0 : 1) << at;
    damaged += rig.tier().figures().damaged.value();
    EXPECT_EQ(rig.errors(), 0U);
  }
  EXPECT_GT(damaged, 0U);  // most of it is bodies, whose damage is seen when they are read
}

TEST(DiskDamage, damage_under_the_tiers_hands_is_a_miss_and_then_forgotten) {
  const Folder folder;
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  ASSERT_TRUE(rig.put("a", 200'000));
  ASSERT_TRUE(rig.comes_to_have("a"));
  std::string text = read_file(folder.segments()[0]);
  text[text.size() / 2] ^= 1;
  write_file(folder.segments()[0], text);
  EXPECT_EQ(rig.text("a"), "");
  EXPECT_EQ(rig.tier().figures().damaged.value(), 1U);
  EXPECT_FALSE(rig.has("a"));
  EXPECT_EQ(rig.tier().status().state, State::kOn);
}

/// Files may not grow beyond so many bytes: as a full disk, for this process alone.
class FileLimit {
 public:
  explicit FileLimit(std::uint64_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int);
};

TEST(DiskFailure, a_full_disk_turns_it_off_once_and_it_comes_back_when_there_is_room) {
  const Folder folder;
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  {
    const FileLimit limit(100'000);
    ASSERT_TRUE(rig.put("a", 200'000));
    ASSERT_TRUE(rig.becomes(State::kOff));
    EXPECT_FALSE(rig.has("a"));
    EXPECT_EQ(rig.errors(), 1U);
    EXPECT_NE(rig.lines().back().find("disk tier off"), std::string::npos) << rig.lines().back();
    EXPECT_NE(rig.lines().back().find(folder.path()), std::string::npos);
    EXPECT_NE(rig.tier().status().why.find("File too large"), std::string::npos) << rig.tier().status().why;
    EXPECT_TRUE(rig.put("b", 100));  // nothing of it is kept, and nothing fails
    EXPECT_EQ(rig.load("b").kind, Loaded::Kind::kGone);
  }
  rig.tier().retry();
  ASSERT_TRUE(rig.comes_on());
  ASSERT_TRUE(rig.put("a", 200'000));
  ASSERT_TRUE(rig.comes_to_have("a"));
  EXPECT_TRUE(rig.holds("a", 200'000));
}

TEST(DiskFailure, a_folder_that_cannot_be_made_says_so) {
  const Folder folder;
  std::ofstream(folder.path() + "/file") << "x";
  Rig rig(folder.path() + "/file/below");
  ASSERT_TRUE(rig.becomes(State::kOff));
  EXPECT_EQ(rig.errors(), 1U);
  std::filesystem::remove(folder.path() + "/file");
  rig.tier().retry();
  EXPECT_TRUE(rig.comes_on());
}

TEST(DiskFailure, a_purge_that_cannot_be_kept_takes_what_it_would_name_with_it) {
  const Folder folder;
  {
    Rig rig(folder.path());
    ASSERT_TRUE(rig.comes_on());
    ASSERT_TRUE(rig.put("a", 100));
    ASSERT_TRUE(rig.comes_to_have("a"));
    const FileLimit limit(20);  // less than the log has
    std::atomic<int> answered{0};
    std::atomic<bool> is_kept{true};
    rig.tier().purge(purge::Purge::of_url(purge::subject_hash("a"), false), [&](bool kept) {
      is_kept = kept;
      ++answered;
    });
    ASSERT_TRUE(becomes_true([&] { return answered == 1; }));
    EXPECT_FALSE(is_kept);
    ASSERT_TRUE(rig.becomes(State::kOff));
    EXPECT_TRUE(becomes_true([&] { return folder.segments().empty(); }));
  }
  Rig rig(folder.path());
  ASSERT_TRUE(rig.comes_on());
  EXPECT_FALSE(rig.has("a"));
}

}  // namespace
}  // namespace headgate::proxy::cache::disk
