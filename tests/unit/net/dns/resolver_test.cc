#include "net/dns/resolver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/net/dns/dns_server.h"
#include "tests/unit/net/run_task.h"

namespace headgate::net::dns {
namespace {

using namespace std::chrono_literals;
using dns::testing::DnsServer;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::StartsWith;

using Addresses = std::vector<base::IpAddress>;

base::IpAddress ip(std::string_view text) {
  return *base::IpAddress::parse(text);
}

class ResolverTest : public ::testing::Test {
 protected:
  ResolverTest() : resolver_(std::move(*Resolver::open(loop_, {server_.endpoint()}))) {}
  base::Result<HostAnswer> look_up(const std::string& host) {
    return net::testing::run_task(loop_, resolver_->resolve(host));
  }
  base::Result<Addresses> resolve(const std::string& host) {
    base::Result<HostAnswer> answer = look_up(host);
    if (!answer) return answer.error();
    return std::move(answer->addresses);
  }
  base::Result<ServiceAnswer> resolve_service(const std::string& name) {
    return net::testing::run_task(loop_, resolver_->resolve_service(name));
  }

  DnsServer server_{
      {{"app.example", {.addresses = {ip("10.0.0.2"), ip("10.0.0.1"), ip("10.0.0.2"), ip("2001:db8::1")}}},
       {"six.example", {.addresses = {ip("2001:db8::2")}}},
       {"www.example", {.alias = "app.example", .ttl = 7}},
       {"half.example", {.addresses = {ip("10.0.0.3")}}},
       {"_http._tcp.example",
        {.services = {{10, 5, 8080, "a.example"}, {0, 0, 80, "b.example"}, {10, 5, 8080, "a.example"}}, .ttl = 30}},
       {"_none._tcp.example", {.services = {{0, 0, 0, ""}}}},
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

TEST_F(ResolverTest, TellsHowLongItHolds) {
  EXPECT_EQ(look_up("app.example")->ttl, 60s);
  EXPECT_EQ(look_up("www.example")->ttl, 7s) << "the alias' is shorter";
  EXPECT_EQ(look_up("localhost")->ttl, std::nullopt);
  server_.set("app.example", {.addresses = {ip("10.0.0.1")}, .ttl = 0});
  EXPECT_EQ(look_up("app.example")->ttl, 0s);
}

TEST_F(ResolverTest, AFamilyThatFailsIsTold) {
  const base::Result<HostAnswer> found = look_up("half.example");
  ASSERT_TRUE(found);
  EXPECT_THAT(found->addresses, ElementsAre(ip("10.0.0.3")));
  EXPECT_FALSE(found->lacks_v4);
  EXPECT_TRUE(found->lacks_v6);
  EXPECT_FALSE(look_up("six.example")->lacks_v4) << "it has none, and that is known";
  const base::Result<HostAnswer> broken = look_up("broken.example");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().message, "resolve broken.example: no name server can be reached, or all of them fail");
}

TEST_F(ResolverTest, FindsTheServersOfAService) {
  const base::Result<ServiceAnswer> found = resolve_service("_http._tcp.example");
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(found->ttl, 30s);
  EXPECT_THAT(found->services, ElementsAre(Service{0, 0, 80, "b.example"}, Service{10, 5, 8080, "a.example"}));
  const base::Result<ServiceAnswer> none = resolve_service("_none._tcp.example");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->services.empty());
  EXPECT_FALSE(resolve_service("_no._tcp.example"));
  EXPECT_EQ(resolve_service("app.example").error().message, "resolve app.example: the name has no such records");
}

TEST_F(ResolverTest, TakesNoMoreServersThanItsBound) {
  std::vector<Service> many;
  // As many as one answer by UDP has room for are too few; each half again from an alias would be no more.
  for (std::uint16_t i = 0; i < 30; ++i) many.push_back({i, 1, 80, "t" + std::to_string(i) + ".example"});
  server_.set("_many._tcp.example", {.services = many});
  EXPECT_EQ(resolve_service("_many._tcp.example")->services, many);
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
  std::vector<Task<base::Result<HostAnswer>>> tasks;
  for (int i = 0; i < 100; ++i) {
    tasks.push_back(resolver_->resolve(i % 2 == 0 ? "app.example" : "nosuch.example"));
    tasks.back().start();
  }
  ASSERT_TRUE(net::testing::run_until(
      loop_, [&] { return std::all_of(tasks.begin(), tasks.end(), [](const auto& task) { return task.done(); }); }));
  for (std::size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(static_cast<bool>(tasks[i].take()), i % 2 == 0);
}

TEST_F(ResolverTest, CancelledWhileItWaits) {
  for (const bool turn_between : {true, false}) {
    Task<base::Result<HostAnswer>> task = resolver_->resolve("silent.example");
    task.start();
    if (turn_between) net::testing::run_for(loop_, 20ms);
    EXPECT_FALSE(task.done());
    task.cancel();
    if (turn_between) net::testing::run_for(loop_, 5ms);
  }
  EXPECT_TRUE(resolve("app.example"));  // works as before
}

TEST_F(ResolverTest, DestroyedRightAfterItsQueriesWereCancelled) {
  Task<base::Result<HostAnswer>> task = resolver_->resolve("silent.example");
  task.start();
  net::testing::run_for(loop_, 5ms);
  task.cancel();
  resolver_.reset();
  net::testing::run_for(loop_, 5ms);
}

TEST_F(ResolverTest, DestroyedWithItsLoopRightAfterACancel) {
  auto loop = std::make_unique<Loop>();
  std::unique_ptr<Resolver> resolver = std::move(*Resolver::open(*loop, {server_.endpoint()}));
  Task<base::Result<HostAnswer>> task = resolver->resolve("silent.example");
  task.start();
  net::testing::run_for(*loop, 5ms);
  task.cancel();
  resolver.reset();
  loop.reset();
}

Task<int> resolve_then_destroy(std::unique_ptr<Resolver> resolver) {
  const base::Result<HostAnswer> found = co_await resolver->resolve("app.example");
  resolver.reset();
  co_return found ? 1 : 0;
}

TEST_F(ResolverTest, MayBeDestroyedByWhoeverItAnswers) {
  EXPECT_EQ(net::testing::run_task(loop_, resolve_then_destroy(std::move(resolver_))), 1);
}

}  // namespace
}  // namespace headgate::net::dns
