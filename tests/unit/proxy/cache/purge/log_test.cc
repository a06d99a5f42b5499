#include "proxy/cache/purge/log.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "proxy/cache/purge/log_format.h"

namespace headgate::proxy::cache::purge {
namespace {

std::string three_purges() {
  std::string text(kLogHeading);
  Purge purge = Purge::of_url(11, false);
  purge.sequence = 1;
  text += log_record(purge);
  purge = Purge::of_prefix(5, "/a/", true);
  purge.sequence = 2;
  text += log_record(purge);
  purge = Purge::of_everything(true);
  purge.sequence = 7;
  return text + log_record(purge);
}

TEST(LogFormat, is_read_as_it_was_written) {
  const base::Result<LogContent> content = read_log(three_purges());
  ASSERT_TRUE(content);
  ASSERT_EQ(content->purges.size(), 3U);
  EXPECT_EQ(content->sound_bytes, three_purges().size());
  EXPECT_EQ(content->purges[1].kind, Kind::kPrefix);
  EXPECT_EQ(content->purges[1].host, 5U);
  EXPECT_EQ(content->purges[1].prefix_bytes, 3U);
  EXPECT_TRUE(content->purges[1].soft);
  EXPECT_EQ(content->purges[2].sequence, 7U);
}

TEST(LogFormat, torn_anywhere_the_whole_records_before_hold) {
  const std::string text = three_purges();
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) {
    const base::Result<LogContent> content = read_log(std::string_view(text).substr(0, bytes));
    ASSERT_TRUE(content) << bytes;
    const std::size_t whole = bytes < kLogHeading.size() ? 0 : (bytes - kLogHeading.size()) / kLogRecordBytes;
    EXPECT_EQ(content->purges.size(), whole) << bytes;
    EXPECT_EQ(content->sound_bytes, bytes < kLogHeading.size() ? 0 : kLogHeading.size() + whole * kLogRecordBytes);
  }
}

TEST(LogFormat, a_flipped_bit_ends_it) {
  const std::string text = three_purges();
  for (std::size_t at = kLogHeading.size(); at < text.size(); ++at) {
    std::string flipped = text;
    flipped[at] = static_cast<char>(flipped[at] ^ 0x10);
    const base::Result<LogContent> content = read_log(flipped);
    ASSERT_TRUE(content);
    EXPECT_EQ(content->purges.size(), (at - kLogHeading.size()) / kLogRecordBytes) << at;
  }
}

TEST(LogFormat, another_file_is_an_error) {
  EXPECT_FALSE(read_log("root:x:0:0:"));
  EXPECT_TRUE(read_log(""));
}

/// As who keeps purges does: in force first, then on the disk; its number.
base::Result<std::uint64_t> purge(Book& book, Log& log, Purge wanted) {
  wanted.sequence = book.purge(wanted);
  const base::Result<void> kept = log.keep({&wanted, 1});
  if (!kept) return kept.error();
  return wanted.sequence;
}

class LogTest : public ::testing::Test {
 protected:
  LogTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "purges.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    path_ = folder_ + "/purges";
  }
  ~LogTest() override { std::filesystem::remove_all(folder_); }
  std::string text() const {
    std::ifstream in(path_, std::ios::binary);
    std::stringstream out;
    out << in.rdbuf();
    return out.str();
  }

  std::string folder_;
  std::string path_;
};

TEST_F(LogTest, what_was_purged_stays_so_over_a_restart) {
  {
    Book book;
    const auto log = std::move(*Log::open(path_, book));
    EXPECT_EQ(*purge(book, *log, Purge::of_url(1, false)), 1U);
    EXPECT_EQ(*purge(book, *log, Purge::of_host(2, true)), 2U);
    EXPECT_EQ(book.sequence(), 2U);
  }
  Book book;
  const auto log = std::move(*Log::open(path_, book));
  EXPECT_EQ(book.sequence(), 2U);
  EXPECT_EQ(book.judge({1, 9, {}, "/"}, 0).verdict, Verdict::kGone);
  EXPECT_EQ(book.judge({9, 2, {}, "/"}, 1).verdict, Verdict::kStale);
  EXPECT_EQ(*purge(book, *log, Purge::of_url(1, false)), 3U);
}

TEST_F(LogTest, a_torn_end_is_cut_off_and_written_over) {
  {
    Book book;
    const auto log = std::move(*Log::open(path_, book));
    static_cast<void>(purge(book, *log, Purge::of_url(1, false)));
    static_cast<void>(purge(book, *log, Purge::of_url(2, false)));
  }
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 1);
  {
    Book book;
    const auto log = std::move(*Log::open(path_, book));
    EXPECT_EQ(log->torn_bytes(), kLogRecordBytes - 1);
    EXPECT_EQ(book.sequence(), 1U);
    EXPECT_EQ(*purge(book, *log, Purge::of_url(3, false)), 2U);
  }
  Book book;
  const auto log = std::move(*Log::open(path_, book));
  EXPECT_EQ(log->torn_bytes(), 0U);
  EXPECT_EQ(book.judge({3, 0, {}, "/"}, 1).verdict, Verdict::kGone);
  EXPECT_EQ(book.judge({2, 0, {}, "/"}, 0).verdict, Verdict::kValid);
}

