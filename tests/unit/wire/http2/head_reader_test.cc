#include "wire/http2/head_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace headgate::wire::http2 {
namespace {

using http::FieldId;

using List = std::vector<std::pair<std::string, std::string>>;

class Head : public testing::Test {
 protected:
  /// False: malformed or a flood.
  bool read(const List& fields, const HeadLimits& limits = {}) {
    HeadReader reader(limits);
    reader.begin({&arena_, &head_, nullptr, &trailers_}, false);
    for (const auto& [name, value] : fields) {
      verdict_ = reader.add(name, value);
      if (verdict_ != HeadReader::Verdict::kFine) return false;
    }
    return reader.finish_request(facts_);
  }
  static List with(const List& more) {
    List all = {{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/"}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }

  base::Arena arena_;
  http::RequestHead head_;
  http::Fields trailers_;
  HeadFacts facts_;
  HeadReader::Verdict verdict_ = HeadReader::Verdict::kFine;
};

TEST_F(Head, LiesInMemoryAsHttp1WouldWriteIt) {
  ASSERT_TRUE(read(with({{"accept", "*/*"}, {"x-some", "thing"}})));
  const http::Field& accept = *head_.fields.find(FieldId::kAccept);
  EXPECT_EQ(std::string_view(accept.name.data(), 13 + 15), "Accept: */*\r\nx-some: thing\r\n");
  EXPECT_EQ(head_.fields.find("x-some")->id, FieldId::kOther);
}

TEST_F(Head, JoinsCookiesAndHasOneHost) {
  ASSERT_TRUE(read(with({{"cookie", "a=1"}, {"host", "A"}, {"cookie", "b=2"}})));
  EXPECT_EQ(head_.fields.count(FieldId::kCookie), 1u);
  EXPECT_EQ(head_.fields.value_of(FieldId::kCookie), "a=1; b=2");
  EXPECT_EQ(head_.fields.count(FieldId::kHost), 1u);
  EXPECT_EQ(head_.authority, "a");
}

TEST_F(Head, LimitsAreThoseOfHttp1AtTheirEdge) {
  HeadLimits limits;
  limits.fields = 2;
  ASSERT_TRUE(read(with({{"a", "1"}, {"b", "2"}}), limits));
  EXPECT_EQ(facts_.refusal, 0);
  ASSERT_TRUE(read(with({{"a", "1"}, {"b", "2"}, {"c", "3"}}), limits));
  EXPECT_EQ(facts_.refusal, 431);

  constexpr std::size_t kPseudo = 7 + 3 + 7 + 4 + 10 + 1 + 5 + 1 + 4 * 4;
  limits = {kPseudo + 105, 100};
  facts_ = {};
  ASSERT_TRUE(read(with({{"x", std::string(100, 'v')}}), limits));
  EXPECT_EQ(facts_.refusal, 0);
  ASSERT_TRUE(read(with({{"x", std::string(101, 'v')}}), limits));
  EXPECT_EQ(facts_.refusal, 431);
  EXPECT_TRUE(
      read(with({{"x", std::string(HeadReader::kFloodFactor * limits.head_bytes - kPseudo - 5, 'v')}}), limits));
  EXPECT_FALSE(
      read(with({{"x", std::string(HeadReader::kFloodFactor * limits.head_bytes - kPseudo - 4, 'v')}}), limits));
  EXPECT_EQ(verdict_, HeadReader::Verdict::kFlood);
}

TEST_F(Head, ConnectionSpecificFieldsAreMalformed) {
  for (const char* name : {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"}) {
    EXPECT_FALSE(read(with({{name, "x"}}))) << name;
    EXPECT_EQ(verdict_, HeadReader::Verdict::kMalformed);
  }
}

TEST_F(Head, ContentLengthIsOneNumber) {
  ASSERT_TRUE(read(with({{"content-length", "12"}})));
  EXPECT_EQ(facts_.content_length, 12u);
  for (const char* bad : {"-1", "+1", "1, 1", "", "0x1", "9223372036854775808"}) {
    EXPECT_FALSE(read(with({{"content-length", bad}}))) << bad;
  }
  EXPECT_FALSE(read(with({{"content-length", "1"}, {"content-length", "1"}})));
}

TEST_F(Head, HostsThatDifferAreMalformed) {
  EXPECT_FALSE(read(with({{"host", "b"}})));
  EXPECT_FALSE(read(with({{"host", "a"}, {"host", "a"}})));
}

TEST_F(Head, AnExtendedConnectIsAGet) {
  ASSERT_TRUE(read({{":method", "CONNECT"},
                    {":protocol", "websocket"},
                    {":scheme", "https"},
                    {":authority", "a"},
                    {":path", "/x"}}));
  EXPECT_EQ(facts_.refusal, 0);
  EXPECT_EQ(facts_.protocol, "websocket");
  EXPECT_EQ(head_.method_text, "GET");
  EXPECT_TRUE(head_.secure_target);
}

TEST_F(Head, TrailersLoseWhatTheyMayNotHold) {
  HeadReader reader({});
  reader.begin({&arena_, &head_, nullptr, &trailers_}, true);
  reader.add("x-sum", "1");
  reader.add("content-length", "5");
  reader.add("cookie", "a=b");
  ASSERT_TRUE(reader.finish_trailers());
  EXPECT_EQ(trailers_.size(), 1u);
  EXPECT_EQ(trailers_.find("x-sum")->value, "1");
}

}  // namespace
}  // namespace headgate::wire::http2
