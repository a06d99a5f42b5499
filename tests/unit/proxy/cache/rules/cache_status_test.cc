#include "proxy/cache/rules/cache_status.h"

#include <gtest/gtest.h>

#include <array>

#include "wire/structured/structured.h"

namespace headgate::proxy::cache::rules {
namespace {

using namespace std::chrono_literals;

std::string text_of(const CacheStatus& status, std::size_t room = 512) {
  std::string memory(room, '\0');
  return std::string(write_cache_status(status, memory));
}

TEST(CacheStatus, Hits) {  // RFC 9211 section 2
  CacheStatus status;
  status.hit = true;
  status.ttl = 30s;
  EXPECT_EQ(text_of(status), "headgate; hit; ttl=30");
  status.ttl = -5s;
  status.detail = word_of(Reason::kStaleWhileRevalidate);
  status.cache = "edge cache";
  EXPECT_EQ(text_of(status), "\"edge cache\"; hit; ttl=-5; detail=stale-while-revalidate");
  CacheStatus refused;
  refused.detail = word_of(Reason::kOnlyIfCached);
  EXPECT_EQ(text_of(refused), "headgate; detail=only-if-cached");
}

TEST(CacheStatus, Forwarded) {  // section 2.2 to 2.6
  CacheStatus status;
  status.forwarded = Forwarded::kStale;
  status.forward_status = 304;
  status.ttl = 60s;
  status.stored = true;
  status.collapsed = true;
  status.key = "https://example.com/\"a\"\nheader x:\xc3\xbc";
  EXPECT_EQ(text_of(status),
            "headgate; fwd=stale; fwd-status=304; ttl=60; stored; collapsed; "
            "key=\"https://example.com/\\\"a\\\"%0Aheader x:%C3%BC\"");
}

TEST(CacheStatus, WhatDoesNotFit) {
  CacheStatus status;
  status.forwarded = Forwarded::kUriMiss;
  status.stored = true;
  const std::string long_key(1000, 'k');
  status.key = long_key;
  EXPECT_EQ(text_of(status, kCacheStatusBytes), "headgate; fwd=uri-miss; stored");
  EXPECT_EQ(text_of(status, 3), "");
  for (std::size_t room = 8; room < 200; ++room) {
    EXPECT_TRUE(wire::structured::parse_item(text_of(status, room)).has_value()) << room;
  }
}

TEST(CacheStatus, EverythingButTheKeyFits) {
  CacheStatus status;
  status.forwarded = Forwarded::kVaryMiss;
  status.forward_status = 65535;
  status.ttl = -2147483648s;
  status.stored = status.collapsed = true;
  for (int i = 0; i < static_cast<int>(Reason::kCount); ++i) {
    status.detail = word_of(static_cast<Reason>(i));
    EXPECT_EQ(text_of(status, kCacheStatusBytes), text_of(status, 1024));
  }
}

// The commonest one has a way of its own, where there is room for everything.
TEST(CacheStatus, AFreshHitIsWrittenAsAllOthers) {
  CacheStatus status;
  status.hit = true;
  for (const Reason reason : {Reason::kFresh, Reason::kMaxStale}) {
    status.detail = word_of(reason);
    for (const auto ttl : {0s, 1s, 9s, 10s, 59s, 60s, 999'999'999s, 1'000'000'000s, 2147483648s, 999'999'999'999'999s,
                           1'000'000'000'000'000s, -1s, -2147483648s}) {
      status.ttl = ttl;
      EXPECT_EQ(text_of(status, kCacheStatusBytes), text_of(status, kCacheStatusBytes - 1)) << ttl.count();
    }
  }
  status.detail = word_of(Reason::kFresh);
  status.ttl = 12s;
  EXPECT_EQ(text_of(status, kCacheStatusBytes), "headgate; hit; ttl=12; detail=fresh");
  status.cache = "edge";
  EXPECT_EQ(text_of(status, kCacheStatusBytes), "edge; hit; ttl=12; detail=fresh");
}

TEST(CacheStatus, AFreshHitHasItsLines) {
  CacheStatus status;
  status.hit = true;
  status.detail = word_of(Reason::kFresh);
  for (const auto seconds : {0s, 7s, 99s, 100s, 9'999s, 86'400s, 999'999s, 1'000'000s, 2147483648s}) {
    std::array<char, kFreshHitBytes> room{};
    status.ttl = seconds;
    const char* const end = write_fresh_hit(seconds / 2, seconds, room.data());
    ASSERT_LE(end, room.data() + room.size());
    EXPECT_EQ(std::string(static_cast<const char*>(room.data()), end),
              "Age: " + std::to_string((seconds / 2).count()) + "\r\nCache-Status: " + text_of(status) + "\r\n");
  }
  std::array<char, kFreshHitBytes> room{};
  EXPECT_LE(write_fresh_hit(std::chrono::seconds::max(), std::chrono::seconds::max(), room.data()),
            room.data() + room.size());
}

TEST(CacheStatus, WhyForwarded) {
  const auto of = [](Verdict verdict, Reason reason) {
    return to_string(forwarded_for(Reuse{verdict, reason, {}, {}}));
  };
  EXPECT_EQ(of(Verdict::kFresh, Reason::kFresh), "");
  EXPECT_EQ(of(Verdict::kStaleWhileRevalidate, Reason::kStaleWhileRevalidate), "");
  EXPECT_EQ(of(Verdict::kOnlyIfCached, Reason::kOnlyIfCached), "");
  EXPECT_EQ(of(Verdict::kMiss, Reason::kNotThere), "uri-miss");
  EXPECT_EQ(of(Verdict::kRevalidate, Reason::kStale), "stale");
  EXPECT_EQ(of(Verdict::kRevalidate, Reason::kNoCache), "stale");
  EXPECT_EQ(of(Verdict::kRevalidate, Reason::kRequestNoCache), "request");
  EXPECT_EQ(of(Verdict::kRevalidate, Reason::kRequestMaxAge), "request");
  EXPECT_EQ(of(Verdict::kRevalidate, Reason::kRequestMinFresh), "request");
  EXPECT_EQ(to_string(forwarded_for(Reason::kMethod)), "method");
  EXPECT_EQ(to_string(forwarded_for(Reason::kRequestBody)), "bypass");
  EXPECT_EQ(to_string(Forwarded::kVaryMiss), "vary-miss");
  EXPECT_EQ(to_string(Forwarded::kPartial), "partial");
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
