#include "proxy/admin/dashboard/dashboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include "proxy/admin/dashboard/embedded_files.h"

namespace headgate::proxy::admin::dashboard {
namespace {

using testing::HasSubstr;
using testing::Not;

class DashboardTest : public testing::Test {
 protected:
  bool ask(std::string_view path, std::string_view accept = "*/*", std::string_view if_none_match = {}) {
    request_.clear();
    response_.clear();
    request_.method_text = method_;
    request_.method = wire::http::method_from(method_);
    request_.path = path;
    if (!accept.empty()) request_.fields.add("Accept", accept);
    if (!if_none_match.empty()) request_.fields.add("If-None-Match", if_none_match);
    return answer(request_, response_);
  }
  std::string field(std::string_view name) const {
    const wire::http::Field* found = response_.head.fields.find(name);
    return found == nullptr ? "absent" : std::string(found->value);
  }

  std::string_view method_ = "GET";
  wire::http::RequestHead request_;
  message::Response response_;
};

TEST_F(DashboardTest, ThePageIsForWhoTakesHtml) {
  for (const char* accept : {"text/html", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "image/png, text/html"}) {
    ASSERT_TRUE(ask("/", accept)) << accept;
    EXPECT_EQ(response_.head.status, 200);
    EXPECT_EQ(field("Content-Type"), "text/html; charset=utf-8");
    EXPECT_EQ(field("Vary"), "Accept");
    EXPECT_THAT(std::string(response_.text), testing::StartsWith("<!doctype html>"));
  }
  for (const char* accept : {"", "*/*", "text/*", "application/json"}) EXPECT_FALSE(ask("/", accept)) << accept;
}

TEST_F(DashboardTest, EveryFileIsServedAsItLiesInTheFolder) {
  ASSERT_GT(embedded_files().size(), 10U);
  std::set<std::string_view> tags;
  std::size_t bytes = 0;
  for (const EmbeddedFile& file : embedded_files()) {
    ASSERT_TRUE(ask("/dashboard/" + std::string(file.path))) << file.path;
    EXPECT_EQ(response_.head.status, 200);
    EXPECT_EQ(field("Content-Type"), file.content_type);
    std::ifstream in(std::string(HEADGATE_DASHBOARD) + "/" + std::string(file.path), std::ios::binary);
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_EQ(response_.text, text.view()) << file.path;
    tags.insert(file.etag);
    bytes += file.bytes.size();
  }
  EXPECT_EQ(tags.size(), embedded_files().size());
  EXPECT_LE(bytes, 150 * 1024U);
}

TEST_F(DashboardTest, NothingFromElsewhereAndNothingInline) {
  for (const char* path : {"/", "/dashboard/main.js", "/dashboard/digest.js"}) {
    ASSERT_TRUE(ask(path, "text/html")) << path;
    const std::string policy = field("Content-Security-Policy");
    for (const char* part : {"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'",
                             "frame-ancestors 'none'"}) {
      EXPECT_THAT(policy, HasSubstr(part)) << path;
    }
    EXPECT_THAT(policy, Not(HasSubstr("unsafe"))) << path;
    EXPECT_EQ(field("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(field("X-Frame-Options"), "DENY");
  }
}

TEST_F(DashboardTest, WhatIsTheSameIsNotSentAgain) {
  ASSERT_TRUE(ask("/dashboard/main.js"));
  EXPECT_EQ(field("Cache-Control"), "no-cache");
  const std::string etag = field("ETag");
  ASSERT_TRUE(ask("/dashboard/main.js", "*/*", etag));
  EXPECT_EQ(response_.head.status, 304);
  EXPECT_EQ(response_.text, "");
  EXPECT_EQ(field("ETag"), etag);
  ASSERT_TRUE(ask("/dashboard/main.js", "*/*", "\"other\""));
  EXPECT_EQ(response_.head.status, 200);
}

TEST_F(DashboardTest, ThePageCanLearnWhichBuildItIsOf) {
  ASSERT_TRUE(ask("/dashboard/digest.js"));
  EXPECT_EQ(response_.text, "export const digest = \"" + std::string(digest_of_embedded_files()) + "\";\n");
  EXPECT_EQ(digest_of_embedded_files().size(), 64U);
}

TEST_F(DashboardTest, EverythingElseIsLeftToOthers) {
  for (const char* path : {"/dashboard", "/dashboard/", "/dashboard/none.js", "/dashboard//main.js", "/main.js",
                           "/status", "/Dashboard/main.js", "*"}) {
    EXPECT_FALSE(ask(path, "text/html")) << path;
    EXPECT_TRUE(response_.head.fields.empty()) << path;
  }
  method_ = "POST";
  EXPECT_FALSE(ask("/", "text/html"));
  method_ = "HEAD";
  EXPECT_TRUE(ask("/", "text/html"));
}

}  // namespace
}  // namespace headgate::proxy::admin::dashboard
