// The rules for targets and hosts are mostly covered by the conformance table; here are the parts it does not see.
#include "wire/http/uri.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::wire::http {
namespace {

class Target : public testing::Test {
 protected:
  bool parse(std::string_view target) {
    head_.clear();
    return parse_target(target, arena_, head_);
  }
  base::Arena arena_;
  RequestHead head_;
};

TEST_F(Target, ThatNeedsNoChangeIsNotCopied) {
  const std::string target = "/a/b.c/..d/%2F/?q=%zz";
  EXPECT_FALSE(parse(target));
  const std::string good = "/a/b.c/..d/e?q=%2e";
  ASSERT_TRUE(parse(good));
  EXPECT_EQ(head_.path.data(), good.data());
  EXPECT_EQ(head_.query.data(), good.data() + 13);
}

TEST_F(Target, DotSegments) {
  const std::pair<std::string_view, std::string_view> kCases[] = {
      {"/.", "/"},
      {"/./", "/"},
      {"/./a", "/a"},
      {"/a/.", "/a/"},
      {"/a/..", "/"},
      {"/a/../", "/"},
      {"/a/../b", "/b"},
      {"/a/b/../../c", "/c"},
      {"/a/b/c/./../../g", "/a/g"},
      {"/a//../b", "/a/b"},
      {"/.a", "/.a"},
      {"/a.", "/a."},
      {"/a/%2E%2e/b", "/b"},
      {"/%2e", "/"},
      {"/...", "/..."},
      {"/a/.../b", "/a/.../b"},
      {"/a/..?b", "/"},
      {"/.//a", "//a"},
  };
  for (const auto& [target, path] : kCases) {
    ASSERT_TRUE(parse(target)) << target;
    EXPECT_EQ(head_.path, path) << target;
  }
  for (std::string_view target : {"/..", "/../", "/../a", "/a/../..", "/./..", "/%2e./a", "/a/../../a"}) {
    EXPECT_FALSE(parse(target)) << target;
  }
}

TEST_F(Target, EscapesHaveOneSpelling) {
  ASSERT_TRUE(parse("/%41%7a%30%2d%2e%5f%7E/%2f%3a%25%c3%A9[|]"));
  EXPECT_EQ(head_.path, "/Az0-._~/%2F%3A%25%C3%A9%5B%7C%5D");
}

TEST_F(Target, NormalisingTwiceChangesNothing) {
  for (std::string_view target : {"/a/./b/../%7e%2f[", "/%2525/%c3%a9", "/.//a/..b/"}) {
    ASSERT_TRUE(parse(target)) << target;
    const std::string once(head_.path);
    ASSERT_TRUE(parse(once)) << once;
    EXPECT_EQ(head_.path, once);
  }
}

TEST_F(Target, AnEarlierQueryIsForgotten) {
  ASSERT_TRUE(parse_target("/a?b", arena_, head_));
  ASSERT_TRUE(parse_target("/a", arena_, head_));
  EXPECT_FALSE(head_.has_query);
  EXPECT_EQ(head_.query, "");
}

TEST_F(Target, EveryByteAlone) {
  for (int c = 0; c < 256; ++c) {
    const std::string path = std::string("/") + static_cast<char>(c);
    const std::string query = "/?" + std::string(1, static_cast<char>(c));
    const bool alphanumeric = std::isalnum(c) != 0 && c < 128;
    const bool in_path = alphanumeric || (c != 0 && std::strchr("-._~!$&'()*+,;=:@/?[]|", c) != nullptr);
    const bool in_query = in_path || (c != 0 && std::strchr("{}\\^`", c) != nullptr);
    EXPECT_EQ(parse(path), in_path) << c;
    EXPECT_EQ(parse(query), in_query) << c;
  }
}

TEST(Authority, HostAtItsBound) {
  RequestHead head;
  EXPECT_TRUE(parse_authority(std::string(kHostBytesMax, 'a') + ":1", head));
  EXPECT_FALSE(parse_authority(std::string(kHostBytesMax + 1, 'a') + ":1", head));
}

TEST(Authority, Ports) {
  RequestHead head;
  for (std::string_view good : {"a:0", "a:1", "a:65535", "a:00080", "a:"})
    EXPECT_TRUE(parse_authority(good, head)) << good;
  for (std::string_view bad : {"a:65536", "a:99999999999999999999", "a:-1", "a:+1", "a: 1", "a:1 "}) {
    EXPECT_FALSE(parse_authority(bad, head)) << bad;
  }
}

TEST(Authority, EveryPort) {
  RequestHead head;
  for (int port = 0; port < 100'000; port += port < 66'000 ? 1 : 7) {
    const std::string text = std::to_string(port);
    ASSERT_EQ(parse_authority("a:" + text, head), port <= 65535) << text;
    for (std::size_t place = 0; place < text.size() && port % 97 == 0; ++place) {
      for (char other : {'/', ':', 'a', '\xb5', '\x15'}) {
        std::string bad = text;
        bad[place] = other;
        ASSERT_FALSE(parse_authority("a:" + bad, head)) << bad;
      }
    }
  }
}

TEST(Authority, ALeftHeadAloneWhenRefused) {
  RequestHead head;
  ASSERT_TRUE(parse_authority("first:1", head));
  EXPECT_FALSE(parse_authority("second:x", head));
  EXPECT_EQ(head.authority, "first:1");
}

TEST(PercentDecoded, Whole) {
  EXPECT_EQ(percent_decoded("a%20b+%2f"), "a b+/");
  EXPECT_EQ(percent_decoded("%00"), std::string(1, '\0'));
  EXPECT_EQ(percent_decoded(""), "");
  for (std::string_view bad : {"%", "%4", "%g1", "%1g", "a%"}) EXPECT_EQ(percent_decoded(bad), std::nullopt) << bad;
}

TEST(QueryValue, TheFirst) {
  EXPECT_EQ(query_value("a=1&b=2&a=3", "a"), "1");
  EXPECT_EQ(query_value("a=1&b=2&a=3", "b"), "2");
  EXPECT_EQ(query_value("a&b", "a"), "");
  EXPECT_EQ(query_value("x=a=b", "x"), "a=b");
  EXPECT_EQ(query_value("&&a=1", "a"), "1");
  EXPECT_EQ(query_value("aa=1", "a"), std::nullopt);
  EXPECT_EQ(query_value("", "a"), std::nullopt);
}

TEST(CookieValue, OfAllFields) {
  Fields fields;
  fields.add("Cookie", "a=1", FieldId::kCookie);
  fields.add("X-Cookie", "b=0");
  fields.add("Cookie", "b=2; a=3", FieldId::kCookie);
  EXPECT_EQ(cookie_value(fields, "a"), "1");
  EXPECT_EQ(cookie_value(fields, "b"), "2");
  EXPECT_EQ(cookie_value(fields, "c"), "");
}

TEST(CookieValue, TheFirst) {
  EXPECT_EQ(cookie_value("a=1; b=2;a=3", "a"), "1");
  EXPECT_EQ(cookie_value("a=1; b = 2 ;a=3", "b"), "2");
  EXPECT_EQ(cookie_value("a=x=y", "a"), "x=y");
  EXPECT_EQ(cookie_value("a=", "a"), "");
  EXPECT_EQ(cookie_value("a", "a"), std::nullopt);
  EXPECT_EQ(cookie_value("A=1", "a"), std::nullopt);
  EXPECT_EQ(cookie_value("", "a"), std::nullopt);
}

}  // namespace
}  // namespace headgate::wire::http