TEST_F(LogTest, where_more_than_a_torn_record_is_lost_everything_counts_as_purged) {
  {
    Book book;
    const auto log = std::move(*Log::open(path_, book));
    for (std::uint64_t i = 1; i <= 3; ++i) static_cast<void>(purge(book, *log, Purge::of_url(i, false)));
  }
  std::string damaged = text();
  damaged[kLogHeading.size() + kLogRecordBytes] ^= 1;
  std::ofstream(path_, std::ios::binary) << damaged;
  Book book;
  const auto log = std::move(*Log::open(path_, book));
  EXPECT_EQ(log->torn_bytes(), 2 * kLogRecordBytes);
  EXPECT_EQ(book.judge({77, 0, {}, "/"}, 1).verdict, Verdict::kGone);
  EXPECT_EQ(book.judge({77, 0, {}, "/"}, book.sequence()).verdict, Verdict::kValid);
}

TEST_F(LogTest, many_are_kept_at_once_and_none_twice) {
  Book book;
  constexpr std::size_t kSpare = 2;
  const auto log = std::move(*Log::open(path_, book, kSpare));
  std::vector<Purge> purges;
  for (std::uint64_t i = 1; i <= 8; ++i) {
    purges.push_back(Purge::of_url(i % 2 + 1, false));
    purges.back().sequence = book.purge(purges.back());
  }
  // The first six are more than the bound: the file is written anew, with the other two in it already.
  ASSERT_TRUE(log->keep(std::span(purges).first(6)));
  EXPECT_EQ(log->records(), 2U);
  ASSERT_TRUE(log->keep(std::span(purges).subspan(6)));
  EXPECT_EQ(log->records(), 2U);
  ASSERT_TRUE(purge(book, *log, Purge::of_url(9, false)));
  Book again;
  const auto log_again = std::move(*Log::open(path_, again));
  EXPECT_EQ(log_again->torn_bytes(), 0U);
  EXPECT_EQ(again.all(), book.all());
}

TEST_F(LogTest, another_file_is_left_as_it_is) {
  std::ofstream(path_) << "something that somebody needs\n";
  Book book;
  const auto log = Log::open(path_, book);
  ASSERT_FALSE(log);
  EXPECT_NE(log.error().message.find(path_), std::string::npos);
  EXPECT_EQ(text(), "something that somebody needs\n");
}

TEST_F(LogTest, it_is_written_anew_when_it_says_the_same_again_and_again) {
  Book book;
  constexpr std::size_t kSpare = 20;
  const auto log = std::move(*Log::open(path_, book, kSpare));
  for (std::size_t i = 0; i < kSpare; ++i) ASSERT_TRUE(purge(book, *log, Purge::of_url(1 + i % 3, false)));
  EXPECT_EQ(log->records(), kSpare);
  ASSERT_TRUE(purge(book, *log, Purge::of_url(1, false)));
  EXPECT_EQ(log->records(), 3U);
  EXPECT_EQ(text().size(), kLogHeading.size() + 3 * kLogRecordBytes);
  ASSERT_TRUE(purge(book, *log, Purge::of_url(9, false)));
  Book again;
  ASSERT_TRUE(Log::open(path_, again));
  EXPECT_EQ(again.sequence(), book.sequence());
  EXPECT_EQ(again.all(), book.all());
}

TEST_F(LogTest, a_purge_that_cannot_be_written_is_in_force_and_an_error) {
  Book book;
  const auto log = std::move(*Log::open(path_, book));
  ASSERT_TRUE(purge(book, *log, Purge::of_url(1, false)));
  // The file may not grow: as a full disk, but for this process alone.
  const auto before = std::signal(SIGXFSZ, SIG_IGN);
  rlimit limit{};
  getrlimit(RLIMIT_FSIZE, &limit);
  const rlimit small{std::filesystem::file_size(path_) + 10, limit.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const base::Result<std::uint64_t> purged = purge(book, *log, Purge::of_url(2, false));
  setrlimit(RLIMIT_FSIZE, &limit);
  std::signal(SIGXFSZ, before);
  ASSERT_FALSE(purged);
  EXPECT_NE(purged.error().message.find("in force"), std::string::npos);
  EXPECT_EQ(book.judge({2, 0, {}, "/"}, 1).verdict, Verdict::kGone);
  ASSERT_TRUE(purge(book, *log, Purge::of_url(3, false)));
  Book again;
  ASSERT_TRUE(Log::open(path_, again));
  EXPECT_EQ(again.sequence(), 3U);
}

}  // namespace
}  // namespace headgate::proxy::cache::purge
