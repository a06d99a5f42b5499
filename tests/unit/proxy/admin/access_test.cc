#include "proxy/admin/access.h"

#include <gtest/gtest.h>

namespace headgate::proxy::admin {
namespace {

wire::http::RequestHead request(std::string_view host, std::string_view authorization = {}) {
  wire::http::RequestHead head;
  head.host = host;
  if (!authorization.empty()) head.fields.add("Authorization", authorization);
  return head;
}

config::Admin settings(std::string_view bind, std::optional<std::string> token = std::nullopt) {
  config::Admin admin;
  admin.bind = base::Endpoint::parse(bind);
  admin.token = std::move(token);
  return admin;
}

TEST(Access, FollowsFromTheSettings) {
  EXPECT_EQ(Access::over_tcp(settings("127.0.0.1:9900")), (Access{std::nullopt, true}));
  EXPECT_EQ(Access::over_tcp(settings("[::1]:9900")), (Access{std::nullopt, true}));
  EXPECT_EQ(Access::over_tcp(settings("0.0.0.0:9900")), (Access{std::nullopt, false}));
  EXPECT_EQ(Access::over_tcp(settings("127.0.0.1:9900", "t")), (Access{"t", false}));
  EXPECT_EQ(Access::over_unix_socket(), (Access{std::nullopt, false}));
}

TEST(Access, LocalHosts) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "[::1]", "192.0.2.7", "[2001:db8::1]", ""}) {
    EXPECT_TRUE(is_local_host(host)) << host;
  }
  for (const char* host : {"example.com", "localhost.example.com", "127.0.0.1.example.com", "xlocalhost", "[::1", "[]",
                           "127.0.0.1x", "localhost."}) {
    EXPECT_FALSE(is_local_host(host)) << host;
  }
}

TEST(Access, AForeignHostIsRefusedOnlyWhereItMatters) {
  const Access local{std::nullopt, true};
  EXPECT_EQ(judge(local, request("localhost")), Verdict::kAllowed);
  EXPECT_EQ(judge(local, request("evil.example")), Verdict::kForeignHost);
  EXPECT_EQ(judge(Access{}, request("evil.example")), Verdict::kAllowed);
}

TEST(Access, TheToken) {
  const Access access{"secret", false};
  EXPECT_EQ(judge(access, request("h")), Verdict::kNoToken);
  EXPECT_EQ(judge(access, request("h", "Bearer secret")), Verdict::kAllowed);
  EXPECT_EQ(judge(access, request("h", "bearer   secret")), Verdict::kAllowed);
  EXPECT_EQ(judge(access, request("h", "Bearer Secret")), Verdict::kWrongToken);
  EXPECT_EQ(judge(access, request("h", "Bearer secre")), Verdict::kWrongToken);
  EXPECT_EQ(judge(access, request("h", "Bearer secrets")), Verdict::kWrongToken);
  EXPECT_EQ(judge(access, request("h", "Bearer ")), Verdict::kWrongToken);
  EXPECT_EQ(judge(access, request("h", "Bearer")), Verdict::kNoToken);
  EXPECT_EQ(judge(access, request("h", "Basic secret")), Verdict::kNoToken);
  wire::http::RequestHead two = request("h", "Bearer secret");
  two.fields.add("Authorization", "Bearer secret");
  EXPECT_EQ(judge(access, two), Verdict::kNoToken);
}

TEST(Access, EqualsInConstantTime) {
  EXPECT_TRUE(equals_in_constant_time("", ""));
  EXPECT_TRUE(equals_in_constant_time("abc", "abc"));
  EXPECT_FALSE(equals_in_constant_time("abc", "abd"));
  EXPECT_FALSE(equals_in_constant_time("abc", "bbc"));
  EXPECT_FALSE(equals_in_constant_time("abc", "ab"));
}

}  // namespace
}  // namespace headgate::proxy::admin
