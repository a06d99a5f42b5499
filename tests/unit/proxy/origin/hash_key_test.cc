#include "proxy/origin/hash_key.h"

#include <gtest/gtest.h>

namespace headgate::proxy::origin {
namespace {

using By = config::request::Key::By;

class HashKey : public testing::Test {
 protected:
  HashKey() {
    request_.client = base::IpAddress::v4(0xcb007109);
    request_.head.path = "/cart";
    request_.head.query = "id=7&empty=&esc=%41";
    request_.head.fields.add("X-User-Id", "alice");
    request_.head.fields.add("X-User-Id", "bob");
    request_.head.fields.add("X-Empty", "");
    request_.head.fields.add("Cookie", "a=1", wire::http::FieldId::kCookie);
    request_.head.fields.add("Cookie", "sid=s1; a=2", wire::http::FieldId::kCookie);
  }
  std::optional<std::uint64_t> key(By by, std::string name = "") {
    config::Pool pool;
    pool.balance = config::Balance::kHash;
    pool.hash.key.by = by;
    pool.hash.key.name = std::move(name);
    return hash_key_of(pool, request_);
  }
  message::Request request_;
};

TEST_F(HashKey, IsNothingWhereTheRequestLacksIt) {
  EXPECT_FALSE(key(By::kHeader, "X-Other"));
  EXPECT_FALSE(key(By::kHeader, "X-Empty"));
  EXPECT_FALSE(key(By::kCookie, "SID")) << "cookies' names have a case";
  EXPECT_FALSE(key(By::kQuery, "empty"));
  EXPECT_FALSE(key(By::kQuery, "i"));
}

TEST_F(HashKey, IsNothingWhereThePoolDoesNotHash) {
  EXPECT_FALSE(hash_key_of(config::Pool(), request_));
}

TEST_F(HashKey, OfAUriTakesTheQueryIn) {
  const auto with_query = key(By::kUri);
  EXPECT_NE(with_query, key(By::kPath));
  request_.head.query = "id=8";
  EXPECT_NE(key(By::kUri), with_query);
  request_.head.query = "";
  EXPECT_EQ(key(By::kUri), key(By::kPath));
}

/// What instances and later versions have to agree with.
TEST_F(HashKey, IsTheSameForEver) {
  EXPECT_EQ(key(By::kClient), 16753051775292345163U);
  EXPECT_EQ(key(By::kHeader, "X-User-Id"), 5593767425381308080U);
  EXPECT_EQ(key(By::kUri), 15194384063585163543U);
}

}  // namespace
}  // namespace headgate::proxy::origin
