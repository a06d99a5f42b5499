#include "proxy/systemd/assignment.h"

#include <gmock/gmock.h>

namespace headgate::proxy::systemd {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

base::Endpoint at(std::string_view text) {
  return *base::Endpoint::parse(text);
}

config::Config listening() {
  config::Config config;
  config.listeners.resize(2);
  config.listeners[0].name = "web";
  config.listeners[0].bind = {at("0.0.0.0:80"), at("[::]:80")};
  config.listeners[1].name = "inner";
  config.listeners[1].bind = {at("unix:/run/inner.sock")};
  config.admin.bind = at("127.0.0.1:9900");
  config.admin.socket = "/run/admin.sock";
  return config;
}

TEST(Assignment, AnAddressDecidesWhateverTheName) {
  const Assignment out = assign(listening(), {{"x", at("[::]:80")},
                                              {"web", at("unix:/run/inner.sock")},
                                              {"", at("127.0.0.1:9900")},
                                              {"", at("unix:/run/admin.sock")}});
  EXPECT_THAT(out.binds, ElementsAre(Pair(Pair(0, 1), 0), Pair(Pair(1, 0), 1)));
  EXPECT_EQ(out.admin_bind, 2u);
  EXPECT_EQ(out.admin_socket, 3u);
  EXPECT_THAT(out.unmatched, IsEmpty());
}

TEST(Assignment, ANameTakesTheFirstBindThatLacksASocket) {
  const Assignment out = assign(listening(), {{"web", at("127.0.0.1:8080")}, {"web", at("0.0.0.0:80")}});
  EXPECT_THAT(out.binds, ElementsAre(Pair(Pair(0, 0), 1), Pair(Pair(0, 1), 0)));
}

TEST(Assignment, MoreThanThereAreBindsOf) {
  const Assignment out =
      assign(listening(), {{"inner", at("127.0.0.1:1")}, {"inner", at("127.0.0.1:2")}, {"nobody", at("127.0.0.1:3")}});
  EXPECT_THAT(out.binds, ElementsAre(Pair(Pair(1, 0), 0)));
  EXPECT_THAT(out.unmatched, ElementsAre(1, 2));
}

TEST(Assignment, TheSameAddressTwice) {
  const Assignment out = assign(listening(), {{"x", at("0.0.0.0:80")}, {"y", at("0.0.0.0:80")}});
  EXPECT_THAT(out.binds, ElementsAre(Pair(Pair(0, 0), 0)));
  EXPECT_THAT(out.unmatched, ElementsAre(1));
}

TEST(Assignment, AdminByName) {
  const Assignment out = assign(
      listening(),
      {{"admin", at("127.0.0.1:1")}, {"admin", at("unix:/x")}, {"admin", at("127.0.0.1:2")}, {"admin", at("unix:/y")}});
  EXPECT_EQ(out.admin_bind, 0u);
  EXPECT_EQ(out.admin_socket, 1u);
  EXPECT_THAT(out.unmatched, ElementsAre(2, 3));
}

TEST(Assignment, AListenerCalledAdminComesFirst) {
  config::Config config = listening();
  config.listeners[1].name = "admin";
  const Assignment out = assign(config, {{"admin", at("unix:/x")}});
  EXPECT_THAT(out.binds, ElementsAre(Pair(Pair(1, 0), 0)));
  EXPECT_FALSE(out.admin_socket);
}

TEST(Assignment, AdminThatTheFileDoesNotWant) {
  config::Config config = listening();
  config.admin = {};
  EXPECT_THAT(assign(config, {{"admin", at("127.0.0.1:1")}, {"admin", at("unix:/x")}}).unmatched, ElementsAre(0, 1));
}

}  // namespace
}  // namespace headgate::proxy::systemd
