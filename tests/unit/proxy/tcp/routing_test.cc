#include "proxy/tcp/routing.h"

#include <gtest/gtest.h>

namespace headgate::proxy::tcp {
namespace {

using By = Routing::By;

config::TcpTargets targets() {
  config::TcpTargets out;
  out.pool = "others";
  out.sni = {{"shop.example.com", "shop"}, {"*.example.com", "tenants"}, {"*.eu.example.com", "europe"}};
  out.alpn = {{"acme-tls/1", "acme"}, {"h2", "shop"}};
  return out;
}

std::string chosen(const Routing& routing, std::string_view name, std::string_view protocols = {}) {
  const Routing::Choice choice = routing.choose(name, protocols);
  return choice.pool == Routing::kNone ? "closed" : routing.pools()[choice.pool];
}

TEST(Routing, NamesEachPoolOnce) {
  EXPECT_EQ(Routing(targets()).pools(), (std::vector<std::string>{"others", "acme", "shop", "tenants", "europe"}));
}

TEST(Routing, AnExactNameComesBeforeAWildcardAndALongerOneBeforeAShorter) {
  const Routing routing(targets());
  EXPECT_EQ(chosen(routing, "shop.example.com"), "shop");
  EXPECT_EQ(chosen(routing, "www.example.com"), "tenants");
  EXPECT_EQ(chosen(routing, "a.b.example.com"), "tenants");
  EXPECT_EQ(chosen(routing, "www.eu.example.com"), "europe");
  EXPECT_EQ(chosen(routing, "eu.example.com"), "tenants");
  EXPECT_EQ(chosen(routing, "example.com"), "others") << "a wildcard is below its domain";
  EXPECT_EQ(chosen(routing, "notexample.com"), "others");
  EXPECT_EQ(chosen(routing, ""), "others");
}

TEST(Routing, SaysWhatDecided) {
  const Routing routing(targets());
  EXPECT_EQ(routing.choose("shop.example.com", {}).by, By::kName);
  EXPECT_EQ(routing.choose("x.example.com", {}).by, By::kWildcard);
  EXPECT_EQ(routing.choose("x.example.com", {}).key, "*.example.com");
  EXPECT_EQ(routing.choose("x.example.net", {}).by, By::kDefault);
  EXPECT_EQ(routing
                .choose("x.example.com",
                        "\x0a"
                        "acme-tls/1")
                .by,
            By::kProtocol);
  EXPECT_EQ(Routing(config::TcpTargets{}).choose("x", {}).by, By::kNothing);
}

TEST(Routing, ComparesWithoutCaseAndLastDot) {
  const Routing routing(targets());
  EXPECT_EQ(chosen(routing, "SHOP.Example.COM"), "shop");
  EXPECT_EQ(chosen(routing, "shop.example.com."), "shop");
  EXPECT_EQ(chosen(routing, "."), "others");
  EXPECT_EQ(chosen(routing, ".example.com"), "others") << "no host is called that";
  EXPECT_EQ(chosen(routing, std::string(255, 'a')), "others");
}

TEST(Routing, AProtocolComesBeforeTheNameInTheOrderOfTheFile) {
  const Routing routing(targets());
  EXPECT_EQ(chosen(routing, "www.example.com", "\x02h2"), "shop");
  EXPECT_EQ(chosen(routing, "www.example.com",
                   "\x02h2\x0a"
                   "acme-tls/1"),
            "acme");
  EXPECT_EQ(chosen(routing, "www.example.com", "\x08http/1.1"), "tenants");
}

TEST(Routing, WithoutADefaultTheRestIsClosed) {
  config::TcpTargets some = targets();
  some.pool.clear();
  const Routing routing(some);
  EXPECT_EQ(chosen(routing, "shop.example.com"), "shop");
  EXPECT_EQ(chosen(routing, "shop.example.net"), "closed");
  EXPECT_EQ(chosen(routing, ""), "closed");
}

TEST(Routing, OnlyNamesAndProtocolsNeedAHello) {
  config::TcpTargets plain;
  plain.pool = "app";
  EXPECT_FALSE(Routing(plain).needs_hello());
  EXPECT_TRUE(Routing(targets()).needs_hello());
}

}  // namespace
}  // namespace headgate::proxy::tcp
