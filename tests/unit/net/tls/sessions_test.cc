#include "net/tls/sessions.h"

#include <gmock/gmock.h>

namespace headgate::net::tls {
namespace {

using namespace std::chrono_literals;
using ::testing::SizeIs;

const base::WallTime kStart{std::chrono::seconds(1'700'000'000)};

TEST(TicketKeys, ChangeWithTheLifetimeAndAreReadForAnother) {
  TicketKeys keys;
  const auto first = keys.at(kStart, 1h);
  ASSERT_THAT(*first, SizeIs(1));
  EXPECT_EQ(keys.at(kStart + 59min, 1h), first);
  const auto second = keys.at(kStart + 60min, 1h);
  ASSERT_THAT(*second, SizeIs(2));
  EXPECT_NE(second->front().name, first->front().name);
  EXPECT_EQ(second->back().name, first->front().name);
  // The first one's last ticket is an hour old now, and nobody may come back with it.
  const auto third = keys.at(kStart + 120min, 1h);
  ASSERT_THAT(*third, SizeIs(2));
  EXPECT_EQ(third->back().name, second->front().name);
  const auto much_later = keys.at(kStart + 100h, 1h);
  EXPECT_THAT(*much_later, SizeIs(1));
}

TEST(TicketKeys, AreBoundedWhenTheLifetimeShrinks) {
  TicketKeys keys;
  for (int i = 0; i < 10; ++i) keys.at(kStart + i * 10s, 10s);
  EXPECT_LE(keys.at(kStart + 91s, 24h)->size(), TicketKeys::kKeysMax);
}

TEST(TicketKeys, AClockThatIsSetBackChangesNothing) {
  TicketKeys keys;
  const auto first = keys.at(kStart, 1h);
  EXPECT_EQ(keys.at(kStart - 100h, 1h), first);
}

TEST(TicketKeys, GoOverToAnotherProcess) {
  TicketKeys before;
  before.at(kStart, 1h);
  before.at(kStart + 1h, 1h);
  TicketKeys after;
  after.adopt(before.keys());
  const auto going_on = after.at(kStart + 90min, 1h);
  ASSERT_THAT(*going_on, SizeIs(2));
  EXPECT_EQ(going_on->front().name, before.keys().front().name);
}

std::string id_of(int number) {
  return std::string(1, static_cast<char>(number % 16)) + std::to_string(number);
}

TEST(SessionCache, ForgetsTheOldestAtItsBound) {
  SessionCache cache;
  for (int i = 0; i < 64; ++i) cache.put(id_of(i), "session " + std::to_string(i), 32);
  EXPECT_EQ(cache.size(), 32u);
  EXPECT_EQ(cache.find(id_of(0)), "");
  EXPECT_EQ(cache.find(id_of(31)), "");
  EXPECT_EQ(cache.find(id_of(32)), "session 32");
  EXPECT_EQ(cache.find(id_of(63)), "session 63");
  cache.put(id_of(63), "again", 32);
  EXPECT_EQ(cache.find(id_of(63)), "again");
  EXPECT_EQ(cache.size(), 32u);
  cache.remove(id_of(63));
  EXPECT_EQ(cache.find(id_of(63)), "");
  cache.remove("never there");
  EXPECT_EQ(cache.size(), 31u);
}

TEST(SessionCache, KeepsNothingThatIsTooLong) {
  SessionCache cache;
  cache.put("a", std::string(SessionCache::kSessionBytesMax, 'x'), 16);
  cache.put("b", std::string(SessionCache::kSessionBytesMax + 1, 'x'), 16);
  EXPECT_EQ(cache.size(), 1u);
  EXPECT_EQ(cache.find(""), "");
}

}  // namespace
}  // namespace headgate::net::tls
