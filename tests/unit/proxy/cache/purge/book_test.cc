#include "proxy/cache/purge/book.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/random.h"

namespace headgate::proxy::cache::purge {
namespace {

const std::uint64_t kUrl = subject_hash("www.example.com/a/b.css?v=1");
const std::uint64_t kHost = subject_hash("www.example.com");
const std::vector<std::uint64_t> kTags = {subject_hash("red"), subject_hash("blue")};
const Subjects kSubjects{kUrl, kHost, kTags, "/a/b.css"};

TEST(Book, knows_nothing_at_first) {
  Book book;
  EXPECT_EQ(book.sequence(), 0U);
  EXPECT_EQ(book.judge(kSubjects, 0).verdict, Verdict::kValid);
}

TEST(Book, every_kind_purges_what_it_names_and_nothing_else) {
  const struct {
    const char* what;
    Purge purge;
    bool names;
  } kCases[] = {
      {"the URL", Purge::of_url(kUrl, false), true},
      {"another URL", Purge::of_url(kUrl + 1, false), false},
      {"the host", Purge::of_host(kHost, false), true},
      {"another host", Purge::of_host(kHost + 1, false), false},
      {"a URL with the host's hash", Purge::of_url(kHost, false), false},
      {"the first tag", Purge::of_tag(kTags[0], false), true},
      {"the second tag", Purge::of_tag(kTags[1], false), true},
      {"another tag", Purge::of_tag(subject_hash("green"), false), false},
      {"its folder", Purge::of_prefix(0, "/a/", false), true},
      {"the empty prefix", Purge::of_prefix(0, "", false), true},
      {"the whole path", Purge::of_prefix(0, "/a/b.css", false), true},
      {"a longer path", Purge::of_prefix(0, "/a/b.css/", false), false},
      {"another folder", Purge::of_prefix(0, "/b/", false), false},
      {"its folder on its host", Purge::of_prefix(kHost, "/a", false), true},
      {"its folder on another host", Purge::of_prefix(kHost + 1, "/a", false), false},
      {"everything", Purge::of_everything(false), true},
  };
  for (const auto& one : kCases) {
    for (bool soft : {false, true}) {
      Book book;
      const std::uint64_t since = book.sequence();
      Purge purge = one.purge;
      purge.soft = soft;
      EXPECT_EQ(book.purge(purge), 1U);
      const Book::Judgement judged = book.judge(kSubjects, since);
      EXPECT_EQ(judged.verdict, !one.names ? Verdict::kValid : soft ? Verdict::kStale : Verdict::kGone) << one.what;
      EXPECT_EQ(judged.sequence, 1U);
      EXPECT_EQ(book.judge(kSubjects, book.sequence()).verdict, Verdict::kValid) << one.what << ", fetched after it";
    }
  }
}

TEST(Book, a_purge_during_a_fetch_wins) {
  Book book;
  book.purge(Purge::of_host(1, false));
  const std::uint64_t fetch_began = book.sequence();
  book.purge(Purge::of_url(kUrl, false));
  EXPECT_EQ(book.judge(kSubjects, fetch_began).verdict, Verdict::kGone);
}

TEST(Book, hard_stays_hard_when_soft_follows) {
  Book book;
  book.purge(Purge::of_url(kUrl, false));
  book.purge(Purge::of_url(kUrl, true));
  EXPECT_EQ(book.judge(kSubjects, 0).verdict, Verdict::kGone);
  EXPECT_EQ(book.judge(kSubjects, 1).verdict, Verdict::kStale);
  EXPECT_EQ(book.judge(kSubjects, 2).verdict, Verdict::kValid);
  EXPECT_EQ(book.subjects(), 1U);
}

TEST(Book, at_its_bound_the_older_half_widens) {
  constexpr std::size_t kMost = 100;
  Book book({.subjects = kMost, .prefixes = 4});
  for (std::uint64_t i = 1; i <= kMost; ++i) book.purge(Purge::of_url(1000 + i, i == 1));
  EXPECT_EQ(book.subjects(), kMost);
  EXPECT_EQ(book.widenings(), 0U);
  const Subjects never_named{5, 6, {}, "/"};
  EXPECT_EQ(book.judge(never_named, 0).verdict, Verdict::kValid);
  book.purge(Purge::of_url(1000 + kMost, false));  // known: no room is needed
  EXPECT_EQ(book.widenings(), 0U);

  book.purge(Purge::of_url(5000, false));
  EXPECT_EQ(book.widenings(), 1U);
  EXPECT_EQ(book.subjects(), kMost / 2 + 1);
  // Half of the subjects are forgotten, the youngest of them being number 50: what was fetched before is purged.
  EXPECT_EQ(book.judge(never_named, 49).verdict, Verdict::kGone);
  EXPECT_EQ(book.judge(never_named, 50).verdict, Verdict::kValid);
  EXPECT_EQ(book.judge({1000 + 60, 6, {}, "/"}, 59).verdict, Verdict::kGone);
  EXPECT_EQ(book.judge({1000 + 60, 6, {}, "/"}, 60).verdict, Verdict::kValid);
  EXPECT_EQ(book.judge({5000, 6, {}, "/"}, kMost).verdict, Verdict::kGone);
}

TEST(Book, soft_purges_widen_to_soft_ones) {
  Book book({.subjects = 10, .prefixes = 4});
  for (std::uint64_t i = 1; i <= 11; ++i) book.purge(Purge::of_url(1000 + i, true));
  EXPECT_EQ(book.judge({5, 6, {}, "/"}, 0).verdict, Verdict::kStale);
}

TEST(Book, prefixes_have_a_bound_of_their_own) {
  Book book({.subjects = 10, .prefixes = 4});
  for (char c = 'a'; c < 'e'; ++c) book.purge(Purge::of_prefix(0, std::string("/") + c, false));
  EXPECT_EQ(book.prefixes(), 4U);
  EXPECT_EQ(book.judge({5, 6, {}, "/z"}, 0).verdict, Verdict::kValid);
  book.purge(Purge::of_prefix(0, "/e", false));
  EXPECT_EQ(book.prefixes(), 3U);
  EXPECT_EQ(book.judge({5, 6, {}, "/z"}, 1).verdict, Verdict::kGone);
  EXPECT_EQ(book.judge({5, 6, {}, "/z"}, 2).verdict, Verdict::kValid);
  EXPECT_EQ(book.judge({5, 6, {}, "/e/f"}, 4).verdict, Verdict::kGone);
}

TEST(Book, purging_everything_makes_room) {
  Book book({.subjects = 10, .prefixes = 4});
  for (std::uint64_t i = 1; i <= 10; ++i) book.purge(Purge::of_url(1000 + i, false));
  book.purge(Purge::of_everything(false));
  book.purge(Purge::of_url(5000, false));
  EXPECT_EQ(book.widenings(), 0U);
  EXPECT_EQ(book.subjects(), 1U);
  EXPECT_EQ(book.judge({5, 6, {}, "/"}, 11).verdict, Verdict::kValid);
}

/// Random purges beside a list of all of them: a small book may purge more than the list says, never less, and a large
/// one says the same.
TEST(Book, never_purges_less_than_a_list_of_all_would) {
  const std::uint64_t seed = base::entropy_seed();
  SCOPED_TRACE(seed);
  base::Random random(seed);
  Book small({.subjects = 40, .prefixes = 6});
  Book large;
  std::vector<Purge> list;
  const std::string paths[] = {"/", "/a", "/a/b", "/b/c/d"};
  std::size_t purged_more = 0;
  for (int step = 0; step < 20'000; ++step) {
    const bool soft = random.below(2) == 0;
    if (random.below(20) == 0) {
      Purge purge = Purge::of_url(1 + random.below(60), soft);
      const std::uint32_t kind = random.below(50);
      if (kind < 10) purge = Purge::of_host(1 + random.below(8), soft);
      if (kind >= 10 && kind < 20) purge = Purge::of_tag(1 + random.below(30), soft);
      if (kind >= 20 && kind < 25) purge = Purge::of_prefix(random.below(3), paths[random.below(4)], soft);
      if (kind == 25) purge = Purge::of_everything(soft);
      purge.sequence = large.purge(purge);
      ASSERT_EQ(small.purge(purge), purge.sequence);
      list.push_back(purge);
    }
    const std::vector<std::uint64_t> tags = {1 + random.below(40), 1 + random.below(40)};
    const std::string path = paths[random.below(4)] + "x";
    const Subjects subjects{1 + random.below(80), 1 + random.below(10), tags, path};
    const std::uint64_t since = large.sequence() - std::min<std::uint64_t>(large.sequence(), random.below(60));
    Verdict expected = Verdict::kValid;
    for (const Purge& purge : list) {
      if (purge.sequence <= since) continue;
      bool names = purge.kind == Kind::kEverything;
      if (purge.kind == Kind::kUrl) names = purge.subject == subjects.url;
      if (purge.kind == Kind::kHost) names = purge.subject == subjects.host;
      if (purge.kind == Kind::kTag) names = purge.subject == tags[0] || purge.subject == tags[1];
      if (purge.kind == Kind::kPrefix) {
        names = (purge.host == 0 || purge.host == subjects.host) && purge.prefix_bytes <= path.size() &&
                subject_hash(std::string_view(path).substr(0, purge.prefix_bytes)) == purge.subject;
      }
      if (names) expected = std::max(expected, purge.soft ? Verdict::kStale : Verdict::kGone);
    }
    ASSERT_EQ(large.judge(subjects, since).verdict, expected);
    ASSERT_GE(small.judge(subjects, since).verdict, expected);
    purged_more += small.judge(subjects, since).verdict > expected;
  }
  EXPECT_GT(small.widenings(), 10U);
  EXPECT_GT(purged_more, 0U);
}

TEST(Book, restored_from_all_that_it_knows_it_judges_alike) {
  Book book({.subjects = 40, .prefixes = 6});
  base::Random random(7);
  for (int i = 0; i < 300; ++i) {
    const bool soft = random.below(2) == 0;
    switch (random.below(3)) {
      case 0:
        book.purge(Purge::of_url(1 + random.below(60), soft));
        break;
      case 1:
        book.purge(Purge::of_tag(1 + random.below(60), soft));
        break;
      default:
        book.purge(Purge::of_prefix(random.below(2), std::string(1 + random.below(9), '/'), soft));
    }
  }
  Book again({.subjects = 40, .prefixes = 6});
  for (const Purge& purge : book.all()) again.restore(purge);
  EXPECT_EQ(again.sequence(), book.sequence());
  for (std::uint64_t since = 0; since <= book.sequence(); ++since) {
    const Subjects subjects{1 + random.below(60), 1, {}, "////x"};
    EXPECT_EQ(again.judge(subjects, since).verdict, book.judge(subjects, since).verdict);
  }
}

}  // namespace
}  // namespace headgate::proxy::cache::purge
