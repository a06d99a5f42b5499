#include "proxy/handover/ticket_letter.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace headgate::proxy::handover {
namespace {

using net::tls::TicketKey;
using net::tls::TicketKeys;
using testing::HasSubstr;
using testing::Not;

TicketKey key(unsigned char seed) {
  TicketKey out;
  out.since = base::WallTime(std::chrono::seconds(1'000 + seed));
  for (std::size_t i = 0; i < out.name.size(); ++i) out.name[i] = static_cast<unsigned char>(seed + i);
  for (std::size_t i = 0; i < out.cipher.size(); ++i) out.cipher[i] = static_cast<unsigned char>(seed * 3 + i);
  for (std::size_t i = 0; i < out.mac.size(); ++i) out.mac[i] = static_cast<unsigned char>(seed * 5 + i);
  return out;
}

bool same(const TicketKey& a, const TicketKey& b) {
  return a.name == b.name && a.cipher == b.cipher && a.mac == b.mac && a.since == b.since;
}

TicketKeysByListener example() {
  return {{"web", {key(200), key(7)}}, {"a \"b\"", {}}, {"other", {key(255)}}};
}

std::string error_of(std::string_view text) {
  const base::Result<TicketKeysByListener> keys = parse_tickets(text);
  return keys ? "" : keys.error().message;
}

TEST(TicketLetter, ComesBackAsItWas) {
  const TicketKeysByListener before = example();
  const base::Result<TicketKeysByListener> after = parse_tickets(tickets_text(before));
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_EQ(after->size(), before.size());
  for (const auto& [listener, set] : before) {
    const TicketKeys::Set& read = after->at(listener);
    EXPECT_TRUE(std::equal(set.begin(), set.end(), read.begin(), read.end(), same)) << listener;
  }
}

TEST(TicketLetter, APredecessorThatKnowsNothingOfItSaysNothing) {
  const base::Result<TicketKeysByListener> keys = parse_tickets("");
  ASSERT_TRUE(keys);
  EXPECT_TRUE(keys->empty());
}

TEST(TicketLetter, TruncatedAnywhereItIsAnErrorThatQuotesNothing) {
  const std::string whole = tickets_text(example());
  for (std::size_t length = 1; length < whole.size(); ++length) {
    const std::string error = error_of(std::string_view(whole).substr(0, length));
    EXPECT_THAT(error, HasSubstr("no ticket keys")) << length;
    EXPECT_THAT(error, Not(HasSubstr("cipher"))) << length;
  }
}

TEST(TicketLetter, WhatIsNoKeyIsAnError) {
  const std::string whole = tickets_text({{"web", {key(1)}}});
  const auto with = [&whole](std::string_view what, std::string_view by) {
    std::string out = whole;
    const std::size_t at = out.find(what);
    EXPECT_NE(at, std::string::npos) << what;
    return out.replace(at, what.size(), by);
  };
  EXPECT_EQ(error_of(whole), "");
  EXPECT_NE(error_of(with("\"tickets\":1", "\"tickets\":2")), "");
  EXPECT_NE(error_of(with("\"mac\":\"05", "\"mac\":\"0g")), "");
  EXPECT_NE(error_of(with("\"mac\":\"05", "\"mac\":\"")), "");
  EXPECT_NE(error_of(with("\"mac\"", "\"cam\"")), "");
  EXPECT_NE(error_of(with("\"since_ns\":", "\"since_ns\":-")), "");
  EXPECT_NE(error_of(R"({"tickets":1,"listeners":{"web":{}}})"), "");
  EXPECT_NE(error_of(R"({"tickets":1})"), "");
}

TEST(TicketLetter, NoMoreKeysThanAListenerKeeps) {
  const TicketKeys::Set most(TicketKeys::kKeysMax, key(1));
  const TicketKeys::Set more(TicketKeys::kKeysMax + 1, key(1));
  EXPECT_EQ(error_of(tickets_text({{"web", most}})), "");
  EXPECT_NE(error_of(tickets_text({{"web", more}})), "");
}

}  // namespace
}  // namespace headgate::proxy::handover
