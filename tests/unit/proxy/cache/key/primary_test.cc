#include "proxy/cache/key/primary.h"

#include <gtest/gtest.h>

#include "wire/http/uri.h"

namespace headgate::proxy::cache::key {
namespace {

using wire::http::Method;
using wire::http::RequestHead;

/// A request as the parser leaves it: target and Host taken apart and normalised.
class Asked {
 public:
  Asked(std::string target, std::string host, std::vector<std::pair<std::string, std::string>> fields = {})
      : target_(std::move(target)), host_(std::move(host)), fields_(std::move(fields)) {
    is_valid_ = wire::http::parse_target(target_, arena_, head_);
    if (head_.form == wire::http::TargetForm::kOrigin)
      is_valid_ = wire::http::parse_authority(host_, head_) && is_valid_;
    for (const auto& [name, value] : fields_) head_.fields.add(name, value);
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  std::string key(const Recipe& recipe = {}, bool secure = false) {
    EXPECT_TRUE(is_valid_) << target_;
    return std::string(primary_key(recipe, head_, secure, arena_));
  }
  RequestHead& head() { return head_; }
  bool is_valid() const { return is_valid_; }

 private:
  std::string target_;
  std::string host_;
  std::vector<std::pair<std::string, std::string>> fields_;
  base::Arena arena_;
  RequestHead head_;
  bool is_valid_ = false;
};

TEST(PrimaryKey, TheWholeUri) {  // RFC 9111 section 2
  struct Case {
    const char* target;
    const char* host;
    bool secure;
    const char* key;
  };
  for (const Case& c : std::vector<Case>{
           {"/a", "example.com", false, "http://example.com/a"},
           {"/a", "Example.COM", false, "http://example.com/a"},
           {"/a", "example.com:80", false, "http://example.com/a"},
           {"/a", "example.com:443", false, "http://example.com:443/a"},
           {"/a", "example.com", true, "https://example.com/a"},
           {"/a", "example.com:443", true, "https://example.com/a"},
           {"/a", "example.com:8443", true, "https://example.com:8443/a"},
           {"/a", "example.com:", false, "http://example.com/a"},
           {"/a?", "example.com", false, "http://example.com/a?"},
           {"/a?x=1&y=2", "example.com", false, "http://example.com/a?x=1&y=2"},
           {"/a?y=2&x=1", "example.com", false, "http://example.com/a?y=2&x=1"},
           {"/%61/./b/../c", "example.com", false, "http://example.com/a/c"},
           {"/a%2fb", "example.com", false, "http://example.com/a%2Fb"},
           {"/a//b", "example.com", false, "http://example.com/a//b"},
           {"/A", "[::1]:80", false, "http://[::1]/A"},
           {"http://Other.com/a", "example.com", false, "http://other.com/a"},
       }) {
    EXPECT_EQ(Asked(c.target, c.host).key({}, c.secure), c.key);
  }
}

TEST(PrimaryKey, ChosenParametersInOrder) {
  Recipe recipe;
  recipe.query = {"v", "page"};
  struct Case {
    const char* target;
    const char* key;
  };
  for (const Case& c : std::vector<Case>{
           {"/a", "http://h/a?"},
           {"/a?x=1", "http://h/a?"},
           {"/a?v=1", "http://h/a?\n&v=1"},
           {"/a?page=2&utm=3&v=1", "http://h/a?\n&v=1\n&page=2"},
           {"/a?v=1&page=2", "http://h/a?\n&v=1\n&page=2"},
           {"/a?v", "http://h/a?\n&v"},
           {"/a?v=", "http://h/a?\n&v="},
           {"/a?vv=1&av=1", "http://h/a?"},
       }) {
    EXPECT_EQ(Asked(c.target, "h").key(recipe), c.key) << c.target;
  }
  recipe.query = std::vector<std::string>();
  EXPECT_EQ(Asked("/a?x=1", "h").key(recipe), Asked("/a", "h").key(recipe));
}

TEST(PrimaryKey, WhatIsLeftOutCanNotBeMadeToMatter) {  // parameter pollution and cloaking
  Recipe recipe;
  recipe.query = {"v"};
  const std::string plain = Asked("/a?v=1", "h").key(recipe);
  for (const char* target :
       {"/a?v=1&v=2", "/a?v=2&v=1", "/a?v=1&%76=2", "/a?%76=2&v=1", "/a?v=1;v=2", "/a?v=1&x=1;v=2", "/a?v=1&x;v=2",
        "/a?v=1;x=2", "/a?v=%31", "/a?v;v=1", "/a?v=1%26v=2", "/a?V=1", "/a?v=1&v"}) {
    EXPECT_NE(Asked(target, "h").key(recipe), plain) << target;
  }
  EXPECT_EQ(Asked("/a?%76=1", "h").key(recipe), plain);
  EXPECT_EQ(Asked("/a?v=1&x=2;y=3", "h").key(recipe), plain);
  EXPECT_NE(Asked("/a?v;x=2", "h").key(recipe), Asked("/a?v", "h").key(recipe));
}

TEST(PrimaryKey, HeadersCookiesMethod) {
  Recipe recipe;
  recipe.headers = {"X-Tenant", "Accept-Language"};
  recipe.cookies = {"plan"};
  recipe.has_method = true;
  Asked asked("/a", "h",
              {{"x-tenant", "t1"}, {"Cookie", "a=b; plan=gold"}, {"Cookie", "plan=x"}, {"Accept-Language", "DE, en"}});
  EXPECT_EQ(asked.key(recipe),
            "http://h/a\ncookie plan=gold\ncookie plan=x\nheader X-Tenant:t1\nheader Accept-Language:de,en");
  asked.head().method = Method::kHead;
  EXPECT_EQ(asked.key(recipe),
            "http://h/a\ncookie plan=gold\ncookie plan=x\nHEAD\nheader X-Tenant:t1\nheader Accept-Language:de,en");
  EXPECT_EQ(Asked("/a", "h").key(recipe), "http://h/a\nheader X-Tenant\nheader Accept-Language");
  EXPECT_NE(Asked("/a", "h", {{"X-Tenant", ""}}).key(recipe), Asked("/a", "h").key(recipe));
  EXPECT_NE(Asked("/a", "h", {{"X-Tenant", "t1"}, {"X-Tenant", "t2"}}).key(recipe),
            Asked("/a", "h", {{"X-Tenant", "t1"}}).key(recipe));
}

TEST(PrimaryKey, HeadSharesWithGet) {
  Asked asked("/a", "h");
  const std::string get = asked.key();
  asked.head().method = Method::kHead;
  EXPECT_EQ(asked.key(), get);
}

TEST(PrimaryKey, FieldsThatAreNotChosenDoNotCount) {
  EXPECT_EQ(Asked("/a", "h", {{"X-Forwarded-Host", "evil"}, {"Cookie", "a=b"}, {"Accept", "x/y"}}).key(),
            Asked("/a", "h").key());
}

TEST(PrimaryKey, HostConfusion) {
  // Of an absolute target and a Host the target counts (RFC 9112 section 3.2.2), for the key as for the route.
  EXPECT_EQ(Asked("http://a.com/x", "b.com").key(), Asked("/x", "a.com").key());
  EXPECT_NE(Asked("/x", "a.com").key(), Asked("/x", "a.com:81").key());
  EXPECT_NE(Asked("/x", "a.com.").key(), Asked("/x", "a.com").key());
  for (const char* host : {"a.com@b.com", "a.com,b.com", "a.com b.com", "a.com/b", "a.com\tb"}) {
    EXPECT_FALSE(Asked("/x", host).is_valid()) << host;
  }
}

TEST(PrimaryKey, PathConfusion) {
  const std::string plain = Asked("/a/b", "h").key();
  for (const char* same : {"/a/./b", "/a/c/../b", "/%61/b", "/a/%62"}) EXPECT_EQ(Asked(same, "h").key(), plain) << same;
  for (const char* other : {"/a%2Fb", "/a/b/", "/a//b", "/a/b;x", "/a/b%3Fx", "/a/b?", "/A/b", "/a/b%00x", "/a\\b"}) {
    Asked asked(other, "h");
    if (asked.is_valid()) EXPECT_NE(asked.key(), plain) << other;
  }
}

TEST(PrimaryKey, ALongOneIsWhole) {
  const std::string path = "/" + std::string(60000, 'a');
  EXPECT_EQ(Asked(path + "?q", "h").key(), "http://h" + path + "?q");
}

TEST(Hash, DependsOnBytesAndSeed) {
  EXPECT_EQ(hash_of("a", 1), hash_of("a", 1));
  EXPECT_NE(hash_of("a", 1), hash_of("b", 1));
  EXPECT_NE(hash_of("a", 1), hash_of("a", 2));
}

}  // namespace
}  // namespace headgate::proxy::cache::key
