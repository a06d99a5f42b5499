#include "proxy/sticky/table/table.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/unit/proxy/sticky/table/noted.h"

namespace headgate::proxy::sticky::table {
namespace {

constexpr std::uint32_t kTtl = 800;

Key client_key(int number) {
  return key_of("client " + std::to_string(number));
}

TEST(SessionTable, RemembersUntilTheTtlIsOver) {
  Table table(100, kTtl);
  EXPECT_EQ(table.find(client_key(1), kNow), 0u);
  table.put(client_key(1), 42, kNow);
  EXPECT_EQ(table.find(client_key(1), kNow + kTtl - 1), 42u);
  EXPECT_EQ(table.find(client_key(1), kNow + 2 * kTtl - 2), 42u) << "each time it is seen the ttl begins anew";
  EXPECT_EQ(table.look(client_key(1), kNow + 3 * kTtl - 2), 0u);
  EXPECT_EQ(table.find(client_key(1), kNow + 3 * kTtl - 2), 0u);
  EXPECT_EQ(table.entries(), 0u);
}

TEST(SessionTable, LooksWithoutATrace) {
  Table table(100, kTtl);
  table.put(client_key(1), 42, kNow);
  EXPECT_EQ(table.look(client_key(1), kNow + kTtl - 1), 42u);
  EXPECT_EQ(table.find(client_key(1), kNow + kTtl), 0u);
}

TEST(SessionTable, TheLeastRecentlySeenGivesWay) {
  Table table(3, kTtl);
  for (int i = 1; i <= 3; ++i) table.put(client_key(i), 40 + static_cast<std::uint64_t>(i), kNow);
  EXPECT_EQ(table.find(client_key(1), kNow + 1), 41u);
  table.put(client_key(4), 44, kNow + 2);
  EXPECT_EQ(table.find(client_key(2), kNow + 2), 0u);
  for (const int i : {1, 3, 4})
    EXPECT_EQ(table.find(client_key(i), kNow + 2), 40u + static_cast<std::uint64_t>(i)) << i;
  EXPECT_EQ(table.entries(), 3u);
}

TEST(SessionTable, HoldsItsSizeAndNoMore) {
  for (const std::size_t size : {1u, 2u, 1023u, 1024u, 2048u, 5000u}) {
    Table table(size, kTtl);
    for (int i = 0; i < 20'000; ++i) table.put(client_key(i), 1 + static_cast<std::uint64_t>(i) % 7, kNow);
    EXPECT_EQ(table.entries(), size);
    std::size_t sum = 0;
    for (const auto& [backend, count] : table.entries_by_backend()) sum += count;
    EXPECT_EQ(sum, size);
  }
}

TEST(SessionTable, CountsByBackend) {
  Table table(100, kTtl);
  for (int i = 0; i < 10; ++i) table.put(client_key(i), i < 7 ? 42 : 43, kNow);
  table.put(client_key(0), 43, kNow);
  EXPECT_EQ(table.entries_by_backend(), (std::map<std::uint64_t, std::size_t>{{42, 6}, {43, 4}}));
}

TEST(SessionTable, TellsItsJournalWhatCannotBeKnownWithoutIt) {
  Table table(2, kTtl);
  Noted journal;
  table.set_journal(&journal);
  EXPECT_EQ(table.put(client_key(1), 42, kNow), 1u);
  EXPECT_EQ(table.put(client_key(1), 42, kNow + 1), 0u) << "nothing is new";
  EXPECT_EQ(table.put(client_key(1), 43, kNow + 2), 2u) << "another backend";
  table.find(client_key(1), kNow + 2 + kTtl / 8);
  EXPECT_EQ(journal.records.size(), 2u) << "that it was seen lags by an eighth of the ttl at most";
  table.find(client_key(1), kNow + 3 + kTtl / 8);
  ASSERT_EQ(journal.records.size(), 3u);
  EXPECT_EQ(journal.records[2].entry, (Entry{client_key(1), 43, kNow + 3 + kTtl / 8}));
  table.put(client_key(2), 44, kNow + kTtl);
  table.put(client_key(3), 45, kNow + kTtl);
  ASSERT_EQ(journal.records.size(), 6u);
  EXPECT_EQ(journal.records[4].change, Change::kRemove);
  EXPECT_EQ(journal.records[4].entry.key, client_key(1)) << "who gives way is told of before who comes";
  EXPECT_EQ(journal.records[5].entry, (Entry{client_key(3), 45, kNow + kTtl}));
  table.set_journal(nullptr);
  EXPECT_EQ(table.put(client_key(4), 46, kNow + kTtl), 0u);
}

TEST(SessionTable, TakesUpWhatAJournalHad) {
  Table table(2, kTtl);
  table.put(client_key(9), 49, kNow);
  table.restore({client_key(9), 41, kNow - 1}, kNow);
  EXPECT_EQ(table.look(client_key(9), kNow), 49u) << "what is newer stays";
  table.restore({client_key(1), 41, kNow - kTtl - kTtl / 8}, kNow);
  EXPECT_EQ(table.look(client_key(1), kNow), 0u) << "its time was over";
  table.restore({client_key(2), 42, kNow - kTtl}, kNow);
  EXPECT_EQ(table.look(client_key(2), kNow + kTtl / 8 - 1), 42u) << "what the journal may not have heard is granted";
  EXPECT_EQ(table.look(client_key(2), kNow + kTtl / 8), 0u);
}

TEST(SessionTable, ServesManyThreads) {
  Table table(4096, kTtl);
  Noted journal;
  table.set_journal(&journal);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&table, t] {
      for (int i = 0; i < 5000; ++i) {
        const int number = (i * 7 + t * 1000) % 6000;
        if (table.find(client_key(number), kNow) == 0)
          table.put(client_key(number), 1 + static_cast<std::uint64_t>(t), kNow);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  table.set_journal(nullptr);
  // Whoever follows the journal has the same table.
  Replay replay;
  for (const Record& record : journal.records) replay.follow(record);
  std::size_t followed = 0;
  for (const Entry& entry : replay.take()) {
    EXPECT_EQ(table.look(entry.key, kNow), entry.backend);
    ++followed;
  }
  EXPECT_EQ(followed, table.entries());
}

}  // namespace
}  // namespace headgate::proxy::sticky::table
