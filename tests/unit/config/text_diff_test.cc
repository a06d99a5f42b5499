#include "config/difference/text_diff.h"

#include <gtest/gtest.h>

#include <sstream>
#include <vector>

#include "base/random.h"

namespace headgate::config::difference {
namespace {

std::string diff(std::string_view before, std::string_view after) {
  return unified_diff(before, after, "a", "b").value_or("too much");
}

std::string numbered(std::size_t lines) {
  std::string out;
  for (std::size_t i = 1; i <= lines; ++i) out += std::to_string(i) + "\n";
  return out;
}

/// What patch(1) makes of `before`; the hunks must fit exactly.
std::string patched(const std::string& before, const std::string& diff) {
  std::vector<std::string> lines;
  std::istringstream text(before);
  for (std::string line; std::getline(text, line);) lines.push_back(line + "\n");
  if (!before.empty() && before.back() != '\n') lines.back().pop_back();
  std::string out;
  std::size_t next = 0;
  std::istringstream script(diff);
  std::string line;
  char last_mark = ' ';
  for (int i = 0; i < 2; ++i) std::getline(script, line);
  while (std::getline(script, line)) {
    if (line.starts_with("@@")) {
      std::size_t first = 0;
      std::size_t count = 1;
      const int fields = std::sscanf(line.c_str(), "@@ -%zu,%zu", &first, &count);
      if (fields < 2) count = 1;
      const std::size_t begin = count == 0 ? first : first - 1;
      EXPECT_GE(begin, next);
      while (next < begin) out += lines[next++];
      continue;
    }
    if (line.starts_with("\\")) {
      if (last_mark != '-') out.pop_back();
      continue;
    }
    last_mark = line[0];
    const std::string content = line.substr(1) + "\n";
    if (last_mark != '+') {
      EXPECT_LT(next, lines.size());
      if (next < lines.size())
        EXPECT_EQ(lines[next].substr(0, content.size() - 1), content.substr(0, content.size() - 1));
      ++next;
    }
    if (last_mark != '-') out += content;
  }
  while (next < lines.size()) out += lines[next++];
  return out;
}

TEST(UnifiedDiff, OfTextsThatAreEqualIsEmpty) {
  EXPECT_EQ(diff("", ""), "");
  EXPECT_EQ(diff("a\nb\n", "a\nb\n"), "");
}

TEST(UnifiedDiff, LooksLikeThatOfDiff) {
  EXPECT_EQ(diff("a\nb\nc\n", "a\nx\nc\n"), "--- a\n+++ b\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n");
  EXPECT_EQ(diff("", "a\n"), "--- a\n+++ b\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(diff("a\n", ""), "--- a\n+++ b\n@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(diff("a\n", "a"), "--- a\n+++ b\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file\n");
}

TEST(UnifiedDiff, HasThreeLinesAroundEachChangeAndJoinsWhatIsNear) {
  std::string after = numbered(30);
  after.replace(after.find("\n10\n"), 4, "\nten\n");
  EXPECT_EQ(diff(numbered(30), after), "--- a\n+++ b\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n");
  std::string near = after;
  near.replace(near.find("\n17\n"), 4, "\nseventeen\n");
  EXPECT_EQ(
      diff(numbered(30), near),
      "--- a\n+++ b\n@@ -7,14 +7,14 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n 14\n 15\n 16\n-17\n+seventeen\n 18\n"
      " 19\n 20\n");
  std::string far = after;
  far.replace(far.find("\n18\n"), 4, "\neighteen\n");
  EXPECT_EQ(diff(numbered(30), far),
            "--- a\n+++ b\n@@ -7,7 +7,7 @@\n 7\n 8\n 9\n-10\n+ten\n 11\n 12\n 13\n"
            "@@ -15,7 +15,7 @@\n 15\n 16\n 17\n-18\n+eighteen\n 19\n 20\n 21\n");
}

TEST(UnifiedDiff, TurnsOneTextIntoTheOther) {
  const std::uint64_t first_seed = base::entropy_seed();
  for (std::uint64_t i = 0; i < 400; ++i) {
    SCOPED_TRACE(::testing::Message() << "seed " << first_seed + i);
    base::Random random(first_seed + i);
    const auto text = [&random] {
      std::string out;
      const std::uint32_t lines = random.below(40);
      for (std::uint32_t line = 0; line < lines; ++line)
        out += std::string(1, static_cast<char>('a' + random.below(4))) + "\n";
      if (!out.empty() && random.below(4) == 0) out.pop_back();
      return out;
    };
    const std::string before = text();
    const std::string after = text();
    if (before == after) continue;
    ASSERT_EQ(patched(before, diff(before, after)), after) << before << "---\n" << after;
  }
}

TEST(UnifiedDiff, IsAsShortAsCanBe) {
  const std::string script = diff("a\nb\nc\na\nb\nb\na\n", "c\nb\na\nb\na\nc\n");  // Myers' own example: 5
  std::size_t changes = 0;
  std::istringstream lines(script.substr(script.find("@@")));
  for (std::string line; std::getline(lines, line);) changes += line[0] == '+' || line[0] == '-';
  EXPECT_EQ(changes, 5u);
}

TEST(UnifiedDiff, HoldsItsBounds) {
  std::string before;
  std::string after;
  for (std::size_t i = 0; i < kDiffDifferencesMax; ++i) {
    before += "same\n";
    after += "same\n" + std::to_string(i) + "\n";
  }
  EXPECT_NE(diff(before, after), "too much");
  EXPECT_EQ(diff(before, after + "one more\n"), "too much");
  EXPECT_NE(diff(numbered(kDiffLinesMax), "x\n" + numbered(kDiffLinesMax)), "too much") << "the rest is the same";
  const std::string many = "x\n" + numbered(kDiffLinesMax - 2) + "y\n";
  const std::string others = "v\n" + numbered(kDiffLinesMax - 2) + "w\n";
  EXPECT_NE(diff(many, others), "too much");
  EXPECT_EQ(diff("x\n" + many, "v\n" + others), "too much");
  EXPECT_NE(diff(std::string(kDiffBytesMax, 'x'), "y"), "too much");
  EXPECT_EQ(diff(std::string(kDiffBytesMax + 1, 'x'), "y"), "too much");
}

}  // namespace
}  // namespace headgate::config::difference
