#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "proxy/cache/purge/book.h"

namespace headgate::proxy::cache::purge {
namespace {

/// A small book is narrowed again and again while others read it: who sees a number finds what it stands for, and what
/// was purged once is never valid again.
TEST(BookThreads, a_purge_is_seen_by_whoever_sees_its_number) {
  constexpr std::uint64_t kPurges = 4000;
  Book book({.subjects = 32, .prefixes = 8});
  std::atomic<bool> wrong{false};
  const auto subject_of = [](std::uint64_t sequence) { return 1 + sequence * 7 % 500; };
  const auto read = [&](unsigned reader) {
    for (std::uint64_t seen = 0; seen < kPurges;) {
      seen = book.sequence();
      for (std::uint64_t back = 0; back < 20 && back < seen; ++back) {
        const std::uint64_t sequence = seen - back;
        const std::uint64_t subject = subject_of(sequence);
        const Subjects by_url{subject, 0, {}, "/"};
        const Subjects by_tag{0, 0, std::span(&subject, 1), "/"};
        const Subjects by_path{0, 0, {}, "/a/b"};
        const Subjects& named = sequence % 4 == 0 ? by_path : sequence % 2 == 0 ? by_tag : by_url;
        if (book.judge(named, sequence - 1).verdict != Verdict::kGone) wrong = true;
        if (book.judge(named, book.sequence()).sequence < seen) wrong = true;
      }
      if (reader == 0) std::this_thread::yield();
    }
  };
  std::vector<std::thread> readers;
  for (unsigned i = 0; i < 3; ++i) readers.emplace_back(read, i);
  for (std::uint64_t sequence = 1; sequence <= kPurges; ++sequence) {
    Purge purge = Purge::of_url(subject_of(sequence), false);
    if (sequence % 2 == 0) purge = Purge::of_tag(subject_of(sequence), false);
    if (sequence % 4 == 0) purge = Purge::of_prefix(0, sequence % 8 == 0 ? "/a" : "/a/", false);
    ASSERT_EQ(book.purge(purge), sequence);
    if (sequence % 16 == 0) std::this_thread::yield();
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_FALSE(wrong);
  EXPECT_GT(book.widenings(), 50U);
}

}  // namespace
}  // namespace headgate::proxy::cache::purge
