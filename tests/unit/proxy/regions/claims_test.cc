#include "proxy/regions/claims.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "proxy/regions/homes.h"

namespace headgate::proxy::regions {
namespace {

using Outcome = Claim::Outcome;
using wire::http::FieldId;

constexpr std::uint64_t kNow = 1'800'000'000;

config::StickyKey key_of(std::uint8_t byte) {
  config::StickyKey key;
  key.fill(byte);
  return key;
}

TEST(PinSigner, ReadsWhatItSigned) {
  const PinSigner signer({key_of(1)});
  const std::string text = signer.sign("eu", kNow);
  EXPECT_TRUE(text.ends_with(".1800000000.eu")) << text;
  const std::optional<Pin> pin = signer.read(text);
  ASSERT_TRUE(pin);
  EXPECT_EQ(pin->region, "eu");
  EXPECT_EQ(pin->expires, kNow);
  EXPECT_EQ(signer.sign("eu", kNow), text);
  const std::string longest(64, 'r');
  EXPECT_TRUE(signer.read(signer.sign(longest, ~std::uint64_t{0})));
  EXPECT_FALSE(signer.read(signer.sign(longest + "r", ~std::uint64_t{0}))) << "longer than a name may be";
}

TEST(PinSigner, TakesNothingElse) {
  const PinSigner signer({key_of(1)});
  const std::string text = signer.sign("eu", kNow);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = other[at] == 'u' ? 'v' : 'u';
    EXPECT_FALSE(signer.read(other)) << other;
    EXPECT_FALSE(signer.read(text.substr(0, at))) << at;
  }
  EXPECT_FALSE(signer.read(text + "x"));
  EXPECT_FALSE(signer.read(""));
}

TEST(PinSigner, KeysRotate) {
  const std::string old = PinSigner({key_of(1)}).sign("eu", kNow);
  const PinSigner both({key_of(2), key_of(1)});
  EXPECT_TRUE(both.read(old));
  EXPECT_TRUE(PinSigner({key_of(2)}).read(both.sign("eu", kNow))) << "the first signs";
  EXPECT_FALSE(PinSigner({key_of(2)}).read(old));
}

class ClaimsTest : public testing::Test {
 protected:
  ClaimsTest() {
    rules_->pin = config::RegionPin{.cookie = "hg_region", .from_header = "X-Pin", .keys_file = {}, .keys = {}};
    rules_->region_override = config::RegionOverride{"X-Region", {*base::IpNetwork::parse("10.0.0.0/8")}};
    rules_->keys = keyring_;
    rules_->regions = std::make_shared<const geoip::Regions>(
        std::vector<geoip::Regions::Region>{{"eu", {}, {}, {}}, {"us", {}, {}, {}}},
        std::vector<geoip::Regions::Network>(), "");
  }
  Claim judge(wire::http::Fields& fields, const char* sender, std::uint64_t now = kNow) {
    return Claims(rules_).judge(fields, *base::IpAddress::parse(sender), now);
  }
  Claim of_cookie(const std::string& value, std::uint64_t now = kNow) {
    const std::string field = "a=b; hg_region=" + value + "; c=d";
    wire::http::Fields fields;
    fields.add(FieldId::kCookie, field);
    const Claim claim = judge(fields, "192.0.2.1", now);
    EXPECT_EQ(fields.value_of(FieldId::kCookie), field) << "it goes on to the backend";
    return claim;
  }
  std::string pinned(std::string_view named, bool may_pin = true, bool secure = false) {
    wire::http::Fields fields;
    fields.add("X-Pin", named);
    const std::string cookie(Claims(rules_).take_pin(fields, may_pin, secure, kNow, arena_));
    EXPECT_FALSE(fields.find("X-Pin")) << "the field goes no further";
    return cookie;
  }

