#include "proxy/message/semantics/byte_ranges.h"

#include <gtest/gtest.h>

#include <string>

#include "base/random.h"

namespace headgate::proxy::message::semantics {
namespace {

std::string answer_of(std::string_view value, std::uint64_t size) {
  const ByteRanges out = ByteRanges::parse(value, size);
  if (out.answer() == ByteRanges::Answer::kWhole) return "whole";
  if (out.answer() == ByteRanges::Answer::kUnsatisfiable) return "unsatisfiable";
  std::string text;
  for (const ByteRange& range : out.ranges()) {
    text += (text.empty() ? "" : ",") + std::to_string(range.first) + "-" + std::to_string(range.last);
  }
  return text;
}

TEST(ByteRanges, Table) {
  struct Case {
    const char* value;
    std::uint64_t size;
    const char* expected;
  };
  const Case cases[] = {
      {"bytes=0-0", 100, "0-0"},
      {"bytes=0-", 100, "0-99"},
      {"Bytes=10-19", 100, "10-19"},
      {"bytes=10-1000", 100, "10-99"},
      {"bytes=99-", 100, "99-99"},
      {"bytes=100-", 100, "unsatisfiable"},
      {"bytes=100-200", 100, "unsatisfiable"},
      {"bytes=-1", 100, "99-99"},
      {"bytes=-100", 100, "0-99"},
      {"bytes=-1000", 100, "0-99"},
      {"bytes=-0", 100, "unsatisfiable"},
      {"bytes=0-", 0, "unsatisfiable"},
      {"bytes=-5", 0, "unsatisfiable"},
      {"bytes=0-99999999999999999999999", 100, "0-99"},
      {"bytes=99999999999999999999999-", 100, "unsatisfiable"},
      {"bytes=-99999999999999999999999", 100, "0-99"},
      {"bytes=0-1,4-5", 100, "0-1,4-5"},
      {"bytes=4-5,0-1", 100, "4-5,0-1"},
      {"bytes= 0-1 ,\t4-5 ,,", 100, "0-1,4-5"},
      {"bytes=0-1,2-3", 100, "0-3"},
      {"bytes=0-1,3-4,1-3", 100, "0-4"},
      {"bytes=50-60,0-1,55-70,100-200", 100, "50-70,0-1"},
      {"bytes=0-5,200-300", 100, "0-5"},
      {"bytes=0-0,2-2,4-4,0-9", 100, "0-9"},
      {"bytes=8-9,0-1,4-5,0-6", 100, "8-9,0-6"},
      {"bytes=5-4", 100, "whole"},
      {"bytes=", 100, "whole"},
      {"bytes=,", 100, "whole"},
      {"bytes=-", 100, "whole"},
      {"bytes=a-b", 100, "whole"},
      {"bytes=1", 100, "whole"},
      {"bytes=1-2-3", 100, "whole"},
      {"bytes=+1-2", 100, "whole"},
      {"bytes=--1", 100, "whole"},
      {"bytes=0-1,x", 100, "whole"},
      {"bytes =0-1", 100, "whole"},
      {"bytes=0 -1", 100, "whole"},
      {"lines=0-1", 100, "whole"},
      {"bytes", 100, "whole"},
      {"", 100, "whole"},
  };
  for (const Case& c : cases) EXPECT_EQ(answer_of(c.value, c.size), c.expected) << c.value;
}

TEST(ByteRanges, AtMostAsManyAsTheBound) {
  std::string value = "bytes=";
  for (std::size_t i = 0; i < ByteRanges::kMax; ++i)
    value += (i == 0 ? "" : ",") + std::to_string(i * 2) + "-" + std::to_string(i * 2);
  const ByteRanges most = ByteRanges::parse(value, 1000);
  EXPECT_EQ(most.ranges().size(), ByteRanges::kMax);
  EXPECT_EQ(answer_of(value + ",0-0", 1000), "whole");  // one more, even where it would be joined
  EXPECT_EQ(answer_of(value + ",2000-", 1000), "whole");
}

TEST(ByteRanges, NoByteTwiceAndNoneForgotten) {
  const std::uint64_t seed = base::entropy_seed();
  base::Random random(seed);
  for (int round = 0; round < 3000; ++round) {
    std::string value = "bytes=";
    bool wanted[40] = {};
    const std::uint32_t count = 1 + random.below(10);
    for (std::uint32_t i = 0; i < count; ++i) {
      const std::uint32_t first = random.below(40);
      const std::uint32_t last = first + random.below(6);
      value += (i == 0 ? "" : ",") + std::to_string(first) + "-" + std::to_string(last);
      for (std::uint32_t at = first; at <= last && at < 40; ++at) wanted[at] = true;
    }
    int sent[40] = {};
    const ByteRanges parsed = ByteRanges::parse(value, 40);
    for (const ByteRange& range : parsed.ranges()) {
      ASSERT_LE(range.last, 39u);
      for (std::uint64_t at = range.first; at <= range.last; ++at) ++sent[at];
    }
    for (int at = 0; at < 40; ++at)
      ASSERT_EQ(sent[at], wanted[at] ? 1 : 0) << value << " at " << at << ", seed " << seed;
  }
}

}  // namespace
}  // namespace headgate::proxy::message::semantics
