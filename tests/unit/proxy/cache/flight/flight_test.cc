#include "proxy/cache/flight/flight.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/unit/net/run_task.h"

namespace headgate::proxy::cache::flight {
namespace {

using std::chrono::seconds;

/// Mail of two workers of which this thread plays both.
struct Mail {
  std::vector<std::pair<std::size_t, std::function<void()>>> letters;
  Post post = [this](std::size_t worker, std::function<void()> mail) { letters.emplace_back(worker, std::move(mail)); };
  void deliver() {
    for (auto& [worker, mail] : std::exchange(letters, {})) mail();
  }
};

TEST(Flight, a_gate_opens_for_who_armed_it) {
  net::Loop loop;
  Mail mail;
  const auto flight = std::make_shared<Flight>(2, 0, mail.post);
  Wait idle(flight, 0, loop);
  flight->wake();
  EXPECT_FALSE(idle.gate().is_open()) << "nobody of this worker wants to know";
  Wait armed(flight, 0, loop);
  armed.arm();
  EXPECT_EQ(flight->state(), State::kAsking);
  flight->become(State::kStored);
  EXPECT_TRUE(armed.gate().is_open());
  EXPECT_EQ(flight->state(), State::kStored);
  EXPECT_TRUE(mail.letters.empty());
}

TEST(Flight, another_workers_gates_are_opened_by_mail) {
  net::Loop loop;
  Mail mail;
  const auto flight = std::make_shared<Flight>(2, 0, mail.post);
  Wait first(flight, 1, loop);
  Wait second(flight, 1, loop);
  first.arm();
  second.arm();
  flight->wake();
  flight->wake();
  ASSERT_EQ(mail.letters.size(), 1U) << "one letter for all of a worker, and for all that happens before it is read";
  EXPECT_EQ(mail.letters[0].first, 1U);
  EXPECT_FALSE(first.gate().is_open());
  mail.deliver();
  EXPECT_TRUE(first.gate().is_open() && second.gate().is_open());
}

TEST(Flight, a_letter_may_come_when_all_have_left) {
  net::Loop loop;
  Mail mail;
  auto flight = std::make_shared<Flight>(2, 0, mail.post);
  {
    Wait gone(flight, 1, loop);
    gone.arm();
  }
  flight->become(State::kFailed);
  flight.reset();
  ASSERT_EQ(mail.letters.size(), 1U);
  mail.deliver();
}

net::Task<bool> wait_for_state(std::shared_ptr<Flight> flight, net::Loop& loop, base::Duration length) {
  Wait wait(flight, 0, loop);
  const base::Time deadline = loop.now() + length;
  while (true) {
    wait.arm();
    if (flight->state() != State::kAsking) co_return true;
    const bool woken = co_await wait.gate().wait(deadline);
    if (!woken) co_return false;
  }
}

TEST(Flight, waiting_ends_with_news_or_with_its_time) {
  net::Loop loop;
  Mail mail;
  const auto flight = std::make_shared<Flight>(1, 0, mail.post);
  EXPECT_FALSE(net::testing::run_task(loop, wait_for_state(flight, loop, std::chrono::milliseconds(2))));
  loop.post([&] { flight->wake(); });  // for nothing
  loop.post([&] { flight->become(State::kPassed); });
  EXPECT_TRUE(net::testing::run_task(loop, wait_for_state(flight, loop, seconds(30))));
  EXPECT_TRUE(net::testing::run_task(loop, wait_for_state(flight, loop, seconds(0)))) << "it is so already";
}

TEST(Flight, readers_tell_a_writer_that_waits_once) {
  net::Loop loop;
  Mail mail;
  const auto flight = std::make_shared<Flight>(2, 1, mail.post);
  net::Gate writer(loop);
  flight->set_writer(&writer);
  flight->read_on();
  EXPECT_TRUE(mail.letters.empty()) << "it does not wait";
  flight->wait_for_readers();
  flight->read_on();
  flight->read_on();
  ASSERT_EQ(mail.letters.size(), 1U);
  EXPECT_EQ(mail.letters[0].first, 1U);
  mail.deliver();
  EXPECT_TRUE(writer.is_open());

  flight->wait_for_readers();
  flight->read_on();
  flight->set_writer(nullptr);
  mail.deliver();  // it waits no more
}

}  // namespace
}  // namespace headgate::proxy::cache::flight
