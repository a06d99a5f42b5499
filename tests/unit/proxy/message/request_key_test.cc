#include "proxy/message/request_key.h"

#include <gtest/gtest.h>

namespace headgate::proxy::message {
namespace {

using config::request::Key;
using config::request::Use;

class RequestKey : public testing::Test {
 protected:
  RequestKey() {
    head_.path = "/users/42/posts";
    head_.query = "id=7&empty=&esc=%41";
    head_.fields.add("X-User-Id", "alice");
    head_.fields.add("X-User-Id", "bob");
    head_.fields.add("X-Empty", "");
    head_.fields.add("Cookie", "a=1", wire::http::FieldId::kCookie);
    head_.fields.add("Cookie", "sid=s1; a=2", wire::http::FieldId::kCookie);
  }
  static Key key(std::string_view written) { return *config::request::parse_key(written, Use::kHash); }
  std::string_view text(std::string_view written) const { return key_text_of(key(written), head_); }
  std::optional<std::uint64_t> hash(std::string_view written, std::string_view client = "203.0.113.9") const {
    return key_hash_of(key(written), head_, *base::IpAddress::parse(client));
  }
  wire::http::RequestHead head_;
};

TEST_F(RequestKey, IsWhatIsNamed) {
  EXPECT_EQ(text("header:x-user-id"), "alice") << "the first, and case is of no matter";
  EXPECT_EQ(text("cookie:a"), "1");
  EXPECT_EQ(text("cookie:sid"), "s1") << "of any Cookie field";
  EXPECT_EQ(text("query:id"), "7");
  EXPECT_EQ(text("query:esc"), "%41");
  EXPECT_EQ(text("path"), "/users/42/posts");
  EXPECT_EQ(text("path:1"), "users");
  EXPECT_EQ(text("path:2"), "42");
  EXPECT_EQ(text("path:3"), "posts");
  EXPECT_EQ(text("path:4"), "");
}

TEST_F(RequestKey, OfAClientIsItsSubscribers) {
  EXPECT_EQ(text("client"), "");
  EXPECT_EQ(hash("client", "2001:db8:0:1::5"), hash("client", "2001:db8:0:1:ffff::6"));
  EXPECT_NE(hash("client", "2001:db8:0:1::5"), hash("client", "2001:db8:0:2::5"));
  EXPECT_NE(hash("client", "203.0.113.9"), hash("client", "203.0.113.8"));
}

TEST_F(RequestKey, IsNothingWhereTheRequestLacksIt) {
  for (const char* written : {"header:X-Empty", "header:X-None", "cookie:b", "query:empty", "query:no", "path:9"}) {
    EXPECT_FALSE(hash(written)) << written;
  }
}

TEST_F(RequestKey, IsWrittenAsItIsRead) {
  for (const char* written : {"client", "path", "uri", "path:32", "header:X-A", "cookie:sid", "query:a b"}) {
    EXPECT_EQ(config::request::text_of(key(written)), written);
  }
  EXPECT_EQ(config::request::words_of(key("path:2")), "segment 2 of the path");
  EXPECT_EQ(config::request::words_of(key("header:X-A")), "header X-A");
  for (const char* wrong : {"", "ip", "Client", "path:0", "path:33", "path:x", "header:", "header:X A", "cookie:a;b"}) {
    EXPECT_FALSE(config::request::parse_key(wrong, Use::kHash)) << wrong;
  }
  EXPECT_TRUE(config::request::parse_key("query:" + std::string(256, 'x'), Use::kHash));
  EXPECT_FALSE(config::request::parse_key("query:" + std::string(257, 'x'), Use::kHash));
  for (const Use use : {Use::kShard, Use::kSession}) {
    EXPECT_FALSE(config::request::parse_key("path", use));
    EXPECT_FALSE(config::request::parse_key("uri", use));
    EXPECT_TRUE(config::request::parse_key("path:2", use));
  }
}

}  // namespace
}  // namespace headgate::proxy::message
