#include "proxy/access_log/ring.h"

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <string>
#include <thread>

#include "proxy/access_log/fields.h"
#include "tests/unit/proxy/access_log/entries.h"

namespace headgate::proxy::access_log {
namespace {

constexpr std::uint64_t kSeed = 1;

void expect_same(const Entry& got, const Entry& wanted) {
  for (const Field& field : kFields) {
    if (field.text != nullptr) EXPECT_EQ(got.*field.text, wanted.*field.text) << field.name;
    if (field.number != nullptr) EXPECT_EQ(got.*field.number, wanted.*field.number) << field.name;
  }
  EXPECT_EQ(got.arrived, wanted.arrived);
  EXPECT_EQ(got.client, wanted.client);
  EXPECT_EQ(got.status, wanted.status);
  EXPECT_EQ(got.retries, wanted.retries);
  EXPECT_EQ(got.hedges, wanted.hedges);
  EXPECT_EQ(got.connection_reused, wanted.connection_reused);
}

TEST(Ring, GivesBackWhatWasPushed) {
  Ring ring(kSeed);
  Entry got;
  EXPECT_FALSE(ring.front(got));
  ring.push(full_entry());
  ring.push(Entry{});
  ASSERT_TRUE(ring.front(got));
  expect_same(got, full_entry());
  EXPECT_EQ(got.cut, 0u);
  ring.pop();
  ASSERT_TRUE(ring.front(got));
  expect_same(got, Entry{});
  ring.pop();
  EXPECT_FALSE(ring.front(got));
  EXPECT_EQ(ring.pushed(), 2u);
  EXPECT_EQ(ring.dropped(), 0u);
}

TEST(Ring, TextsOfEveryLengthUpToTheirBound) {
  Ring ring(kSeed);
  for (std::size_t size = 0; size <= kTargetBytesMax; ++size) {
    std::string text(size, 'a');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i % 26);
    Entry entry;
    entry.path = text;
    ring.push(entry);
    Entry got;
    ASSERT_TRUE(ring.front(got));
    ASSERT_EQ(got.path, text);
    ASSERT_EQ(got.cut, 0u);
    ring.pop();
  }
}

TEST(Ring, CutsWhatIsLongerThanItsBound) {
  Ring ring(kSeed);
  for (std::size_t i = 0; i < kFields.size(); ++i) {
    const Field& field = kFields[i];
    if (field.kind != FieldKind::kText) continue;
    const std::string long_text(field.bytes_max + 1u, 'x');
    Entry entry;
    if (field.is_rare) entry.tls_version = "TLSv1.3";
    entry.*field.text = long_text;
    ring.push(entry);
    Entry got;
    ASSERT_TRUE(ring.front(got));
    EXPECT_EQ(got.*field.text, long_text.substr(1)) << field.name;
    EXPECT_EQ(got.cut, std::uint64_t{1} << i) << field.name;
    ring.pop();
  }
}

TEST(Ring, SaysWhetherEveryTextIsPlain) {
  Ring ring(kSeed);
  Entry got;
  ring.push(full_entry());
  ASSERT_TRUE(ring.front(got));
  EXPECT_TRUE(got.plain);
  ring.pop();
  for (const Field& field : kFields) {
    if (field.kind != FieldKind::kText) continue;
    Entry entry = full_entry();
    entry.*field.text = "\"";
    entry.plain = true;
    ring.push(entry);
    ASSERT_TRUE(ring.front(got));
    EXPECT_FALSE(got.plain) << field.name;
    ring.pop();
  }
}

TEST(Ring, KeepsOrderOverItsEndAndWithTheLongestEntries) {
  Ring ring(kSeed, -1, Ring::kBytesMin);
  const std::string long_text(kTargetBytesMax, 'x');
  std::uint64_t popped = 0;
  std::uint64_t pushed = 0;
  for (int round = 0; round < 2000; ++round) {
    for (int burst = 0; burst < round % 4; ++burst) {
      Entry entry;
      entry.total_us = pushed;
      for (const Field& field : kFields) {
        if (field.text != nullptr)
          entry.*field.text = std::string_view(long_text).substr(0, (pushed * 37) % (field.bytes_max + 1u));
      }
      const std::uint64_t dropped = ring.dropped();
      ring.push(entry);
      if (ring.dropped() == dropped) ++pushed;
    }
    Entry got;
    while (ring.front(got)) {
      ASSERT_EQ(got.total_us, popped);
      ASSERT_EQ(got.query.size(), (popped * 37) % (kTargetBytesMax + 1u));
      ++popped;
      ring.pop();
    }
  }
  EXPECT_EQ(popped, pushed);
  EXPECT_GT(popped, 2000u);
}

TEST(Ring, AFullRingDropsAndCountsAndGoesOn) {
  Ring ring(kSeed, -1, Ring::kBytesMin);
  std::uint64_t sent = 0;
  while (ring.dropped() == 0) {
    Entry entry;
    entry.total_us = sent++;
    ring.push(entry);
    ASSERT_LT(sent, Ring::kBytesMin);
  }
  EXPECT_EQ(ring.pushed(), sent - 1);
  EXPECT_GT(ring.pushed(), Ring::kBytesMin / 2 / sizeof(Entry));
  Entry got;
  for (std::uint64_t i = 0; i < sent - 1; ++i) {
    ASSERT_TRUE(ring.front(got));
    ASSERT_EQ(got.total_us, i);
    ring.pop();
  }
  EXPECT_FALSE(ring.front(got));
  ring.push(full_entry());
  ASSERT_TRUE(ring.front(got));
  EXPECT_EQ(got.path, full_entry().path);
}

TEST(Ring, WakesTheWriterOnceAtHalf) {
  const int wake_fd = ::eventfd(0, EFD_NONBLOCK);
  Ring ring(kSeed, wake_fd, Ring::kBytesMin);
  const auto wakes = [&] {
    std::uint64_t count = 0;
    return ::read(wake_fd, &count, sizeof count) == sizeof count ? count : 0;
  };
  ring.push(full_entry());
  Entry got;
  ASSERT_TRUE(ring.front(got));
  EXPECT_EQ(wakes(), 0u);
  while (ring.dropped() == 0) ring.push(full_entry());
  EXPECT_EQ(wakes(), 1u);

  ring.expect_wake();
  while (ring.front(got)) ring.pop();
  ring.push(full_entry());
  EXPECT_EQ(wakes(), 0u);
  while (ring.dropped() == 1) ring.push(full_entry());
  EXPECT_EQ(wakes(), 1u);
  ::close(wake_fd);
}

TEST(Ring, Samples) {
  Ring ring(kSeed);
  const auto wanted_of_10000 = [&](double share) {
    ring.set_sample(share);
    int wanted = 0;
    for (int i = 0; i < 10'000; ++i) wanted += ring.wants();
    return wanted;
  };
  EXPECT_EQ(wanted_of_10000(1), 10'000);
  EXPECT_EQ(wanted_of_10000(0), 0);
  EXPECT_NEAR(wanted_of_10000(0.1), 1000, 150);
  EXPECT_NEAR(wanted_of_10000(0.5), 5000, 300);
  EXPECT_EQ(wanted_of_10000(-1), 0);
  EXPECT_EQ(wanted_of_10000(2), 10'000);
}

TEST(Ring, TextsThatAreLongTogetherButNotAlone) {
  Ring ring(kSeed);
  const std::string text(kTextBytesMax, 'z');
  Entry entry;
  for (const Field& field : kFields) {
    if (field.text != nullptr) entry.*field.text = text;
  }
  ring.push(entry);
  Entry got;
  ASSERT_TRUE(ring.front(got));
  expect_same(got, entry);
  EXPECT_EQ(got.cut, 0u);
}

TEST(Ring, TwoThreads) {
  Ring ring(kSeed, -1, Ring::kBytesMin);
  constexpr std::uint64_t kEntries = 50'000;
  const std::string text(kTextBytesMax, 'y');
  std::thread worker([&] {
    for (std::uint64_t i = 0; i < kEntries;) {
      Entry entry;
      entry.total_us = i;
      entry.user_agent = std::string_view(text).substr(0, i % (kTextBytesMax + 1));
      const std::uint64_t dropped = ring.dropped();
      ring.push(entry);
      if (ring.dropped() == dropped) {
        ++i;
      } else {
        std::this_thread::yield();
      }
    }
  });
  Entry got;
  std::uint64_t next = 0;
  while (next < kEntries) {
    if (!ring.front(got)) {
      std::this_thread::yield();
      continue;
    }
    EXPECT_EQ(got.total_us, next);
    EXPECT_EQ(got.user_agent.size(), next % (kTextBytesMax + 1));
    ring.pop();
    ++next;
  }
  worker.join();
  EXPECT_FALSE(ring.front(got));
}

}  // namespace
}  // namespace headgate::proxy::access_log
