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

config::Admin settings(std::string_view bind, std::optional<std::string> token = std::nullopt,
                       bool reads_without_token = true) {
  config::Admin admin;
  admin.bind = base::Endpoint::parse(bind);
  admin.token = std::move(token);
  admin.reads_without_token = reads_without_token;
  return admin;
}

const base::IpAddress kHere = *base::IpAddress::parse("127.0.0.1");
const base::IpAddress kElsewhere = *base::IpAddress::parse("192.0.2.1");

const Access kLocal{true, std::nullopt, true};
const Access kLocalWithToken{true, "secret", true};
const Access kTokenOnly{true, "secret", false};

Verdict judged(const Access& access, const wire::http::RequestHead& head, Purpose purpose = Purpose::kRead,
               const base::IpAddress& peer = kHere) {
  return judge(access, purpose, head, peer);
}

TEST(Access, FollowsFromTheSettings) {
  EXPECT_EQ(Access::over_tcp(settings("127.0.0.1:9900")), kLocal);
  EXPECT_EQ(Access::over_tcp(settings("[::1]:9900")), kLocal);
  EXPECT_EQ(Access::over_tcp(settings("127.0.0.1:9900", "secret")), kLocalWithToken);
  EXPECT_EQ(Access::over_tcp(settings("127.0.0.1:9900", "secret", false)), kTokenOnly);
  EXPECT_EQ(Access::over_tcp(settings("0.0.0.0:9900", "secret")), kTokenOnly);
  EXPECT_EQ(Access::over_unix_socket(), Access());
}

TEST(Access, TheUnixSocketAllowsEverything) {
  for (const Purpose purpose : {Purpose::kPageFile, Purpose::kRead, Purpose::kChange}) {
    EXPECT_EQ(judged({}, request("evil.example"), purpose, base::IpAddress()), Verdict::kAllowed);
  }
}

TEST(Access, ReadingFromLoopbackNeedsNoToken) {
  for (const Access& access : {kLocal, kLocalWithToken}) {
    EXPECT_EQ(judged(access, request("localhost")), Verdict::kAllowed);
    EXPECT_EQ(judged(access, request("127.0.0.1"), Purpose::kPageFile), Verdict::kAllowed);
  }
  EXPECT_EQ(judged(kTokenOnly, request("localhost")), Verdict::kNoToken);
}

TEST(Access, ReadingFromElsewhereNeedsTheToken) {
  EXPECT_EQ(judged(kLocalWithToken, request("10.0.0.1"), Purpose::kRead, kElsewhere), Verdict::kNoToken);
  EXPECT_EQ(judged(kTokenOnly, request("10.0.0.1"), Purpose::kRead, kElsewhere), Verdict::kNoToken);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Bearer secret"), Purpose::kRead, kElsewhere), Verdict::kAllowed);
  EXPECT_EQ(judged(kLocal, request("10.0.0.1"), Purpose::kRead, kElsewhere), Verdict::kNoTokenFile);
}

TEST(Access, AForeignHostIsRefusedOrAskedForTheToken) {
  EXPECT_EQ(judged(kLocal, request("evil.example")), Verdict::kForeignHost);
  EXPECT_EQ(judged(kLocal, request("evil.example"), Purpose::kPageFile), Verdict::kForeignHost);
  EXPECT_EQ(judged(kLocalWithToken, request("evil.example")), Verdict::kNoToken);
  EXPECT_EQ(judged(kLocalWithToken, request("evil.example", "Bearer secret")), Verdict::kAllowed);
}

TEST(Access, ChangingAlwaysNeedsTheToken) {
  EXPECT_EQ(judged(kLocal, request("localhost"), Purpose::kChange), Verdict::kNoTokenFile);
  EXPECT_EQ(judged(kLocal, request("localhost", "Bearer x"), Purpose::kChange), Verdict::kNoTokenFile);
  for (const Access& access : {kLocalWithToken, kTokenOnly}) {
    EXPECT_EQ(judged(access, request("localhost"), Purpose::kChange), Verdict::kNoToken);
    EXPECT_EQ(judged(access, request("localhost", "Bearer wrong"), Purpose::kChange), Verdict::kWrongToken);
    EXPECT_EQ(judged(access, request("any.name", "Bearer secret"), Purpose::kChange), Verdict::kAllowed);
  }
}

TEST(Access, AWrongTokenIsSaidToBeWrongWhereNoneIsNeeded) {
  EXPECT_EQ(judged(kLocalWithToken, request("localhost", "Bearer wrong")), Verdict::kWrongToken);
  EXPECT_EQ(judged(kLocal, request("localhost", "Bearer any")), Verdict::kAllowed) << "there is none to compare with";
}

TEST(Access, FilesOfThePageAreForWhoeverMayBeAskedForTheToken) {
  EXPECT_EQ(judged(kTokenOnly, request("any.name"), Purpose::kPageFile, kElsewhere), Verdict::kAllowed);
  EXPECT_EQ(judged(kTokenOnly, request("any.name", "Bearer wrong"), Purpose::kPageFile), Verdict::kAllowed);
  EXPECT_EQ(judged(kLocal, request("localhost"), Purpose::kPageFile, kElsewhere), Verdict::kForeignHost);
}

TEST(Access, EveryRefusalHasAStatusAndARemedy) {
  EXPECT_EQ(refusal_of(Verdict::kNoToken).status, 401);
  EXPECT_EQ(refusal_of(Verdict::kNoToken).challenge, "Bearer realm=\"headgate\"");
  EXPECT_EQ(refusal_of(Verdict::kWrongToken).status, 401);
  EXPECT_EQ(refusal_of(Verdict::kWrongToken).challenge, "Bearer realm=\"headgate\", error=\"invalid_token\"");
  EXPECT_EQ(refusal_of(Verdict::kNoTokenFile).status, 403);
  EXPECT_EQ(refusal_of(Verdict::kForeignHost).status, 421);
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

TEST(Access, TheToken) {
  EXPECT_EQ(judged(kTokenOnly, request("h")), Verdict::kNoToken);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Bearer secret")), Verdict::kAllowed);
  EXPECT_EQ(judged(kTokenOnly, request("h", "bearer   secret")), Verdict::kAllowed);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Bearer Secret")), Verdict::kWrongToken);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Bearer secre")), Verdict::kWrongToken);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Bearer secrets")), Verdict::kWrongToken);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Bearer ")), Verdict::kWrongToken);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Bearer")), Verdict::kNoToken);
  EXPECT_EQ(judged(kTokenOnly, request("h", "Basic secret")), Verdict::kNoToken);
  wire::http::RequestHead two = request("h", "Bearer secret");
  two.fields.add("Authorization", "Bearer secret");
  EXPECT_EQ(judged(kTokenOnly, two), Verdict::kNoToken);
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
