#include "proxy/explain/question.h"

#include <gmock/gmock.h>

namespace headgate::proxy::explain {
namespace {

using testing::HasSubstr;

std::string bytes_of(Question question) {
  const base::Result<Target> target = target_of(question.url);
  if (!target) return target.error().message;
  const base::Result<std::string> bytes = head_bytes_of(question, *target);
  return bytes ? *bytes : bytes.error().message;
}

TEST(Question, BecomesTheBytesThatAClientSends) {
  EXPECT_EQ(bytes_of({.url = "http://a.example:8080/x?y#z", .headers = {}, .listener = {}}),
            "GET /x?y HTTP/1.1\r\nHost: a.example:8080\r\n\r\n");
  EXPECT_EQ(bytes_of({.url = "a.example", .headers = {}, .listener = {}}), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
  EXPECT_EQ(bytes_of({.url = "HTTPS://a:443?q", .headers = {}, .listener = {}}), "GET /?q HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(bytes_of({.url = "http://a:80/", .method = "PUT", .headers = {{"A", "b"}, {"host", "c"}}, .listener = {}}),
            "PUT / HTTP/1.1\r\nhost: c\r\nA: b\r\n\r\n");
}

TEST(Question, TakesTheTargetApart) {
  const Target v6 = *target_of("https://[::1]:8443/");
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.port, 8443);
  EXPECT_TRUE(v6.is_https);
  EXPECT_EQ(target_of("[::1]/")->port, 80);
  EXPECT_EQ(target_of("x/")->note, "http:// is assumed");
  EXPECT_EQ(target_of("http://x:/")->port, 80);
  EXPECT_EQ(target_of("http://x:65535/")->port, 65535);
}

TEST(Question, RefusesWhatNoClientSends) {
  EXPECT_THAT(bytes_of({.url = "", .headers = {}, .listener = {}}), HasSubstr("no host"));
  EXPECT_THAT(bytes_of({.url = "http://:80/", .headers = {}, .listener = {}}), HasSubstr("no host"));
  EXPECT_THAT(bytes_of({.url = "http://x:65536/", .headers = {}, .listener = {}}), HasSubstr("no port"));
  EXPECT_THAT(bytes_of({.url = "http://x:8o/", .headers = {}, .listener = {}}), HasSubstr("no port"));
  EXPECT_THAT(bytes_of({.url = "http://u@x/", .headers = {}, .listener = {}}), HasSubstr("Authorization"));
  EXPECT_THAT(bytes_of({.url = "http://x/\r\nA: b", .headers = {}, .listener = {}}), HasSubstr("line end"));
  EXPECT_THAT(bytes_of({.url = "x", .headers = {{"A", "b\n"}}, .listener = {}}), HasSubstr("line end"));
  EXPECT_FALSE(header_of("nothing"));
  EXPECT_FALSE(header_of(": x"));
  EXPECT_EQ(header_of("A:  b: c ")->second, "b: c");
}

}  // namespace
}  // namespace headgate::proxy::explain
