#include "proxy/cache/stage/combining.h"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/proxy/cache/stage/routed.h"

namespace headgate::proxy::cache::stage {
namespace {

using rules::testing::Pair;
using testing::kThen;
using testing::Routed;

std::string part_fields(std::string_view range, std::string_view more = "ETag: \"v1\"") {
  return "Cache-Control: max-age=60\nContent-Range: bytes " + std::string(range) + "\n" + std::string(more);
}

/// A part of bytes 10 to 19 of 100 that is stored.
struct Stored : Routed {
  explicit Stored(std::string_view more = "ETag: \"v1\"") {
    EXPECT_TRUE(put(Pair("Range: bytes=10-19", 206, part_fields("10-19/100", more)), "0123456789"));
    part = find(Pair("", 200, "")).entry.again();
  }
  std::optional<Combination> with(const Pair& pair, std::uint64_t bytes_max = 1000) {
    const rules::Fetched fetched = pair.fetched();
    return combine(part, fetched, rules::judge_storing(fetched, cache.policy), cache.policy, bytes_max, arena);
  }
  std::optional<Combination> with(std::string_view range, std::string_view more = "ETag: \"v1\"",
                                  std::uint64_t bytes_max = 1000) {
    return with(pairs.emplace_back("", 206, part_fields(range, more)), bytes_max);
  }
  memory::Reference part;
  std::deque<Pair> pairs;  // what combinations have views of
};

std::string shape(const std::optional<Combination>& both) {
  if (!both) return "none";
  return std::to_string(both->head.status) + " " +
         std::string(both->head.fields.value_of(wire::http::FieldId::kContentRange)) + ", " +
         std::to_string(both->before.from) + "-" + std::to_string(both->before.to) + " +" +
         std::to_string(both->came.bytes()) + " " + std::to_string(both->after.from) + "-" +
         std::to_string(both->after.to) + " = " + std::to_string(both->bytes);
}

std::string_view value_of(const Combination& both, std::string_view name) {
  const wire::http::Field* const field = both.head.fields.find(name);
  return field == nullptr ? std::string_view() : field->value;
}

TEST(Combining, of_two_parts) {
  Stored stored;
  const std::pair<std::string_view, std::string_view> table[] = {
      {"20-29/100", "206 bytes 10-29/100, 0-10 +10 0-0 = 20"},  // after it
      {"0-9/100", "206 bytes 0-19/100, 0-0 +10 0-10 = 20"},     // before it
      {"15-29/100", "206 bytes 10-29/100, 0-5 +15 0-0 = 20"},   // over its end
      {"5-14/100", "206 bytes 5-19/100, 0-0 +10 5-10 = 15"},    // over its beginning
      {"5-29/100", "206 bytes 5-29/100, 0-0 +25 0-0 = 25"},     // around it
      {"12-14/100", "206 bytes 10-19/100, 0-2 +3 5-10 = 10"},   // inside
      {"10-19/100", "206 bytes 10-19/100, 0-0 +10 0-0 = 10"},   // the same
      {"0-99/100", "200 , 0-0 +100 0-0 = 100"},                 // all
      {"21-29/100", "none"},                                    // a hole of one byte
      {"0-8/100", "none"},
      {"20-29/101", "none"}};  // another whole
  for (const auto& [range, expected] : table) EXPECT_EQ(shape(stored.with(range)), expected) << range;
}

TEST(Combining, takes_the_same_strong_validator) {
  Stored stored;
  for (const std::string_view other : {"ETag: \"v2\"", "ETag: W/\"v1\"", "X: y"}) {
    EXPECT_FALSE(stored.with("20-29/100", other)) << other;
  }
  Stored weak("ETag: W/\"v1\"");
  EXPECT_FALSE(weak.with("20-29/100", "ETag: W/\"v1\""));
  Stored without("Last-Modified: Fri, 01 Jan 2021 00:00:00 GMT");
  EXPECT_FALSE(without.with("20-29/100", "Last-Modified: Fri, 01 Jan 2021 00:00:00 GMT"));
}

TEST(Combining, is_bounded) {
  Stored stored;
  EXPECT_TRUE(stored.with("20-29/100", "ETag: \"v1\"", 20));
  EXPECT_FALSE(stored.with("20-29/100", "ETag: \"v1\"", 19));
}

TEST(Combining, has_the_fields_of_both_and_the_freshness_of_the_new_one) {
  Stored stored("ETag: \"v1\"\nX-Old: 1\nX-Both: 1\nContent-MD5: x\nRepr-Digest: r");
  const auto both = stored.with("20-29/100", "ETag: \"v1\"\nX-Both: 2\nX-New: 2\nContent-Digest: y\nAge: 20");
  ASSERT_TRUE(both);
  EXPECT_EQ(value_of(*both, "X-Old"), "1");
  EXPECT_EQ(value_of(*both, "X-Both"), "2");
  EXPECT_EQ(value_of(*both, "X-New"), "2");
  EXPECT_EQ(value_of(*both, "Repr-Digest"), "r");
  EXPECT_EQ(both->head.fields.find("Content-MD5"), nullptr) << "of the bytes of one part";
  EXPECT_EQ(both->head.fields.find("Content-Digest"), nullptr);
  EXPECT_EQ(both->storing.meta.first_byte, 10U);
  EXPECT_EQ(both->storing.meta.last_byte, 29U);
  EXPECT_EQ(both->storing.meta.age(kThen).count(), 20);
}

TEST(Combining, is_not_stored_where_the_new_part_forbids_it) {
  Stored stored;
  const Pair pair("", 206, "Cache-Control: no-store\nContent-Range: bytes 20-29/100\nETag: \"v1\"");
  const rules::Fetched fetched = pair.fetched();
  rules::Storing storing = rules::judge_storing(fetched, stored.cache.policy);
  EXPECT_FALSE(combine(stored.part, fetched, storing, stored.cache.policy, 1000, stored.arena));
}

TEST(Combining, the_rest_that_a_request_wants) {
  Stored stored;
  const std::tuple<std::string_view, Rest::Kind, std::uint64_t, std::uint64_t> table[] = {
      {"Range: bytes=10-19", Rest::Kind::kNothing, 0, 0},
      {"Range: bytes=12-14", Rest::Kind::kNothing, 0, 0},
      {"Range: bytes=15-29", Rest::Kind::kPiece, 20, 29},
      {"Range: bytes=20-29", Rest::Kind::kPiece, 20, 29},
      {"Range: bytes=0-12", Rest::Kind::kPiece, 0, 9},
      {"Range: bytes=15-", Rest::Kind::kPiece, 20, 99},
      {"Range: bytes=21-29", Rest::Kind::kAsAsked, 0, 0},
      {"Range: bytes=0-29", Rest::Kind::kAsAsked, 0, 0},
      {"Range: bytes=12-13,25-26", Rest::Kind::kAsAsked, 0, 0},
      {"Range: bytes=200-", Rest::Kind::kNothing, 0, 0},  // 416, whatever is stored
      {"X: y", Rest::Kind::kAsAsked, 0, 0},               // the whole: there are two holes
      {"If-None-Match: \"v1\"", Rest::Kind::kNothing, 0, 0},
      {"Range: bytes=12-14\nIf-Range: \"v1\"", Rest::Kind::kNothing, 0, 0},
      {"Range: bytes=12-14\nIf-Range: \"v2\"", Rest::Kind::kAsAsked, 0, 0}};
  for (const auto& [fields, kind, first, last] : table) {
    const Pair pair(fields, 200, "");
    const Rest rest = rest_of(stored.part, pair.request, kThen);
    EXPECT_EQ(rest.kind, kind) << fields;
    EXPECT_EQ(rest.piece.first, first) << fields;
    EXPECT_EQ(rest.piece.last, last) << fields;
    if (kind == Rest::Kind::kPiece) EXPECT_EQ(rest.etag, "\"v1\"");
  }
}

}  // namespace
}  // namespace headgate::proxy::cache::stage
