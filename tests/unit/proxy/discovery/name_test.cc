#include "proxy/discovery/name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/net/dns/dns_server.h"
#include "tests/unit/net/run_task.h"

namespace headgate::proxy::discovery {
namespace {

using namespace std::chrono_literals;
using net::dns::Service;
using net::dns::testing::DnsServer;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kService = "_http._tcp.internal";

class NameTest : public ::testing::Test {
 protected:
  static DnsServer::Entry host(std::string_view address, std::uint32_t ttl = 60) {
    return {.addresses = {*base::IpAddress::parse(address)}, .ttl = ttl};
  }
  void follow(const std::string& name, bool is_service, base::Duration every = 100ms) {
    name_ = std::make_unique<Name>(loop_, *log_, *resolver_, name, is_service, [this](const Name&) { ++changes_; });
    name_->start(every);
    ASSERT_TRUE(net::testing::run_task(loop_, name_->wait_for_answer(base::now() + 10s)));
  }
  std::vector<std::string> addresses() const {
    std::vector<std::string> out;
    for (const Found& each : name_->found()) out.push_back(base::Endpoint(each.address, each.port).text());
    return out;
  }
  bool comes(const std::vector<std::string>& wanted) {
    return net::testing::run_until(loop_, [&] { return addresses() == wanted; });
  }
  std::string problem() { return name_->row(loop_.now()).problem; }
  bool has_problem(std::string_view text) {
    return net::testing::run_until(loop_, [&] { return problem().find(text) != std::string::npos; });
  }
  /// Until a look-up has begun and ended after now.
  void look_again() {
    const int asked = server_.queries();
    ASSERT_TRUE(net::testing::run_until(loop_, [&] { return server_.queries() > asked + 8; }));
  }

  DnsServer server_{{{"a.internal", host("10.0.0.1")},
                     {"b.internal", host("10.0.0.2")},
                     {kService, {.services = {{10, 5, 80, "a.internal"}, {20, 1, 81, "b.internal"}}, .ttl = 30}}}};
  net::Loop loop_;
  std::unique_ptr<base::Log> log_ = std::move(*base::Log::open("/dev/null", base::LogLevel::kError));
  std::unique_ptr<net::dns::Resolver> resolver_ = std::move(*net::dns::Resolver::open(loop_, {server_.endpoint()}));
  std::unique_ptr<Name> name_;
  int changes_ = 0;
};

TEST_F(NameTest, AHostsAddressesFollowItsRecords) {
  follow("a.internal", false);
  EXPECT_THAT(addresses(), ElementsAre("10.0.0.1:0"));
  server_.set("a.internal", host("10.0.0.3"));
  EXPECT_TRUE(comes({"10.0.0.3:0"}));
  EXPECT_EQ(changes_, 2);
  EXPECT_LE(*name_->row(loop_.now()).ttl_left, 60s);
}

TEST_F(NameTest, AServiceIsItsTargets) {
  follow(kService, true);
  ASSERT_THAT(addresses(), ElementsAre("10.0.0.1:80", "10.0.0.2:81"));
  EXPECT_EQ(name_->found()[0].target, "a.internal");
  EXPECT_EQ(name_->found()[0].weight, 5u);
  EXPECT_EQ(name_->found()[1].order, 1u);
  EXPECT_EQ(name_->found()[1].record_priority, 20u);
  EXPECT_LE(*name_->row(loop_.now()).ttl_left, 30s) << "the least of all records";
  server_.set("a.internal", host("10.0.0.4"));
  EXPECT_TRUE(comes({"10.0.0.4:80", "10.0.0.2:81"}));
  server_.set(kService, {.services = {{0, 1, 90, "b.internal"}}});
  EXPECT_TRUE(comes({"10.0.0.2:90"}));
}

TEST_F(NameTest, WhatFailsKeepsWhatWasKnown) {
  follow(kService, true);
  server_.set(kService, {});  // no such records any more
  EXPECT_TRUE(has_problem("has no such records"));
  EXPECT_THAT(addresses(), ElementsAre("10.0.0.1:80", "10.0.0.2:81"));
  server_.set("b.internal", {});
  server_.set(kService, {.services = {{0, 1, 90, "a.internal"}, {0, 1, 90, "b.internal"}, {0, 1, 90, "c.internal"}}});
  EXPECT_TRUE(comes({"10.0.0.1:90", "10.0.0.2:90"})) << "a target that fails keeps its address; a new one has none";
  EXPECT_TRUE(has_problem("(a target of _http._tcp.internal)"));
  server_.set("b.internal", host("10.0.0.2"));
  server_.set("c.internal", host("10.0.0.3"));
  EXPECT_TRUE(comes({"10.0.0.1:90", "10.0.0.2:90", "10.0.0.3:90"}));
  EXPECT_EQ(problem(), "");
}

TEST_F(NameTest, AServiceOfWhichNoTargetHasAnAddressFails) {
  follow(kService, true);
  server_.set(kService, {.services = {{0, 1, 90, "c.internal"}}});
  EXPECT_TRUE(has_problem("resolve c.internal: no such name"));
  EXPECT_THAT(addresses(), ElementsAre("10.0.0.1:80", "10.0.0.2:81"));
}

TEST_F(NameTest, AFamilyThatFailsKeepsItsAddresses) {
  server_.set("half.internal", host("10.0.0.5"));
  follow("half.internal", false);
  EXPECT_THAT(addresses(), ElementsAre("10.0.0.5:0"));
  EXPECT_THAT(problem(), HasSubstr("no answer to AAAA"));
  server_.set("half.internal", host("10.0.0.6"));
  EXPECT_TRUE(comes({"10.0.0.6:0"}));
}

TEST_F(NameTest, ADotMeansNoService) {
  follow(kService, true);
  server_.set(kService, {.services = {{0, 0, 0, ""}}});
  EXPECT_TRUE(comes({}));
  EXPECT_TRUE(name_->has_answer());
  EXPECT_EQ(problem(), "");
}

TEST_F(NameTest, TheTtlEndsAWaitAndSoDoesAHastierConfiguration) {
  server_.set("a.internal", host("10.0.0.1", 1));
  follow("a.internal", false, 1h);
  server_.set("a.internal", host("10.0.0.2", 3600));
  EXPECT_TRUE(comes({"10.0.0.2:0"})) << "a second later, and not an hour";
  server_.set("a.internal", host("10.0.0.3"));
  name_->set_every(50ms);
  EXPECT_TRUE(comes({"10.0.0.3:0"}));
}

TEST_F(NameTest, WhatOtherServersSaidStaysUntilTheseAnswer) {
  follow("a.internal", false);
  Name next(loop_, *log_, *resolver_, "silent.internal", false, [](const Name&) {});
  next.take_over(*name_);
  next.start(100ms);
  look_again();
  EXPECT_TRUE(next.has_answer());
  EXPECT_EQ(next.found(), name_->found());
}

}  // namespace
}  // namespace headgate::proxy::discovery
