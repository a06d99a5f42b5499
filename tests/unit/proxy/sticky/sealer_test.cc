#include "proxy/sticky/sealer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/unit/proxy/sticky/keys.h"

namespace headgate::proxy::sticky {
namespace {

using test::keys_of;

constexpr Session kSealed{.client = 0x1122334455667788, .backend = 0x99aabbccddeeff00, .issued = 1'800'000'000};

std::string sealed(Sealer& sealer, const Session& session = kSealed) {
  const Sealer::Text text = sealer.seal(session);
  return {text.begin(), text.end()};
}

TEST(Sealer, OpensWhatItSealed) {
  Sealer sealer(keys_of({1}), "app");
  EXPECT_EQ(sealer.open(sealed(sealer)), kSealed);
  EXPECT_EQ(sealer.open(sealed(sealer)), kSealed) << "and once more, with the same schedule";
}

TEST(Sealer, OpensWhatAnotherInstanceSealedWithTheKey) {
  Sealer one(keys_of({1}), "app");
  Sealer other(keys_of({1}), "app");
  EXPECT_EQ(other.open(sealed(one)), kSealed);
}

TEST(Sealer, TakesNoChangedCharacterAnywhere) {
  Sealer sealer(keys_of({1}), "app");
  const std::string text = sealed(sealer);
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (const char other : {'A', 'b', '-', '_', '=', '+', ' ', '\xff'}) {
      if (text[at] == other) continue;
      std::string forged = text;
      forged[at] = other;
      EXPECT_EQ(sealer.open(forged), std::nullopt) << at << " " << other;
    }
  }
}

TEST(Sealer, TakesNothingShorterOrLonger) {
  Sealer sealer(keys_of({1}), "app");
  const std::string text = sealed(sealer);
  for (std::size_t bytes = 0; bytes < text.size(); ++bytes) EXPECT_EQ(sealer.open(text.substr(0, bytes)), std::nullopt);
  EXPECT_EQ(sealer.open(text + "A"), std::nullopt);
  EXPECT_EQ(sealer.open(text + "AAAA"), std::nullopt);
}

TEST(Sealer, ACookieOfOnePoolIsOfNoUseInAnother) {
  Sealer app(keys_of({1}), "app");
  Sealer api(keys_of({1}), "api");
  EXPECT_EQ(api.open(sealed(app)), std::nullopt);
}

TEST(Sealer, KeysRotate) {
  Sealer before(keys_of({1}), "app");
  Sealer during(keys_of({2, 1}), "app");
  Sealer after(keys_of({2}), "app");
  const std::string old = sealed(before);
  EXPECT_EQ(during.open(old), kSealed) << "an older key still opens";
  EXPECT_EQ(after.open(old), std::nullopt) << "a key that is gone does not";
  const std::string recent = sealed(during);
  EXPECT_EQ(after.open(recent), kSealed) << "the first seals";
  EXPECT_EQ(before.open(recent), std::nullopt);
}

TEST(Sealer, SaysNothingOfTheBackend) {
  Sealer sealer(keys_of({1}), "app");
  std::set<std::string> texts;
  for (int i = 0; i < 1000; ++i) texts.insert(sealed(sealer));
  EXPECT_EQ(texts.size(), 1000u) << "two cookies of one session have nothing in common";
  // Were any character the backend's, a thousand cookies of one backend would have it in common.
  for (std::size_t at = 0; at < Sealer::kTextBytes; ++at) {
    std::set<char> seen;
    for (const std::string& text : texts) seen.insert(text[at]);
    EXPECT_GT(seen.size(), 50u) << at;
  }
}

TEST(Sealer, WritesWhatACookieMayHold) {
  Sealer sealer(keys_of({1}), "app");
  const auto is_allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  };
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(std::ranges::all_of(sealed(sealer), is_allowed));
}

}  // namespace
}  // namespace headgate::proxy::sticky
