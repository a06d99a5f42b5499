#include "net/loop.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

using namespace std::chrono_literals;

TEST(Loop, StopBeforeRunReturnsAtOnceAndCounts) {
  Loop loop;
  loop.stop();
  loop.run();
  bool ran = false;
  loop.post([&] {
    ran = true;
    loop.stop();
  });
  loop.run();  // runs again after it was stopped
  EXPECT_TRUE(ran);
}

TEST(Loop, NowIsFreshOutsideAndOneForATurnInside) {
  Loop loop;
  std::this_thread::sleep_for(5ms);
  EXPECT_GE(loop.now(), base::now() - 2ms);
  const base::Time before = loop.now();
  std::this_thread::sleep_for(2ms);
  EXPECT_GT(loop.now(), before);
  base::Time first;
  base::Time second;
  base::Time begun;
  begun = base::now();
  loop.post([&] {
    first = loop.now();
    std::this_thread::sleep_for(2ms);
    second = loop.now();
    loop.stop();
  });
  loop.run();
  EXPECT_GE(first, begun);
  EXPECT_EQ(first, second);
}

TEST(Loop, MailKeepsItsOrderAndMayPostMore) {
  Loop loop;
  std::string order;
  loop.post([&] {
    order += 'a';
    loop.post([&] {
      order += 'c';
      loop.stop();
    });
  });
  loop.post([&] { order += 'b'; });
  loop.run();
  EXPECT_EQ(order, "abc");
}

struct Hooked {
  Hooked(Loop& on, std::string& text, char name)
      : loop(on), order(text), letter(name), hook([](void* self) { static_cast<Hooked*>(self)->run(); }, this) {}
  void run() {
    order += letter;
    if (again-- > 0) loop.wake_soon(hook);
  }
  Loop& loop;
  std::string& order;
  char letter;
  int again = 0;
  ReadyHook hook;
};

TEST(Loop, ReadyHooksRunOnceATurn) {
  Loop loop;
  std::string order;
  Hooked a(loop, order, 'a');
  Hooked b(loop, order, 'b');
  a.again = 2;
  auto gone = std::make_unique<Hooked>(loop, order, 'x');
  loop.wake_soon(a.hook);
  loop.wake_soon(a.hook);
  loop.wake_soon(gone->hook);
  loop.wake_soon(b.hook);
  gone.reset();
  testing::run_for(loop, 2ms);
  EXPECT_EQ(order, "abaa");
}

TEST(Loop, ABusyReadyQueueDoesNotStarveTimers) {
  Loop loop;
  std::string order;
  Hooked a(loop, order, 'a');
  a.again = 1'000'000'000;
  loop.wake_soon(a.hook);
  testing::run_for(loop, 10ms);
  EXPECT_GT(order.size(), 1u);
}

TEST(Loop, TimersFireWhileNothingElseHappens) {
  Loop loop;
  std::vector<int> order;
  struct Note {
    std::vector<int>& order;
    int number;
  };
  std::vector<Note> notes = {{order, 0}, {order, 1}, {order, 2}};
  std::vector<std::unique_ptr<Timer>> timers;
  for (Note& note : notes) {
    timers.push_back(std::make_unique<Timer>(
        loop.timers(), [](void* n) { static_cast<Note*>(n)->order.push_back(static_cast<Note*>(n)->number); }, &note));
  }
  const base::Time begun = base::now();
  timers[0]->set(begun + 30ms);
  timers[1]->set(begun + 10ms);
  timers[2]->set(begun + 20ms);
  Timer end(loop.timers(), [](void* l) { static_cast<Loop*>(l)->stop(); }, &loop);
  end.set(begun + 50ms);
  loop.run();
  EXPECT_EQ(order, (std::vector<int>{1, 2, 0}));
  EXPECT_GE(base::now(), begun + 50ms);
  EXPECT_LT(base::now(), begun + 2s);
}

TEST(LoopThreads, MailFromManyThreadsArrivesInEachOnesOrder) {
  constexpr int kThreads = 3;
  constexpr int kEach = 5000;
  Loop loop;
  std::vector<std::vector<int>> got(kThreads);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&loop, &got, thread] {
      for (int i = 0; i < kEach; ++i)
        loop.post([&got, thread, i] { got[static_cast<std::size_t>(thread)].push_back(i); });
    });
  }
  EXPECT_TRUE(testing::run_until(loop, [&] {
    for (const std::vector<int>& each : got) {
      if (each.size() < kEach) return false;
    }
    return true;
  }));
  for (std::thread& thread : threads) thread.join();
  for (const std::vector<int>& each : got) {
    for (int i = 0; i < kEach; ++i) ASSERT_EQ(each[static_cast<std::size_t>(i)], i);
  }
}

TEST(LoopThreads, StoppedFromAnotherThread) {
  for (int i = 0; i < 50; ++i) {
    Loop loop;
    std::thread other([&loop] { loop.stop(); });
    loop.run();
    other.join();
  }
}

TEST(LoopThreads, MailThatNobodyReadsIsDropped) {
  const auto held = std::make_shared<int>(1);
  {
    Loop loop;
    std::thread other([&loop, held] {
      for (int i = 0; i < 100; ++i) loop.post([held] { FAIL(); });
    });
    other.join();
  }
  EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace headgate::net
