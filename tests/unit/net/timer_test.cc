#include "net/timer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "base/random.h"

namespace headgate::net {
namespace {

using namespace std::chrono_literals;

const base::Time kStart{1000s};

/// A timer that counts.
struct Counted {
  explicit Counted(TimerWheel& wheel) : timer(wheel, [](void* self) { ++static_cast<Counted*>(self)->fired; }, this) {}
  int fired = 0;
  Timer timer;
};

TEST(TimerWheel, FiresAtItsTimeAndNotBefore) {
  for (const base::Duration delay : {1ns, 999'999ns, 1'000'000ns, 1'000'001ns}) {
    TimerWheel wheel(kStart);
    Counted one(wheel);
    one.timer.set(kStart + delay);
    wheel.advance(kStart + delay - 1ns);
    EXPECT_EQ(one.fired, 0) << delay.count();
    wheel.advance(kStart + delay + 1ms - 1ns);
    EXPECT_EQ(one.fired, 1) << delay.count();
    EXPECT_FALSE(one.timer.is_set());
    wheel.advance(kStart + 1h);
    EXPECT_EQ(one.fired, 1);
  }
}

TEST(TimerWheel, SlotBoundaries) {
  // One tick before, at and after each width of slot and turn of wheel, from origins before, at and after them too.
  std::vector<std::int64_t> edges;
  for (int bits = 6; bits <= 30; bits += 6) {
    for (const std::int64_t beside : {-1, 0, 1}) edges.push_back((std::int64_t{1} << bits) + beside);
  }
  edges.insert(edges.end(), {0, 1, 2, 100'000, (std::int64_t{63} << 24) + 12345});
  for (const std::int64_t from : edges) {
    TimerWheel wheel(kStart);
    const base::Time begin = kStart + from * 1ms;
    wheel.advance(begin);
    std::vector<std::unique_ptr<Counted>> all;
    for (const std::int64_t to : edges) {
      all.push_back(std::make_unique<Counted>(wheel));
      all.back()->timer.set(begin + to * 1ms);
    }
    std::vector<std::int64_t> in_order = edges;
    std::sort(in_order.begin(), in_order.end());
    for (const std::int64_t stop : in_order) {
      for (const bool before : {true, false}) {
        const base::Time now = begin + stop * 1ms - (before ? 1ns : 0ns);
        if (stop == 0 && before) continue;
        wheel.advance(now);
        for (std::size_t i = 0; i < edges.size(); ++i) {
          const bool due = edges[i] * 1ms <= now - begin;
          if (due && edges[i] == 0 && now - begin < 1ms) continue;  // set for a tick that has passed: one tick late
          ASSERT_EQ(all[i]->fired, due ? 1 : 0) << "from " << from << ", timer " << edges[i] << ", at " << stop;
        }
      }
    }
  }
}

TEST(TimerWheel, WhatIsOverdueFiresAtTheNextTick) {
  TimerWheel wheel(kStart);
  wheel.advance(kStart + 10s);
  Counted one(wheel);
  one.timer.set(kStart);
  wheel.advance(kStart + 10s);
  EXPECT_EQ(one.fired, 0);
  EXPECT_EQ(wheel.next_expiry(), kStart + 10001ms);
  wheel.advance(kStart + 10001ms);
  EXPECT_EQ(one.fired, 1);
}

TEST(TimerWheel, ReachesBeyondItsHorizon) {
  TimerWheel wheel(kStart);
  const base::Duration horizon = (std::int64_t{1} << 30) * 1ms;  // 12.4 days
  Counted at(wheel);
  Counted year(wheel);
  Counted far(wheel);
  at.timer.set(kStart + horizon);
  year.timer.set(kStart + 24h * 365);
  far.timer.set(base::kNever - 1ns);
  EXPECT_TRUE(far.timer.is_set());
  wheel.advance(kStart + horizon - 1ns);
  EXPECT_EQ(at.fired, 0);
  wheel.advance(kStart + horizon);
  EXPECT_EQ(at.fired, 1);
  wheel.advance(kStart + 24h * 365 - 1ns);
  EXPECT_EQ(year.fired, 0);
  wheel.advance(kStart + 24h * 365);
  EXPECT_EQ(year.fired, 1);
  EXPECT_EQ(far.fired, 0);
}

TEST(TimerWheel, LaterIsLazyAndEarlierIsNot) {
  TimerWheel wheel(kStart);
  Counted one(wheel);
  one.timer.set(kStart + 1s);
  EXPECT_TRUE(wheel.take_changed());
  for (int i = 1; i <= 100; ++i) one.timer.set(kStart + 1s + i * 1s);
  EXPECT_FALSE(wheel.take_changed());  // it stayed where it was
  wheel.advance(kStart + 100s);
  EXPECT_EQ(one.fired, 0);
  one.timer.set(kStart + 100s + 500ms);
  wheel.advance(kStart + 100s + 500ms);
  EXPECT_EQ(one.fired, 1);
}

TEST(TimerWheel, ClearedAndSetAgain) {
  TimerWheel wheel(kStart);
  Counted one(wheel);
  one.timer.set(kStart + 1s);
  one.timer.clear();
  EXPECT_FALSE(one.timer.is_set());
  wheel.advance(kStart + 2s);
  EXPECT_EQ(one.fired, 0);
  EXPECT_EQ(wheel.next_expiry(), base::kNever);
  one.timer.set(kStart + 3s);
  one.timer.clear();
  one.timer.set(kStart + 4s);
  wheel.advance(kStart + 4s);
  EXPECT_EQ(one.fired, 1);
}

TEST(TimerWheel, NextExpiryIsNeverLate) {
  TimerWheel wheel(kStart);
  EXPECT_EQ(wheel.next_expiry(), base::kNever);
  Counted one(wheel);
  for (const base::Duration delay :
       {base::Duration(5ms), base::Duration(70ms), base::Duration(5s), base::Duration(26h)}) {
    one.timer.set(kStart + delay);
    EXPECT_LE(wheel.next_expiry(), kStart + delay);
    EXPECT_GT(wheel.next_expiry(), kStart);
    one.timer.clear();
    wheel.advance(kStart);
  }
}

/// Sets itself again from its own callback, so many times.
struct Repeating {
  Repeating(TimerWheel& timers, base::Duration every) : wheel(timers), interval(every), timer(timers, &fire, this) {}
  static void fire(void* self) {
    auto& me = *static_cast<Repeating*>(self);
    ++me.fired;
    me.next += me.interval;
    if (me.fired < 100) me.timer.set(me.next);
  }
  TimerWheel& wheel;
  base::Duration interval;
  base::Time next = kStart;
  int fired = 0;
  Timer timer;
};

TEST(TimerWheel, SetAgainFromItsCallback) {
  TimerWheel wheel(kStart);
  Repeating each(wheel, 10ms);
  each.timer.set(kStart + 10ms);
  each.next = kStart + 10ms;
  wheel.advance(kStart + 500ms);
  EXPECT_EQ(each.fired, 50);
  Repeating at_once(wheel, 0ms);  // each time for now: once a tick, never twice in one
  at_once.timer.set(kStart);
  wheel.advance(kStart + 510ms);
  EXPECT_EQ(at_once.fired, 10);
}

/// Destroys timers that are due in the same slot, itself among them.
struct Destroyer {
  std::vector<std::unique_ptr<Timer>> timers;
  int fired = 0;
};

TEST(TimerWheel, DestroyedFromACallback) {
  TimerWheel wheel(kStart);
  Destroyer all;
  for (int i = 0; i < 10; ++i) {
    all.timers.push_back(std::make_unique<Timer>(
        wheel,
        [](void* self) {
          ++static_cast<Destroyer*>(self)->fired;
          static_cast<Destroyer*>(self)->timers.clear();
        },
        &all));
    all.timers.back()->set(kStart + 10ms);
  }
  wheel.advance(kStart + 20ms);
  EXPECT_EQ(all.fired, 1);
  EXPECT_EQ(wheel.next_expiry(), base::kNever);
}

/// The wheel beside a map that is obviously right, over random operations. The map is ordered by the latest tick at
/// which a timer may fire: the first that is not before its time, but none that has passed when it is set.
class Randomized {
 public:
  explicit Randomized(std::uint64_t seed) : random_(seed), now_(kStart), wheel_(kStart) {
    for (int i = 0; i < 40; ++i) timers_.push_back(std::make_unique<One>(*this));
  }

  void step() {
    std::unique_ptr<One>& one = timers_[random_.below(static_cast<std::uint32_t>(timers_.size()))];
    switch (random_.below(6)) {
      case 0:
      case 1:
      case 2:
        one->set(random_.below(10) == 0 ? now_ - random_span() : now_ + random_span());
        break;
      case 3:
        one->clear();
        break;
      case 4:
        one->clear();
        one = std::make_unique<One>(*this);
        break;
      default:
        advance();
        break;
    }
  }

 private:
  struct One;
  using Expected = std::multimap<base::Time, One*>;

  struct One {
    explicit One(Randomized& all)
        : owner(all),
          timer(
              all.wheel_, [](void* self) { static_cast<One*>(self)->fire(); }, this),
          at(all.expected_.end()) {}
    void set(base::Time for_when) {
      clear();
      when = for_when;
      timer.set(when);
      at = owner.expected_.emplace(std::max(up_to_tick(when), down_to_tick(owner.now_) + 1ms), this);
    }
    void clear() {
      timer.clear();
      if (at != owner.expected_.end()) owner.expected_.erase(std::exchange(at, owner.expected_.end()));
    }
    void fire() {
      ASSERT_NE(at, owner.expected_.end()) << "fired without being set";
      EXPECT_LE(when, owner.now_) << "fired early";
      owner.expected_.erase(std::exchange(at, owner.expected_.end()));
      if (owner.random_.below(4) == 0) set(owner.now_ + owner.random_span() - owner.random_span());
    }
    Randomized& owner;
    base::Time when;
    Timer timer;
    Expected::iterator at;
  };

  static base::Time down_to_tick(base::Time when) {
    return kStart + std::chrono::floor<std::chrono::milliseconds>(when - kStart);
  }
  static base::Time up_to_tick(base::Time when) {
    return kStart + std::chrono::ceil<std::chrono::milliseconds>(when - kStart);
  }

  base::Duration random_span() {
    const std::uint32_t bits = random_.below(52);  // up to 52 days in nanoseconds, each magnitude as likely
    return base::Duration(static_cast<std::int64_t>(random_.next() & ((std::uint64_t{1} << bits) - 1)));
  }

  void advance() {
    const base::Time next = wheel_.next_expiry();
    if (!expected_.empty()) {
      EXPECT_LE(next, expected_.begin()->first);
    }
    if (random_.below(2) == 0 && next != base::kNever) {
      now_ = std::max(now_, next);
    } else {
      now_ += random_span();
    }
    wheel_.advance(now_);
    if (!expected_.empty()) {
      EXPECT_GT(expected_.begin()->first, now_) << "fired late, or not at all";
    }
  }

  base::Random random_;
  base::Time now_;
  TimerWheel wheel_;
  Expected expected_;
  std::vector<std::unique_ptr<One>> timers_;
};

TEST(TimerWheel, DoesAsAMapDoes) {
  const std::uint64_t first_seed = base::entropy_seed();
  for (std::uint64_t i = 0; i < 200; ++i) {
    SCOPED_TRACE(::testing::Message() << "seed " << first_seed + i);
    Randomized run(first_seed + i);
    for (int step = 0; step < 500; ++step) run.step();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace headgate::net
