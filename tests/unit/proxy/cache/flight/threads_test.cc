#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "proxy/cache/flight/table.h"
#include "tests/unit/net/run_task.h"

namespace headgate::proxy::cache::flight {
namespace {

constexpr auto kLong = std::chrono::seconds(60);

/// A number that the leader counts up, never further than kAhead before the slowest of two readers.
struct Relay {
  static constexpr std::uint32_t kAhead = 3;
  static constexpr std::uint32_t kEnd = 3000;
  std::shared_ptr<Flight> flight;
  std::atomic<std::uint32_t> written{0};
  std::atomic<std::uint32_t> read[2] = {0, 0};
  std::atomic<bool> stalled{false};

  bool has_room() const { return written.load() < std::min(read[0].load(), read[1].load()) + kAhead; }
};

net::Task<void> write(Relay& relay, net::Loop& loop) {
  while (relay.written.load() < Relay::kEnd) {
    if (!relay.has_room()) {
      net::Gate gate(loop);
      relay.flight->set_writer(&gate);
      relay.flight->wait_for_readers();
      if (!relay.has_room()) {
        const bool woken = co_await gate.wait(loop.now() + kLong);
        if (!woken) relay.stalled = true;
      }
      relay.flight->set_writer(nullptr);
      if (relay.stalled) break;
      continue;
    }
    relay.written.fetch_add(1);
    relay.flight->wake();
  }
  relay.flight->become(State::kStored);
}

net::Task<void> read(Relay& relay, std::size_t worker, net::Loop& loop) {
  Wait wait(relay.flight, worker, loop);
  while (relay.read[worker].load() < Relay::kEnd && !relay.stalled) {
    wait.arm();
    if (relay.written.load() > relay.read[worker].load()) {
      relay.read[worker].fetch_add(1);
      relay.flight->read_on();
      continue;
    }
    const bool woken = co_await wait.gate().wait(loop.now() + kLong);
    if (!woken) relay.stalled = true;
  }
}

/// No wake is lost between two threads, whichever of the two is ahead.
TEST(FlightThreads, a_writer_and_readers_on_two_workers_never_stall) {
  net::Loop loops[2];
  const Post post = [&](std::size_t worker, std::function<void()> mail) { loops[worker].post(std::move(mail)); };
  Relay relay;
  relay.flight = std::make_shared<Flight>(2, 0, post);
  std::thread other([&] {
    net::TaskScope scope;
    scope.spawn(read(relay, 1, loops[1]));
    net::testing::run_until(loops[1], [&] { return scope.empty(); }, kLong);
  });
  {
    net::TaskScope scope;
    scope.spawn(read(relay, 0, loops[0]));
    scope.spawn(write(relay, loops[0]));
    net::testing::run_until(loops[0], [&] { return scope.empty(); }, kLong);
  }
  other.join();
  EXPECT_FALSE(relay.stalled);
  EXPECT_EQ(relay.read[0].load(), Relay::kEnd);
  EXPECT_EQ(relay.read[1].load(), Relay::kEnd);
}

/// Of those that ask at once on two workers exactly one leads, again and again.
TEST(FlightThreads, one_leads) {
  constexpr int kRounds = 2000;
  const Post nobody = [](std::size_t, const std::function<void()>&) {};
  Table table(2, nobody);
  std::atomic<int> leading{0};
  std::atomic<int> led{0};
  std::atomic<bool> wrong{false};
  const auto ask = [&](std::size_t worker) {
    for (int round = 0; round < kRounds; ++round) {
      const key::Hash hash{static_cast<std::uint64_t>(round % 3), 7};
      const Table::Joined joined = table.join(hash, worker);
      if (!joined.leads) continue;
      if (hash.low == 0 && leading.fetch_add(1) != 0) wrong = true;
      led.fetch_add(1);
      const int body = 0;
      table.grow(joined.flight, [&]() -> const void* { return &body; });
      if (table.growing(&body) != joined.flight) wrong = true;
      table.grown(&body);
      if (hash.low == 0) leading.fetch_sub(1);
      table.leave(hash, *joined.flight);
      joined.flight->become(State::kStored);
    }
  };
  std::thread other(ask, 1);
  ask(0);
  other.join();
  EXPECT_FALSE(wrong);
  EXPECT_GE(led.load(), kRounds);
}

}  // namespace
}  // namespace headgate::proxy::cache::flight
