#include "proxy/cache/rules/invalidation.h"

#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/rules/heads.h"

namespace headgate::proxy::cache::rules {
namespace {

using testing::Pair;
using wire::http::Method;

std::string text_of(const wire::http::RequestHead& head) {
  return std::string(head.authority) + std::string(head.path) + (head.has_query ? "?" + std::string(head.query) : "");
}

std::string invalidated(Method method, std::uint16_t status, const char* fields, bool secure = false) {
  Pair pair("", status, fields);
  pair.request.method = method;
  pair.request.path = "/a/b";
  pair.request.query = "x=1";
  pair.request.has_query = true;
  base::Arena arena;
  const Invalidated found = invalidated_by(pair.request, secure, pair.response, arena);
  std::string out;
  for (std::size_t i = 0; i < found.count; ++i) out += (i == 0 ? "" : " ") + text_of(found.uris[i]);
  return out;
}

TEST(Invalidation, UnsafeMethodsThatDidNotFail) {  // RFC 9111 section 4.4
  for (const Method method : {Method::kPost, Method::kPut, Method::kDelete, Method::kPatch, Method::kOther}) {
    EXPECT_EQ(invalidated(method, 200, ""), "example.com/a/b?x=1");
    EXPECT_EQ(invalidated(method, 204, ""), "example.com/a/b?x=1");
    EXPECT_EQ(invalidated(method, 303, ""), "example.com/a/b?x=1");
    EXPECT_EQ(invalidated(method, 400, ""), "");
    EXPECT_EQ(invalidated(method, 500, "Location: /c"), "");
    EXPECT_EQ(invalidated(method, 103, ""), "");
  }
  for (const Method method : {Method::kGet, Method::kHead, Method::kOptions, Method::kTrace}) {
    EXPECT_EQ(invalidated(method, 200, "Location: /c"), "");
  }
}

TEST(Invalidation, LocationAndContentLocationOfTheSameOrigin) {
  constexpr const char* kOwn = "example.com/a/b?x=1";
  struct Case {
    const char* fields;
    const char* more;
  };
  for (const Case& c : std::vector<Case>{
           {"Location: /c", " example.com/c"},
           {"Content-Location: /c?y", " example.com/c?y"},
           {"Location: /c\nContent-Location: /d", " example.com/c example.com/d"},
           {"Location: /c\nContent-Location: /c", " example.com/c"},
           {"Location: c", " example.com/a/c"},
           {"Location: ../c", " example.com/c"},
           {"Location: ?y=2", " example.com/a/b?y=2"},
           {"Location: http://example.com/c", " example.com/c"},
           {"Location: HTTP://EXAMPLE.COM:80/c#f", " example.com/c"},
           {"Location: //example.com/c", " example.com/c"},
           {"Location: http://example.com", " example.com/"},
           {"Location: http://example.com?q", " example.com/?q"},
           {"Location: /%63/./d", " example.com/c/d"},
           {"Location: ", ""},
           {"Location: #f", ""},
           {"Location: /a/b?x=1", ""},
           {"Location: http://example.org/c", ""},
           {"Location: https://example.com/c", ""},
           {"Location: http://example.com:8080/c", ""},
           {"Location: http://user@example.com/c", ""},
           {"Location: //evil.com/c", ""},
           {"Location: mailto:a@b", ""},
           {"Location: javascript:x", ""},
           {"Location: ../../c", ""},
           {"Location: /c d", ""},
       }) {
    EXPECT_EQ(invalidated(Method::kPost, 201, c.fields), std::string(kOwn) + c.more) << c.fields;
  }
  EXPECT_EQ(invalidated(Method::kPost, 201, "Location: https://example.com:443/c", true),
            std::string(kOwn) + " example.com/c");
  EXPECT_EQ(invalidated(Method::kPost, 201, "Location: http://example.com/c", true), kOwn);
}

}  // namespace
}  // namespace headgate::proxy::cache::rules
