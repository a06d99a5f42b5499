#include "wire/http/method.h"

#include <gtest/gtest.h>

#include "wire/http/status.h"

namespace headgate::wire::http {
namespace {

TEST(Method, KnowsItsNames) {
  EXPECT_EQ(method_from("GET"), Method::kGet);
  EXPECT_EQ(method_from("HEAD"), Method::kHead);
  EXPECT_EQ(method_from("POST"), Method::kPost);
  EXPECT_EQ(method_from("PUT"), Method::kPut);
  EXPECT_EQ(method_from("DELETE"), Method::kDelete);
  EXPECT_EQ(method_from("CONNECT"), Method::kConnect);
  EXPECT_EQ(method_from("OPTIONS"), Method::kOptions);
  EXPECT_EQ(method_from("TRACE"), Method::kTrace);
  EXPECT_EQ(method_from("PATCH"), Method::kPatch);
  EXPECT_EQ(method_from("PURGE"), Method::kPurge);
}

TEST(Method, OthersAreOther) {
  for (std::string_view token : {"", "get", "Get", "GE", "GETS", "HEAL", "POSTS", "TRACK", "DELETF", "CONNECTS"}) {
    EXPECT_EQ(method_from(token), Method::kOther) << token;
  }
}

TEST(Method, SafetyAndIdempotence) {
  EXPECT_TRUE(is_safe(Method::kGet));
  EXPECT_FALSE(is_safe(Method::kPut));
  EXPECT_TRUE(is_idempotent(Method::kPut));
  EXPECT_TRUE(is_idempotent(Method::kDelete));
  EXPECT_FALSE(is_idempotent(Method::kPost));
  EXPECT_FALSE(is_idempotent(Method::kPatch));
  EXPECT_FALSE(is_idempotent(Method::kOther));
}

TEST(Status, Phrases) {
  EXPECT_EQ(reason_phrase(200), "OK");
  EXPECT_EQ(reason_phrase(308), "Permanent Redirect");
  EXPECT_EQ(reason_phrase(404), "Not Found");
  EXPECT_EQ(reason_phrase(431), "Request Header Fields Too Large");
  EXPECT_EQ(reason_phrase(599), "");
  EXPECT_EQ(reason_phrase(0), "");
  EXPECT_EQ(reason_phrase(999), "");
}

}  // namespace
}  // namespace headgate::wire::http
