// The adaptive limit against a simulated pool: a server that does so many requests at once, in virtual time, with a
// seed. Figures of these runs are in docs/decisions/0029-protecting-pools.md.
#include "proxy/balance/limit/gradient.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <deque>
#include <functional>
#include <queue>
#include <vector>

#include "base/random.h"
#include "proxy/balance/limit/adaptive_limit.h"

namespace headgate::proxy::balance::limit {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kSeed = 7;

/// Requests come faster than the server can do them; those beyond the limit are turned away. What the server cannot
/// begin at once waits in it.
class Simulation {
 public:
  enum class Work : std::uint8_t { kEqual, kExponential, kLogNormal };

  explicit Simulation(const config::Adaptive& settings = {}) : limit_(settings, base::Time{}) {}

  std::uint32_t capacity = 64;
  double service_s = 0.02;
  double arrivals_per_s = 6400;  // twice what it can do
  Work work = Work::kExponential;

  void run(double seconds) {
    if (events_.empty()) push(now_s_ + exponential(1 / arrivals_per_s), {}, true);
    const double until = now_s_ + seconds;
    latencies_.clear();
    done_ = 0;
    while (events_.top().at_s < until) {
      const Event event = events_.top();
      events_.pop();
      now_s_ = event.at_s;
      event.is_arrival ? arrive() : finish(event);
    }
    now_s_ = until;
    throughput_ = static_cast<double>(done_) / seconds;
  }

  std::uint32_t limit() const { return limit_.limit(); }
  double throughput() const { return throughput_; }
  double latency_ms(double part) {
    std::sort(latencies_.begin(), latencies_.end());
    return latencies_[static_cast<std::size_t>(part * static_cast<double>(latencies_.size() - 1))] * 1000;
  }
  void report(const char* what) {
    std::printf("%-34s limit %4u, %5.0f/s, p50 %5.1f ms, p99 %5.1f ms\n", what, limit(), throughput_, latency_ms(0.5),
                latency_ms(0.99));
  }

 private:
  struct Event {
    double at_s;
    double sent_s;
    bool is_arrival;
    bool operator>(const Event& other) const { return at_s > other.at_s; }
  };
  base::Time time() const { return base::Time(std::chrono::duration_cast<base::Duration>(as_duration(now_s_))); }
  static std::chrono::duration<double> as_duration(double seconds) { return std::chrono::duration<double>(seconds); }
  double uniform() { return (static_cast<double>(random_.next() >> 11) + 1) / 9007199254740993.0; }
  double exponential(double mean) { return -mean * std::log(uniform()); }
  double work_s() {
    if (work == Work::kEqual) return service_s;
    if (work == Work::kExponential) return exponential(service_s);
    const double normal = std::sqrt(-2 * std::log(uniform())) * std::cos(2 * 3.14159265358979 * uniform());
    return service_s * std::exp(normal - 0.5);
  }
  void push(double at_s, double sent_s, bool is_arrival) { events_.push({at_s, sent_s, is_arrival}); }
  void arrive() {
    push(now_s_ + exponential(1 / arrivals_per_s), {}, true);
    if (under_way_ >= limit_.limit()) return;
    limit_.note_under_way(++under_way_);
    if (busy_ < capacity) {
      begin(now_s_);
    } else {
      waiting_.push_back(now_s_);
    }
  }
  void begin(double sent_s) {
    ++busy_;
    push(now_s_ + work_s(), sent_s, false);
  }
  void finish(const Event& event) {
    --busy_;
    --under_way_;
    ++done_;
    latencies_.push_back(now_s_ - event.sent_s);
    limit_.note_latency(std::chrono::duration_cast<base::Duration>(as_duration(now_s_ - event.sent_s)), time());
    while (busy_ < capacity && !waiting_.empty()) {
      begin(waiting_.front());
      waiting_.pop_front();
    }
  }

