#include "net/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/net/dns_server.h"
#include "tests/unit/net/run_task.h"

namespace headgate::net {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using testing::DnsServer;
using ::testing::ElementsAre;
using ::testing::StartsWith;

using Addresses = std::vector<base::IpAddress>;

base::IpAddress ip(std::string_view text) {
  return *base::IpAddress::parse(text);
}

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() : resolver_(std::move(*Resolver::open(loop_, {server_.endpoint()}))) {}
  base::Result<Addresses> resolve(const std::string& host) {
    return testing::run_task(loop_, resolver_->resolve(host));
  }

  DnsServer server_{{{"app.example", {ip("10.0.0.2"), ip("10.0.0.1"), ip("10.0.0.2"), ip("2001:db8::1")}},
                     {"six.example", {ip("2001:db8::2")}},
                     {"empty.example", {}}}};
  Loop loop_;
  std::unique_ptr<Resolver> resolver_;
};

TEST_F(ResolverTest, FindsLocalhostInTheHostsFile) {
  const base::Result<Addresses> found = resolve("localhost");
  ASSERT_TRUE(found);
  EXPECT_THAT(*found, Contains(ip("127.0.0.1")));
  EXPECT_EQ(server_.queries(), 0);
}

TEST_F(ResolverTest, ALiteralIsItself) {
  EXPECT_THAT(*resolve("192.0.2.7"), ElementsAre(ip("192.0.2.7")));
  EXPECT_THAT(*resolve("2001:db8::7"), ElementsAre(ip("2001:db8::7")));
}

TEST_F(ResolverTest, GivesBothFamiliesSortedAndOnce) {
  const base::Result<Addresses> found = resolve("app.example");
  ASSERT_TRUE(found) << found.error().message;
  Addresses expected = {ip("10.0.0.1"), ip("10.0.0.2"), ip("2001:db8::1")};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(*found, expected);
  EXPECT_THAT(*resolve("six.example"), ElementsAre(ip("2001:db8::2")));
}

TEST_F(ResolverTest, SaysWhatCannotBeFound) {
  for (const std::string& host : {std::string("nosuch.example"), std::string("empty.example"), std::string("a..b"),
                                  std::string(300, 'x'), std::string()}) {
    const base::Result<Addresses> found = resolve(host);
    ASSERT_FALSE(found) << host;
    EXPECT_EQ(found.error().kind, base::ErrorKind::kUnreachable);
    EXPECT_EQ(found.error().fault, base::Fault::kUpstream);
    EXPECT_THAT(found.error().message, StartsWith("resolve " + host + ": "));
  }
}

TEST_F(ResolverTest, ManyAtOnce) {
  std::vector<Task<base::Result<Addresses>>> tasks;
  for (int i = 0; i < 200; ++i) {
    tasks.push_back(resolver_->resolve(i % 2 == 0 ? "app.example" : "nosuch.example"));
    tasks.back().start();
  }
  ASSERT_TRUE(testing::run_until(
      loop_, [&] { return std::all_of(tasks.begin(), tasks.end(), [](const auto& task) { return task.done(); }); }));
  for (std::size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(static_cast<bool>(tasks[i].take()), i % 2 == 0);
}

TEST_F(ResolverTest, CancelledWhileItWaits) {
  for (const bool turn_between : {true, false}) {
    Task<base::Result<Addresses>> task = resolver_->resolve("silent.example");
    task.start();
    if (turn_between) testing::run_for(loop_, 20ms);
    EXPECT_FALSE(task.done());
    task.cancel();
    if (turn_between) testing::run_for(loop_, 5ms);
  }
  EXPECT_TRUE(resolve("app.example"));  // works as before
}

TEST_F(ResolverTest, DestroyedRightAfterItsQueriesWereCancelled) {
  Task<base::Result<Addresses>> task = resolver_->resolve("silent.example");
  task.start();
  testing::run_for(loop_, 5ms);
  task.cancel();
  resolver_.reset();
  testing::run_for(loop_, 5ms);
}

TEST_F(ResolverTest, DestroyedWithItsLoopRightAfterACancel) {
  auto loop = std::make_unique<Loop>();
  std::unique_ptr<Resolver> resolver = std::move(*Resolver::open(*loop, {server_.endpoint()}));
  Task<base::Result<Addresses>> task = resolver->resolve("silent.example");
  task.start();
  testing::run_for(*loop, 5ms);
  task.cancel();
  resolver.reset();
  loop.reset();
}

Task<int> resolve_then_destroy(std::unique_ptr<Resolver> resolver) {
  const base::Result<Addresses> found = co_await resolver->resolve("app.example");
  resolver.reset();
  co_return found ? 1 : 0;
}

TEST_F(ResolverTest, MayBeDestroyedByWhoeverItAnswers) {
  EXPECT_EQ(testing::run_task(loop_, resolve_then_destroy(std::move(resolver_))), 1);
}

}  // namespace
}  // namespace headgate::net
