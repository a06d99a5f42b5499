#include "proxy/route/rate_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

namespace headgate::proxy::route {
namespace {

using namespace std::chrono_literals;
using base::Time;

config::RateLimit limit_of(double per_second, std::uint32_t burst, std::uint32_t clients = 64) {
  config::RateLimit out;
  out.per_second = per_second;
  out.burst = burst;
  out.clients = clients;
  return out;
}

const Time kStart = Time(1000s);

TEST(RateLimit, BurstThenRateToTheNanosecond) {
  RateLimiter limiter(limit_of(10, 3), 1);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(limiter.admit(7, kStart).allowed) << i;
  const RateVerdict refused = limiter.admit(7, kStart);
  EXPECT_FALSE(refused.allowed);
  EXPECT_EQ(refused.retry_after, 100ms);
  EXPECT_FALSE(limiter.admit(7, kStart + 100ms - 1ns).allowed);
  EXPECT_EQ(limiter.admit(7, kStart + 100ms - 1ns).retry_after, 1ns);
  EXPECT_TRUE(limiter.admit(7, kStart + 100ms).allowed);
  EXPECT_FALSE(limiter.admit(7, kStart + 100ms).allowed);
}

TEST(RateLimit, RefusedRequestsCostNothingAndTheBucketFillsUpAgain) {
  RateLimiter limiter(limit_of(10, 3), 1);
  for (int i = 0; i < 100; ++i) limiter.admit(7, kStart);
  int admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += limiter.admit(7, kStart + 300ms).allowed ? 1 : 0;
  EXPECT_EQ(admitted, 3);
  admitted = 0;
  for (int i = 0; i < 100; ++i) admitted += limiter.admit(7, kStart + 1h).allowed ? 1 : 0;
  EXPECT_EQ(admitted, 3);  // never more than the burst, however long the pause
}

TEST(RateLimit, ABurstOfOneAndExtremes) {
  RateLimiter one(limit_of(1, 1), 1);
  EXPECT_TRUE(one.admit(7, kStart).allowed);
  EXPECT_EQ(one.admit(7, kStart).retry_after, 1s);
  RateLimiter none(limit_of(1, 0), 1);  // as a burst of 1
  EXPECT_TRUE(none.admit(7, kStart).allowed);
  EXPECT_FALSE(none.admit(7, kStart).allowed);
  RateLimiter slow(limit_of(1e-9, 4'000'000'000), 1);
  EXPECT_TRUE(slow.admit(7, kStart).allowed);
  EXPECT_TRUE(slow.admit(7, kStart).allowed);
  RateLimiter fast(limit_of(1e12, 2), 1);  // 1 ns between requests is the finest
  EXPECT_TRUE(fast.admit(7, kStart).allowed);
  EXPECT_TRUE(fast.admit(7, kStart).allowed);
  EXPECT_EQ(fast.admit(7, kStart).retry_after, 1ns);
}

TEST(RateLimit, WhatIsLeftIsWhatIsAdmitted) {
  for (const double rate : {1.0, 3.0, 10.0, 1000.0}) {
    RateLimiter limiter(limit_of(rate, 5), 1);
    Time now = kStart;
    for (int step = 0; step < 200; ++step) {
      now += std::chrono::milliseconds(step * 7 % 300);
      const RateLimiter::Allowance before = limiter.allowance(7, now);
      EXPECT_EQ(limiter.allowance(7, now).left, before.left) << "asking was charged";
      const int wanted = step % 4;
      for (int i = 0; i < wanted; ++i) {
        const RateVerdict verdict = limiter.admit(7, now);
        EXPECT_EQ(verdict.allowed, i < before.left) << rate << ' ' << step;
        if (i == 0) {
          EXPECT_EQ(verdict.retry_after, before.verdict.retry_after);
        }
      }
      const RateLimiter::Allowance after = limiter.allowance(7, now);
      EXPECT_EQ(after.left, std::max<std::int64_t>(before.left - wanted, 0)) << rate << ' ' << step;
      EXPECT_EQ(limiter.allowance(7, now + after.full_again).left, 5);
    }
  }
}

TEST(RateLimit, WhoIsNewHasTheWholeBurstAndTakesNobodysPlace) {
  RateLimiter limiter(limit_of(1, 5, 8), 1);
  for (std::uint64_t key = 8; key < 16; ++key) limiter.admit(key, kStart);
  for (std::uint64_t key = 100; key < 200; ++key) {
    const RateLimiter::Allowance found = limiter.allowance(key, kStart);
    EXPECT_FALSE(found.is_known);
    EXPECT_EQ(found.left, 5);
  }
  for (std::uint64_t key = 8; key < 16; ++key) EXPECT_TRUE(limiter.allowance(key, kStart).is_known);
}

TEST(RateLimit, ClientsAreApart) {
  RateLimiter limiter(limit_of(1, 1), 1);
  EXPECT_TRUE(limiter.admit(1, kStart).allowed);
  EXPECT_TRUE(limiter.admit(2, kStart).allowed);
  EXPECT_FALSE(limiter.admit(1, kStart).allowed);
  EXPECT_FALSE(limiter.admit(2, kStart).allowed);
}

TEST(RateLimit, TableSizes) {
  EXPECT_EQ(RateLimiter(limit_of(1, 1, 1), 1).clients_max(), 8u);
  EXPECT_EQ(RateLimiter(limit_of(1, 1, 8), 1).clients_max(), 8u);
  EXPECT_EQ(RateLimiter(limit_of(1, 1, 9), 1).clients_max(), 16u);
  EXPECT_EQ(RateLimiter(limit_of(1, 1, 65536), 1).clients_max(), 65536u);
}

TEST(RateLimit, AFullSetForgetsTheFullestBucketNotTheOffender) {
  RateLimiter limiter(limit_of(1, 10, 8), 1);
  for (int i = 0; i < 11; ++i) limiter.admit(100, kStart);  // the offender
  for (std::uint64_t key = 1; key <= 7; ++key) EXPECT_TRUE(limiter.admit(key, kStart + 1ms * key).allowed);
  for (std::uint64_t key = 1000; key < 2000; ++key) EXPECT_TRUE(limiter.admit(key, kStart + 1s).allowed);
  EXPECT_FALSE(limiter.admit(100, kStart + 500ms).allowed);
  EXPECT_TRUE(limiter.admit(100, kStart + 1s).allowed);
  EXPECT_FALSE(limiter.admit(100, kStart + 1s).allowed);
}

TEST(RateLimit, WhoTakesAPlaceFromADebtorDoesNotInheritTheDebt) {
  RateLimiter limiter(limit_of(1, 2, 8), 1);
  for (std::uint64_t key = 1; key <= 8; ++key) {
    for (int i = 0; i < 3; ++i) limiter.admit(key, kStart);  // all at the limit
  }
  EXPECT_TRUE(limiter.admit(9, kStart).allowed);
  EXPECT_TRUE(limiter.admit(9, kStart).allowed);
  EXPECT_FALSE(limiter.admit(9, kStart).allowed);
}

TEST(RateLimit, KeysOfClients) {
  const RateLimiter limiter(limit_of(1, 1), 99);
  const wire::http::Fields none;
  const auto key = [&](const char* address) { return limiter.key_of(*base::IpAddress::parse(address), none); };
  EXPECT_NE(key("10.0.0.1"), key("10.0.0.2"));
  EXPECT_EQ(key("2001:db8::1"), key("2001:db8::ffff:1:2:3"));
  EXPECT_NE(key("2001:db8::1"), key("2001:db8:0:1::1"));
  EXPECT_NE(key("0.0.0.0"), key("::"));
  const RateLimiter other(limit_of(1, 1), 100);
  EXPECT_NE(key("10.0.0.1"), other.key_of(*base::IpAddress::parse("10.0.0.1"), none));
}

TEST(RateLimit, KeysOfHeaders) {
  config::RateLimit settings = limit_of(1, 1);
  settings.by_header = "X-Api-Key";
  const RateLimiter limiter(settings, 99);
  const base::IpAddress a = *base::IpAddress::parse("10.0.0.1");
  const base::IpAddress b = *base::IpAddress::parse("10.0.0.2");
  wire::http::Fields none;
  wire::http::Fields one;
  one.add("x-api-key", "k1");
  wire::http::Fields two;
  two.add("x-api-key", "k2");
  EXPECT_EQ(limiter.key_of(a, one), limiter.key_of(b, one));
  EXPECT_NE(limiter.key_of(a, one), limiter.key_of(a, two));
  EXPECT_NE(limiter.key_of(a, none), limiter.key_of(b, none));
  settings.by_header = "Authorization";
  const RateLimiter known(settings, 99);
  wire::http::Fields authorized;
  authorized.add("authorization", "k1");
  EXPECT_EQ(known.key_of(a, authorized), known.key_of(b, authorized));
}

TEST(RateLimit, RetryAfterIsRoundedUp) {
  EXPECT_EQ(retry_after_seconds(0ns), 1);
  EXPECT_EQ(retry_after_seconds(1ns), 1);
  EXPECT_EQ(retry_after_seconds(1s), 1);
  EXPECT_EQ(retry_after_seconds(1s + 1ns), 2);
}

TEST(RateLimit, SettingsThatAReloadKeeps) {
  const RateLimiter limiter(limit_of(1, 2, 64), 1);
  EXPECT_TRUE(limiter.has_settings(limit_of(1, 2, 64)));
  EXPECT_FALSE(limiter.has_settings(limit_of(2, 2, 64)));
  EXPECT_FALSE(limiter.has_settings(limit_of(1, 3, 64)));
  EXPECT_FALSE(limiter.has_settings(limit_of(1, 2, 65)));
}

}  // namespace
}  // namespace headgate::proxy::route