  std::shared_ptr<sticky::Keyring> keyring_ = std::make_shared<sticky::Keyring>(config::StickyKeys{key_of(1)});
  std::shared_ptr<ClaimRules> rules_ = std::make_shared<ClaimRules>();
  base::Arena arena_;
};

TEST_F(ClaimsTest, TheHeaderOfWhoIsBelieved) {
  wire::http::Fields fields;
  fields.add("X-Region", " us ");
  const Claim claim = judge(fields, "10.255.255.255");
  EXPECT_EQ(claim.outcome, Outcome::kOverride);
  EXPECT_EQ(claim.decision, (geoip::Decision{1, geoip::Why::kOverride}));
  EXPECT_TRUE(fields.find("X-Region")) << "it goes on";
  fields.set("X-Region", "moon");
  EXPECT_EQ(judge(fields, "10.0.0.0").outcome, Outcome::kOverrideUnknown);
  EXPECT_EQ(judge(fields, "10.0.0.0").decision.region, geoip::kNoRegion);
}

TEST_F(ClaimsTest, TheHeaderOfAnybodyElseIsRemoved) {
  wire::http::Fields fields;
  fields.add("X-Region", "us");
  fields.add("x-region", "eu");
  const Claim claim = judge(fields, "11.0.0.0");
  EXPECT_EQ(claim.outcome, Outcome::kOverrideUnbelieved);
  EXPECT_EQ(claim.decision.region, geoip::kNoRegion);
  EXPECT_FALSE(fields.find("X-Region"));
}

TEST_F(ClaimsTest, ACookieHoldsUntilItExpires) {
  const std::string signed_one = PinSigner({key_of(1)}).sign("us", kNow + 1);
  EXPECT_EQ(of_cookie(signed_one).decision, (geoip::Decision{1, geoip::Why::kPinned}));
  EXPECT_EQ(of_cookie(signed_one, kNow + 1).outcome, Outcome::kPinExpired);
  EXPECT_EQ(of_cookie(signed_one, kNow + 1).decision.region, geoip::kNoRegion);
  EXPECT_EQ(of_cookie(PinSigner({key_of(1)}).sign("moon", kNow + 1)).outcome, Outcome::kPinUnknown);
  EXPECT_EQ(of_cookie(PinSigner({key_of(9)}).sign("us", kNow + 1)).outcome, Outcome::kPinRefused);
  EXPECT_EQ(of_cookie("us").outcome, Outcome::kPinRefused);
}

TEST_F(ClaimsTest, TheHeaderCountsBeforeTheCookie) {
  const std::string cookie = "hg_region=" + PinSigner({key_of(1)}).sign("us", kNow + 1);
  wire::http::Fields fields;
  fields.add(FieldId::kCookie, cookie);
  fields.add("X-Region", "eu");
  EXPECT_EQ(judge(fields, "10.0.0.1").decision.region, 0);
  EXPECT_EQ(judge(fields, "192.0.2.1").decision.region, 1) << "of a header that is not believed nothing is left";
}

TEST_F(ClaimsTest, AnOriginPinsItsClient) {
  const std::string cookie = pinned("us");
  const std::string value = PinSigner({key_of(1)}).sign("us", kNow + 30 * 86'400);
  EXPECT_EQ(cookie, "hg_region=" + value + "; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax");
  EXPECT_NE(pinned("us", true, true).find("; Secure"), std::string::npos);
  EXPECT_EQ(pinned("moon"), "");
  EXPECT_EQ(pinned("us", false), "") << "others are given this answer too";
  EXPECT_EQ(pinned("none"), "hg_region=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
}

TEST_F(ClaimsTest, KeysAreThoseInForce) {
  Claims claims(rules_);
  const std::string cookie = "hg_region=" + PinSigner({key_of(2)}).sign("us", kNow + 1);
  wire::http::Fields fields;
  fields.add(FieldId::kCookie, cookie);
  const base::IpAddress sender = *base::IpAddress::parse("192.0.2.1");
  EXPECT_EQ(claims.judge(fields, sender, kNow).outcome, Outcome::kPinRefused);
  keyring_->replace({key_of(2)});
  EXPECT_EQ(claims.judge(fields, sender, kNow).outcome, Outcome::kPinned);
}

TEST_F(ClaimsTest, WhatIsRememberedStillExpiresAndGoesWithItsKey) {
  Claims claims(rules_);
  const base::IpAddress sender = *base::IpAddress::parse("192.0.2.1");
  const std::string cookie = "hg_region=" + PinSigner({key_of(1)}).sign("us", kNow + 1);
  wire::http::Fields fields;
  fields.add(FieldId::kCookie, cookie);
  for (int i = 0; i < 2; ++i) {
    const Claim claim = claims.judge(fields, sender, kNow);
    EXPECT_EQ(claim.decision, (geoip::Decision{1, geoip::Why::kPinned})) << i;
    EXPECT_EQ(claim.named, "us");
  }
  EXPECT_EQ(claims.judge(fields, sender, kNow + 1).outcome, Outcome::kPinExpired);
  EXPECT_EQ(claims.judge(fields, sender, kNow).outcome, Outcome::kPinned);
  keyring_->replace({key_of(2), key_of(1)});
  EXPECT_EQ(claims.judge(fields, sender, kNow).outcome, Outcome::kPinned) << "its key is there still";
  keyring_->replace({key_of(2)});
  EXPECT_EQ(claims.judge(fields, sender, kNow).outcome, Outcome::kPinRefused);
}

TEST(PinMemo, FindsTheVeryTextAlone) {
  const PinSigner signer({key_of(1)});
  PinMemo memo;
  const std::string text = signer.sign("eu", kNow);
  EXPECT_FALSE(memo.find(text));
  memo.add(text, *signer.read(text));
  const std::optional<Pin> found = memo.find(text);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->region, "eu");
  EXPECT_EQ(found->expires, kNow);
  for (std::size_t at = 0; at < text.size(); ++at) {
    std::string other = text;
    other[at] = other[at] == 'u' ? 'v' : 'u';
    EXPECT_FALSE(memo.find(other)) << other;
    EXPECT_FALSE(memo.find(text.substr(0, at))) << at;
  }
  EXPECT_FALSE(memo.find(text + "x"));
  EXPECT_FALSE(memo.find(text + std::string(1, '\0')));
  for (const std::size_t zeros : {0, 7, 8, 64, 120}) EXPECT_FALSE(memo.find(std::string(zeros, '\0'))) << zeros;
  memo.clear();
  EXPECT_FALSE(memo.find(text));
}

TEST(PinMemo, TheLongestAndOneMore) {
  const PinSigner signer({key_of(1)});
  PinMemo memo;
  const std::string longest = signer.sign(std::string(64, 'r'), ~std::uint64_t{0});
  ASSERT_EQ(longest.size(), PinSigner::kTextMax);
  memo.add(longest, *signer.read(longest));
  ASSERT_TRUE(memo.find(longest));
  EXPECT_EQ(memo.find(longest)->region, std::string(64, 'r'));
  const std::string longer = longest + "r";
  memo.add(longer, {std::string_view(longer).substr(54), 1});
  EXPECT_FALSE(memo.find(longer));
  EXPECT_TRUE(memo.find(longest)) << "and it took nobody's place";
}

TEST(PinMemo, WhoComesLaterTakesThePlace) {
  PinMemo memo;
  // The place goes by the first eight characters.
  const std::string one = std::string(32, 'a') + ".1.eu";
  const std::string other = std::string(31, 'a') + "b.2.us";
  memo.add(one, {std::string_view(one).substr(35), 1});
  memo.add(other, {std::string_view(other).substr(35), 2});
  EXPECT_FALSE(memo.find(one));
  ASSERT_TRUE(memo.find(other));
  EXPECT_EQ(memo.find(other)->region, "us");
}

TEST(PinMemo, HoldsNoMoreThanItsPlaces) {
  const PinSigner signer({key_of(1)});
  PinMemo memo;
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < 2 * PinMemo::kPlaces; ++i) {
    texts.push_back(signer.sign("eu", kNow + i));
    memo.add(texts.back(), *signer.read(texts.back()));
  }
  const auto remembered =
      std::ranges::count_if(texts, [&](const std::string& each) { return memo.find(each).has_value(); });
  EXPECT_LE(static_cast<std::size_t>(remembered), PinMemo::kPlaces);
  EXPECT_GT(static_cast<std::size_t>(remembered), PinMemo::kPlaces / 2);
}

TEST(Homes, NobodyIsSentInACircle) {
  using Why = Homes::Answer::Why;
  const geoip::Regions regions({{"eu", {}, {}, {}}, {"us", {}, {}, {}}, {"ap", {}, {}, {}}}, {}, "");
  std::vector<config::Region> places(3);
  places[0].host = "eu.example.com";
  places[1].host = "us.example.com:8443";
  const Homes homes(regions, places, "eu");
  std::vector<Standing> standings(3);
  const auto ask = [&](geoip::RegionIndex client, std::string_view host) {
    return homes.answer(ServingMap({regions, "eu", places, standings, {}}), 0, client, host);
  };
  EXPECT_EQ(ask(0, "www.example.com").why, Why::kServedHere);
  EXPECT_EQ(ask(geoip::kNoRegion, "www.example.com").why, Why::kServedHere) << "clients of no region are here";
  EXPECT_EQ(ask(1, "www.example.com").host, "us.example.com:8443");
  EXPECT_EQ(ask(1, "US.example.com").why, Why::kAskedFor) << "whatever its port";
  EXPECT_EQ(ask(2, "www.example.com").why, Why::kNoHost);
  standings[1].state = State::kDown;
  EXPECT_EQ(ask(1, "www.example.com").why, Why::kServedHere);
  for (Standing& each : standings) each.state = State::kDown;
  standings[1].state = State::kDrained;
  EXPECT_EQ(ask(1, "www.example.com").why, Why::kNotUp);
  standings[1].state = State::kDown;
  EXPECT_EQ(ask(1, "www.example.com").why, Why::kNobody);
}

}  // namespace
}  // namespace headgate::proxy::regions
