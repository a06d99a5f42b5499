#include "proxy/sticky/cookies.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/proxy/sticky/keys.h"

namespace headgate::proxy::sticky {
namespace {

using namespace std::chrono_literals;
using test::keys_of;
using Kind = Shown::Kind;

constexpr std::uint32_t kNow = 1'800'000'000;
constexpr Session kSession{.client = 7, .backend = 42, .issued = kNow};

class StickyCookies : public ::testing::Test {
 protected:
  Cookies cookies(config::StickyCookie settings = {.name = "hg"}, std::string_view pool = "app") {
    return Cookies(std::move(settings), pool, keyring_);
  }
  /// "hg=..." as a browser sends it back.
  std::string pair_of(Cookies& cookies, const Session& session = kSession) {
    const std::string text(cookies.write(session, false, arena_));
    return text.substr(0, text.find(';'));
  }
  Shown take(Cookies& cookies, std::vector<std::string> lines, std::uint32_t now = kNow) {
    fields_.clear();
    lines_ = std::move(lines);
    fields_.add("Host", "example.com");
    for (const std::string& line : lines_) fields_.add("Cookie", line);
    fields_.add("Accept", "*/*");
    return cookies.take(fields_, arena_, now);
  }
  std::string rest() const { return std::string(fields_.value_of(wire::http::FieldId::kCookie)); }

