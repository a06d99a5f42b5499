#include "proxy/cache/rules/partial.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/rules/heads.h"

namespace headgate::proxy::cache::rules {
namespace {

using testing::Pair;
using wire::http::Method;

std::string text_of(const ByteRange& range) {
  return std::to_string(range.first) + "-" + std::to_string(range.last);
}
std::string text_of(const RangeAnswer& answer) {
  std::string out;
  switch (answer.kind) {
    case RangeAnswer::Kind::kWhole:
      return "whole";
    case RangeAnswer::Kind::kUnsatisfiable:
      return "unsatisfiable";
    case RangeAnswer::Kind::kPartial:
      for (const ByteRange& range : answer.ranges.ranges()) out += (out.empty() ? "" : ",") + text_of(range);
      return out;
    case RangeAnswer::Kind::kNotStored:
      return "fetch " + (answer.missing ? text_of(*answer.missing) : "all");
  }
  return out;
}

/// 10 bytes, of which those of `meta` are stored.
std::string answer(const Meta& meta, const char* range, Method method = Method::kGet, bool ignores_range = false) {
  Pair pair(*range == '\0' ? "" : std::string("Range: ") + range, 200, "");
  pair.request.method = method;
  return text_of(answer_range(pair.request, meta, 10, ignores_range));
}

Meta whole(std::uint16_t status = 200) {
  Meta meta;
  meta.status = status;
  return meta;
}
Meta part(std::uint64_t first, std::uint64_t last, int flags = Meta::kHasStrongEtag) {
  Meta meta = whole(206);
  meta.flags = static_cast<std::uint16_t>(Meta::kPartial | flags);
  meta.first_byte = first;
  meta.last_byte = last;
  meta.whole_bytes = 10;
  return meta;
}

TEST(RangeAnswers, FromTheWhole) {  // RFC 9110 section 14.2
  EXPECT_EQ(answer(whole(), ""), "whole");
  EXPECT_EQ(answer(whole(), "bytes=0-1"), "0-1");
  EXPECT_EQ(answer(whole(), "bytes=1-"), "1-9");
  EXPECT_EQ(answer(whole(), "bytes=-1"), "9-9");
  EXPECT_EQ(answer(whole(), "bytes=0-1,5-6"), "0-1,5-6");
  EXPECT_EQ(answer(whole(), "bytes=10-"), "unsatisfiable");
  EXPECT_EQ(answer(whole(), "items=0-1"), "whole");
  EXPECT_EQ(answer(whole(), "bytes=0-1", Method::kHead), "whole");
  EXPECT_EQ(answer(whole(), "bytes=0-1", Method::kGet, true), "whole");
  EXPECT_EQ(answer(whole(404), "bytes=0-1"), "whole");
}

TEST(RangeAnswers, FromAPart) {  // RFC 9111 section 3.3
  EXPECT_EQ(answer(part(4, 9), "bytes=4-9"), "4-9");
  EXPECT_EQ(answer(part(4, 9), "bytes=6-8"), "6-8");
  EXPECT_EQ(answer(part(4, 9), "bytes=6-"), "6-9");
  EXPECT_EQ(answer(part(4, 9), "bytes=-1"), "9-9");
  EXPECT_EQ(answer(part(4, 9), "bytes=4-5,8-9"), "4-5,8-9");
  EXPECT_EQ(answer(part(4, 9, 0), "bytes=6-8"), "6-8");
  EXPECT_EQ(answer(part(4, 9), "bytes=20-"), "unsatisfiable");
  EXPECT_EQ(answer(part(0, 4), ""), "fetch 5-9");
  EXPECT_EQ(answer(part(4, 9), ""), "fetch 0-3");
  EXPECT_EQ(answer(part(2, 4), ""), "fetch all");
  EXPECT_EQ(answer(part(0, 4, 0), ""), "fetch all");
  EXPECT_EQ(answer(part(0, 4, Meta::kHasEtag), ""), "fetch all");
  EXPECT_EQ(answer(part(0, 4), "bytes=2-6"), "fetch 5-6");
  EXPECT_EQ(answer(part(0, 4), "bytes=6-7"), "fetch 6-7");
  EXPECT_EQ(answer(part(2, 4), "bytes=1-6"), "fetch all");
  EXPECT_EQ(answer(part(0, 4), "bytes=0-1,8-9"), "fetch all");
  EXPECT_EQ(answer(part(0, 4), "bytes=0-1", Method::kGet, true), "fetch 5-9");
  EXPECT_EQ(answer(part(0, 4), "bytes=0-1", Method::kHead), "fetch 5-9");
}

TEST(Combining, RangesThatMeet) {  // section 3.4
  const auto both = [](ByteRange a, ByteRange b) {
    const std::optional<ByteRange> one = united(a, b);
    EXPECT_EQ(one, united(b, a));
    return one ? text_of(*one) : "apart";
  };
  EXPECT_EQ(both({0, 4}, {5, 9}), "0-9");
  EXPECT_EQ(both({0, 4}, {3, 9}), "0-9");
  EXPECT_EQ(both({0, 9}, {3, 4}), "0-9");
  EXPECT_EQ(both({0, 4}, {6, 9}), "apart");
  EXPECT_EQ(both({0, ~std::uint64_t{0}}, {5, 6}), "0-18446744073709551615");
}

TEST(Combining, OnlyOfOneRepresentation) {
  const auto can = [](const char* stored_fields, const char* part_fields) {
    const Pair stored("", 206, (std::string("Cache-Control: max-age=60\n") + stored_fields).c_str());
    const Pair more("", 206, (std::string("Cache-Control: max-age=60\n") + part_fields).c_str());
    return can_be_combined(stored.response.fields, judge_storing(stored.fetched(), {}).meta, more.response.fields,
                           judge_storing(more.fetched(), {}).meta);
  };
  EXPECT_TRUE(can("ETag: \"a\"\nContent-Range: bytes 0-4/10", "ETag: \"a\"\nContent-Range: bytes 5-9/10"));
  EXPECT_FALSE(can("ETag: \"a\"\nContent-Range: bytes 0-4/10", "ETag: \"b\"\nContent-Range: bytes 5-9/10"));
  EXPECT_FALSE(can("ETag: W/\"a\"\nContent-Range: bytes 0-4/10", "ETag: W/\"a\"\nContent-Range: bytes 5-9/10"));
  EXPECT_FALSE(can("ETag: \"a\"\nContent-Range: bytes 0-4/10", "ETag: \"a\"\nContent-Range: bytes 5-9/11"));
  EXPECT_FALSE(can("Content-Range: bytes 0-4/10", "Content-Range: bytes 5-9/10"));
  EXPECT_FALSE(can("ETag: \"a\"\nContent-Range: bytes 0-4/10", "ETag: \"a\"\nContent-Range: bytes 5-9/*"));
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
