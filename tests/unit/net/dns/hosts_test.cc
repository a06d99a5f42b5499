#include "net/dns/hosts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headgate::net::dns {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

base::IpAddress ip(std::string_view text) {
  return *base::IpAddress::parse(text);
}

TEST(Hosts, AreLinesOfAnAddressAndNames) {
  constexpr std::string_view kText =
      "127.0.0.1\tlocalhost\n"
      "# 10.0.0.9 app\n"
      "10.0.0.1  App.internal app # other\n"
      "\n"
      "app 10.0.0.8\n"
      "2001:db8::1 app app\r\n"
      "10.0.0.2 other#app\n"
      "10.0.0.3";
  EXPECT_THAT(addresses_in_hosts(kText, "app"), ElementsAre(ip("10.0.0.1"), ip("2001:db8::1")));
  EXPECT_THAT(addresses_in_hosts(kText, "APP.internal."), ElementsAre(ip("10.0.0.1")));
  EXPECT_THAT(addresses_in_hosts(kText, "other"), ElementsAre(ip("10.0.0.2")));
  EXPECT_THAT(addresses_in_hosts(kText, "10.0.0.1"), IsEmpty());
  EXPECT_THAT(addresses_in_hosts(kText, ""), IsEmpty());
}

TEST(Hosts, LocalhostIsThisMachineWithoutAFile) {
  EXPECT_THAT(addresses_in_hosts_file("/nonexistent", "LocalHost"), ElementsAre(ip("127.0.0.1"), ip("::1")));
  EXPECT_THAT(addresses_in_hosts_file("/nonexistent", "app"), IsEmpty());
}

}  // namespace
}  // namespace headgate::net::dns