  std::shared_ptr<Keyring> keyring_ = std::make_shared<Keyring>(keys_of({1}));
  base::Arena arena_;
  wire::http::Fields fields_;
  std::vector<std::string> lines_;
};

TEST_F(StickyCookies, AreTakenOutOfWhatTheBackendSees) {
  Cookies app = cookies();
  const std::string ours = pair_of(app);
  for (const auto& [line, left] :
       std::vector<std::pair<std::string, std::string>>{{ours, ""},
                                                        {"a=1; " + ours, "a=1"},
                                                        {ours + "; b=2", "b=2"},
                                                        {"a=1;" + ours + ";b=2", "a=1; b=2"},
                                                        {"a=1; " + ours + "; b=2; " + ours, "a=1; b=2"},
                                                        {"a;b;c;d;e;f;g;" + ours, "a;b;c;d;e;f;g"},
                                                        {" ; a=\"x y\"; " + ours + " ;", "a=\"x y\""}}) {
    const Shown shown = take(app, {line});
    EXPECT_EQ(shown.kind, Kind::kGood) << line;
    EXPECT_EQ(shown.session, kSession) << line;
    EXPECT_EQ(rest(), left) << line;
    EXPECT_EQ(fields_.size(), left.empty() ? 2u : 3u) << line;
  }
}

TEST_F(StickyCookies, OthersStayAsTheyWereSent) {
  Cookies app = cookies();
  for (const std::string line : {"a=1; b=2", "xhg=1", "hgx=1", "hg", "HG=1", "a=hg=1", " a = 1 ;; b"}) {
    EXPECT_EQ(take(app, {line}).kind, Kind::kNone) << line;
    EXPECT_EQ(rest(), line);
  }
}

TEST_F(StickyCookies, HoldWhateverBlanksAreAroundThem) {
  Cookies app = cookies();
  const std::string value = pair_of(app).substr(3);
  for (const std::string& line :
       {"hg=  " + value, "a=1; hg=\t" + value + " ; b=2", " hg=" + value, "hg= 1; hg= " + value}) {
    EXPECT_EQ(take(app, {line}).kind, Kind::kGood) << line;
    wire::http::Fields fields;
    fields.add("Cookie", line);
    EXPECT_EQ(app.look(fields, kNow).kind, Kind::kGood) << line;
  }
}

TEST_F(StickyCookies, OfSeveralFieldsBecomeOne) {
  Cookies app = cookies();
  EXPECT_EQ(take(app, {"a=1", pair_of(app), "b=2"}).kind, Kind::kGood);
  EXPECT_EQ(rest(), "a=1; b=2");
  EXPECT_EQ(fields_.count(wire::http::FieldId::kCookie), 1u);
}

TEST_F(StickyCookies, OfAnotherPathDoNotHideTheOneThatHolds) {
  Cookies app = cookies();
  Cookies api = cookies({.name = "hg"}, "api");
  EXPECT_EQ(take(app, {pair_of(api) + "; " + pair_of(app)}).kind, Kind::kGood);
  EXPECT_EQ(take(app, {"hg=forged; hg=forged; hg=forged; " + pair_of(app)}).kind, Kind::kGood);
  EXPECT_EQ(take(app, {"hg=1; hg=2; hg=3; hg=4; " + pair_of(app)}).kind, Kind::kRefused) << "beyond kTriesMax";
  EXPECT_EQ(rest(), "") << "none of them goes on";
}

TEST_F(StickyCookies, OfAnotherPoolOrForgedAreRefused) {
  Cookies app = cookies();
  Cookies api = cookies({.name = "hg"}, "api");
  EXPECT_EQ(take(app, {pair_of(api)}).kind, Kind::kRefused);
  EXPECT_EQ(take(app, {"hg=" + std::string(Sealer::kTextBytes, 'A')}).kind, Kind::kRefused);
  EXPECT_EQ(take(app, {"hg="}).kind, Kind::kRefused);
  EXPECT_EQ(rest(), "");
}

TEST_F(StickyCookies, FollowTheKeysAlsoWhereTheyRememberACookie) {
  Cookies app = cookies();
  const std::string old = pair_of(app);
  EXPECT_EQ(take(app, {old}).kind, Kind::kGood);
  keyring_->replace(keys_of({2, 1}));
  EXPECT_EQ(take(app, {old}).kind, Kind::kGood);
  const std::string recent = pair_of(app);
  keyring_->replace(keys_of({2}));
  EXPECT_EQ(take(app, {old}).kind, Kind::kRefused);
  EXPECT_EQ(take(app, {recent}).kind, Kind::kGood);
}

TEST_F(StickyCookies, AreRenewedAfterHalfOfTheirTimeAndExpireAtItsEnd) {
  Cookies app = cookies({.name = "hg", .max_age = 100s});
  const std::string ours = pair_of(app);
  EXPECT_EQ(take(app, {ours}, kNow + 50).kind, Kind::kGood);
  EXPECT_EQ(take(app, {ours}, kNow + 51).kind, Kind::kOld);
  EXPECT_EQ(take(app, {ours}, kNow + 99).kind, Kind::kOld);
  EXPECT_EQ(take(app, {ours}, kNow + 100).kind, Kind::kExpired);
  EXPECT_EQ(take(app, {ours}, kNow + 100).session.client, kSession.client);
  Cookies for_ever = cookies();
  EXPECT_EQ(take(for_ever, {ours}, kNow + 1'000'000).kind, Kind::kGood);
}

TEST_F(StickyCookies, OfAClockThatIsAheadAreTakenWithinABound) {
  Cookies app = cookies({.name = "hg", .max_age = 100s});
  Cookies other = cookies({.name = "hg", .max_age = 100s});
  const auto ahead = [&](std::uint32_t seconds) { return pair_of(other, {7, 42, kNow + seconds}); };
  EXPECT_EQ(take(app, {ahead(Cookies::kAheadMax)}).kind, Kind::kGood);
  EXPECT_EQ(take(app, {ahead(Cookies::kAheadMax + 1)}).kind, Kind::kRefused);
}

TEST_F(StickyCookies, HaveTheirAttributes) {
  using SameSite = config::StickyCookie::SameSite;
  const auto attributes = [&](config::StickyCookie settings, bool secure) {
    settings.name = "hg";
    Cookies some = cookies(std::move(settings));
    const std::string text(some.write(kSession, secure, arena_));
    EXPECT_TRUE(text.starts_with("hg="));
    EXPECT_EQ(text.find(';'), 3 + Sealer::kTextBytes);
    return text.substr(text.find(';'));
  };
  EXPECT_EQ(attributes({}, false), "; Path=/; HttpOnly; SameSite=Lax");
  EXPECT_EQ(attributes({}, true), "; Path=/; HttpOnly; Secure; SameSite=Lax");
  EXPECT_EQ(attributes({.path = "/shop", .domain = "example.com", .same_site = SameSite::kStrict, .max_age = 8h}, true),
            "; Path=/shop; Domain=example.com; Max-Age=28800; HttpOnly; Secure; SameSite=Strict");
  EXPECT_EQ(attributes({.same_site = SameSite::kNone}, false), "; Path=/; HttpOnly; Secure; SameSite=None");
}

TEST_F(StickyCookies, AreReadThoughOthersTookTheirPlaceInTheMemo) {
  Cookies app = cookies();
  std::vector<std::string> many;
  for (std::uint64_t i = 0; i < Cookies::kRemembered + 1; ++i) many.push_back(pair_of(app, {i, i, kNow}));
  for (std::uint64_t i = 0; i < many.size(); i += 97) {
    const Shown shown = take(app, {many[i]});
    EXPECT_EQ(shown.kind, Kind::kGood);
    EXPECT_EQ(shown.session.client, i);
  }
}

}  // namespace
}  // namespace headgate::proxy::sticky