  AdaptiveLimit limit_;
  base::Random random_{kSeed};
  double now_s_ = 0;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::deque<double> waiting_;
  std::uint32_t busy_ = 0;
  std::uint32_t under_way_ = 0;
  std::uint64_t done_ = 0;
  double throughput_ = 0;
  std::vector<double> latencies_;
};

TEST(AdaptiveLimit, SettlesNearWhatTheServerDoesAtOnce) {
  using Work = Simulation::Work;
  for (const Work work : {Work::kEqual, Work::kExponential, Work::kLogNormal}) {
    Simulation pool;
    pool.work = work;
    pool.run(5);  // to settle
    pool.run(50);
    pool.report(work == Work::kEqual ? "64 at once, equal work" : "64 at once, work by chance");
    EXPECT_GE(pool.limit(), 50u);
    EXPECT_LE(pool.limit(), 128u) << "latency is at most twice that of an idle server";
    EXPECT_GE(pool.throughput(), 0.96 * 64 / 0.02) << "and nothing is lost for it";
  }
}

TEST(AdaptiveLimit, IsThereAfterTwoSeconds) {
  Simulation pool;
  pool.run(2);
  pool.report("the first 2 s");
  EXPECT_GE(pool.throughput(), 0.85 * 64 / 0.02);
}

TEST(AdaptiveLimit, FollowsACapacityThatIsHalved) {
  Simulation pool;
  pool.run(20);
  pool.capacity = 32;
  pool.run(3);
  pool.run(20);
  pool.report("32 at once, of 64 before");
  EXPECT_LE(pool.limit(), 64u);
  EXPECT_GE(pool.throughput(), 0.95 * 32 / 0.02);
  pool.capacity = 64;
  pool.run(10);
  pool.run(10);
  pool.report("64 again");
  EXPECT_GE(pool.throughput(), 0.95 * 64 / 0.02);
}

TEST(AdaptiveLimit, IsNotTakenInByWorkThatTakesLonger) {
  Simulation pool;
  pool.run(20);
  pool.service_s = 0.04;
  pool.run(5);
  pool.report("work of 40 ms, of 20 before: 5 s");
  pool.run(20);
  pool.report("the same, later");
  EXPECT_GE(pool.limit(), 48u) << "the server does as much at once as before";
  EXPECT_GE(pool.throughput(), 0.9 * 64 / 0.04);
}

TEST(AdaptiveLimit, SmallServersAndLargeOnes) {
  Simulation small;
  small.capacity = 4;
  small.arrivals_per_s = 400;
  small.run(60);
  small.report("4 at once");
  EXPECT_LE(small.limit(), 32u);
  EXPECT_GE(small.throughput(), 0.93 * 4 / 0.02);
  Simulation large;
  large.capacity = 400;
  large.arrivals_per_s = 40'000;
  large.run(5);
  large.run(10);
  large.report("400 at once");
  EXPECT_LE(large.limit(), 800u);
  EXPECT_GE(large.throughput(), 0.95 * 400 / 0.02);
}

TEST(AdaptiveLimit, KeepsWithinItsBounds) {
  Simulation low(config::Adaptive{.min = 3, .max = 10});
  low.run(5);
  EXPECT_EQ(low.limit(), 10u);
  Simulation high(config::Adaptive{.min = 200, .max = 1000});
  high.run(10);
  EXPECT_GE(high.limit(), 200u);
}

Gradient::Window window(base::Duration latency, std::uint32_t most) {
  return {latency, most};
}

TEST(Gradient, DoesNotGrowWhileItIsNotUsed) {
  Gradient gradient({});
  EXPECT_EQ(gradient.limit(), Gradient::kFirstLimit);
  base::Time now{};
  for (int i = 0; i < 100; ++i) gradient.observe(window(10ms, 9), now += 100ms);
  EXPECT_EQ(gradient.limit(), 20u);
  gradient.observe(window(10ms, 10), now += 100ms);
  EXPECT_EQ(gradient.limit(), 30u);
}

TEST(Gradient, WithinTheToleranceNothingIsTakenAway) {
  Gradient gradient({});
  base::Time now{};
  gradient.observe(window(10ms, 20), now += 100ms);
  for (int i = 0; i < 50; ++i) gradient.observe(window(15ms, 1), now += 100ms);
  EXPECT_EQ(gradient.limit(), 30u);
  for (int i = 0; i < 5; ++i) gradient.observe(window(30ms, 30), now += 100ms);
  EXPECT_LT(gradient.limit(), 30u);
  EXPECT_EQ(gradient.lowest(), 10ms);
}

TEST(Gradient, TriesHalfOfIt) {
  Gradient gradient({.min = 4, .max = 100, .window = 1s});
  base::Time now{};
  gradient.observe(window(10ms, 1), now += 100ms);
  for (int i = 0; i < 10; ++i) gradient.observe(window(12ms, 20), now += 100ms);
  ASSERT_FALSE(gradient.is_on_trial());
  const std::uint32_t before = gradient.limit();
  gradient.observe(window(12ms, before), now += 100ms);
  ASSERT_TRUE(gradient.is_on_trial());
  EXPECT_EQ(gradient.limit(), before / 2);
  gradient.observe(window(12ms, before), now += 100ms);
  gradient.observe(window(11ms, before / 2), now += 100ms);
  EXPECT_TRUE(gradient.is_on_trial());
  gradient.observe(window(8ms, before / 2), now += 100ms);
  EXPECT_FALSE(gradient.is_on_trial());
  EXPECT_EQ(gradient.limit(), before);
  EXPECT_EQ(gradient.lowest(), 8ms);
}

TEST(Gradient, TakesWhatAnIdlePoolTakesWithoutATrial) {
  Gradient gradient({.min = 4, .max = 100, .window = 1s});
  base::Time now{};
  gradient.observe(window(10ms, 1), now += 100ms);
  for (int i = 0; i < 30; ++i) gradient.observe(window(12ms, 1), now += 100ms);
  EXPECT_FALSE(gradient.is_on_trial());
  EXPECT_GT(gradient.lowest(), 11ms);
}

TEST(AdaptiveLimit, AWindowNeedsAnswersAndTime) {
  base::Time now{};
  AdaptiveLimit limit({}, now);
  limit.note_under_way(20);
  for (std::uint32_t i = 0; i < 2 * AdaptiveLimit::kAnswers; ++i) EXPECT_FALSE(limit.note_latency(10ms, now + 99ms));
  EXPECT_EQ(limit.latency(), base::Duration(0));
  EXPECT_TRUE(limit.note_latency(10ms, now + 100ms)) << "the limit has grown";
  EXPECT_EQ(limit.limit(), 30u);
  EXPECT_NEAR(static_cast<double>(limit.latency().count()), 10e6, 0.7e6);
  now += 100ms;
  for (std::uint32_t i = 1; i < AdaptiveLimit::kFewAnswers; ++i) limit.note_latency(1s, now + 1s);
  EXPECT_LT(limit.latency(), 11ms);
  limit.note_latency(1s, now + 1s);
  EXPECT_GT(limit.latency(), 400ms) << "few will do after a second";
}

}  // namespace
}  // namespace headgate::proxy::balance::limit
