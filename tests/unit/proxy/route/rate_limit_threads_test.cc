#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "base/random.h"
#include "proxy/route/rate_limit.h"

namespace headgate::proxy::route {
namespace {

using namespace std::chrono_literals;

constexpr int kThreads = 4;
const base::Time kStart = base::Time(1000s);

config::RateLimit limit_of(double per_second, std::uint32_t burst, std::uint32_t clients) {
  config::RateLimit out;
  out.per_second = per_second;
  out.burst = burst;
  out.clients = clients;
  return out;
}

template <class Work>
void in_threads(Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([i, &work] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

TEST(RateLimitThreads, OneClientIsAdmittedItsBurstToTheRequest) {
  for (int round = 0; round < 200; ++round) {
    RateLimiter limiter(limit_of(1, 50, 64), 1);
    limiter.admit(7, kStart);  // it has its place: only the bucket is raced for
    std::atomic<int> admitted = 1;
    in_threads([&](int) {
      for (int i = 0; i < 100; ++i) admitted += limiter.admit(7, kStart).allowed ? 1 : 0;
    });
    ASSERT_EQ(admitted, 50);
  }
}

TEST(RateLimitThreads, NewClientsGetAtMostAPlaceMorePerThread) {
  constexpr std::uint64_t kClients = 8;
  for (int round = 0; round < 200; ++round) {
    RateLimiter limiter(limit_of(1, 5, 64), 1);
    std::atomic<int> admitted[kClients] = {};
    in_threads([&](int) {
      for (std::uint64_t i = 0; i < kClients * 10; ++i) {
        const std::uint64_t client = i % kClients;
        admitted[client] += limiter.admit(client * 8 + 1, kStart).allowed ? 1 : 0;
      }
    });
    for (const std::atomic<int>& count : admitted) {
      ASSERT_GE(count, 5);
      ASSERT_LE(count, 5 + kThreads - 1);
    }
  }
}

TEST(RateLimitThreads, AnOverfullTableStaysWithinItsPlacesAndAnswersEveryone) {
  RateLimiter limiter(limit_of(1000, 2, 8), 1);
  std::atomic<int> answered = 0;
  in_threads([&](int thread) {
    base::Random random(static_cast<std::uint64_t>(thread));
    for (int i = 0; i < 20'000; ++i) {
      const RateVerdict verdict = limiter.admit(1 + random.below(64), kStart + 1us * i);
      ASSERT_TRUE(verdict.allowed || verdict.retry_after > 0ns);
      ++answered;
    }
  });
  EXPECT_EQ(answered, kThreads * 20'000);
}

}  // namespace
}  // namespace headgate::proxy::route
