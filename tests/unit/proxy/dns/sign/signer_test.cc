#include "proxy/dns/sign/signer.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "proxy/dns/zone/answer.h"
#include "proxy/dns/zone/zone_builder.h"
#include "tests/unit/proxy/dns/sign/verification.h"
#include "tests/unit/wire/dns/messages.h"
#include "wire/dns/dnssec/records.h"

namespace headgate::proxy::dns::sign {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::Message;
using testing::Record;
using testing::wire_of;
using wire::dns::Name;
using wire::dns::Query;
using wire::dns::Response;
using wire::dns::Type;

constexpr unsigned kDo = 0x8000;
constexpr unsigned kCo = 0x4000;
constexpr unsigned kNoError = 0;
constexpr unsigned kServFail = 2;
constexpr unsigned kNxDomain = 3;
constexpr base::WallTime kNow(1'790'000'000s);

Name name(std::string_view text) {
  return *Name::parse(text);
}

class FixedChooser : public zone::Chooser {
 public:
  zone::Addresses choose(const zone::GeoName&, Type type) override { return {type == Type::kA ? v4 : v6, 7, 16}; }
  std::vector<std::string> v4{"aaaa", "bbbb", "cccc"};
  std::vector<std::string> v6;
};

class SignerTest : public ::testing::Test {
 protected:
  SignerTest()
      : builder_(name("a"), {.primary = name("ns.a"), .admin = name("hostmaster.a")}), zone_(builder_.build()) {
    add("a", Type::kNs, wire_of("ns.a"));
    add("ns.a", Type::kA, "1234");
    add("www.a", Type::kA, "1111");
    add("www.a", Type::kA, "2222");
    add("www.a", Type::kCaa, "\0\5issueca"s);
    add("alias.a", Type::kCname, wire_of("www.a"));
    add("lost.a", Type::kCname, wire_of("nobody.a"));
    add("deep.er.a", Type::kTxt, "\1x");
    add("*.wild.a", Type::kTxt, "\1w");
    add("child.a", Type::kNs, wire_of("ns.child.a"));
    add("ns.child.a", Type::kA, "glue");
    add("safe.a", Type::kNs, wire_of("ns.b"));
    add("safe.a", Type::kDs, "\1\2\15\2digest");
    EXPECT_TRUE(builder_.add_geo(name("geo.a"), {"app", 30}));
    EXPECT_TRUE(builder_.publish(*keys::Keys::parse(*keys::Key::make_pem())));
    zone_ = builder_.build();
    note_keys();
  }
  void add(std::string_view at, Type type, std::string data) {
    EXPECT_TRUE(builder_.add(name(at), type, 30, std::move(data))) << at;
    zone_ = builder_.build();
  }
  void note_keys() {
    for (const keys::Key& key : zone_.keys()->all()) keys_[key.tag()] = key.dnskey().substr(4);
  }

  Message ask(std::string_view what, Type type, unsigned flags = kDo, std::size_t bytes_max = 4096) {
    const std::string message = wire::dns::testing::asking(what, type, wire::dns::testing::opt("", 4096, 0, flags));
    Query query;
    EXPECT_EQ(parse_query(message, query), wire::dns::Sense::kAsked);
    Response response(query, buffer_, bytes_max);
    const zone::Verdict verdict =
        answer(zone_, query, turn_++, chooser_, response, signer_.begin(zone_, now_, counts_));
    return testing::take_apart({buffer_.data(), response.finish(verdict.rcode, verdict.is_authoritative)});
  }
  std::string problem_of(const Message& message) const {
    return testing::problem_of(message, wire_of("a"), keys_,
                               std::chrono::duration_cast<std::chrono::seconds>(now_.time_since_epoch()).count());
  }
  /// The one NSEC record of a denial, whose message is right in all else.
  testing::Nsec denial_of(const Message& message, const std::string& owner) {
    EXPECT_EQ(problem_of(message), "");
    EXPECT_TRUE(message.of(0, Type::kNsec).empty());
    EXPECT_EQ(message.of(1, Type::kSoa).size(), 1U);
    const std::vector<Record> records = message.of(1, Type::kNsec);
    if (records.size() != 1) return {};
    EXPECT_EQ(records[0].owner, wire_of(owner));
    return testing::nsec_of(records[0]);
  }
  std::string signature_of(const Message& message) { return message.of(0, Type::kRrsig).at(0).data; }

  zone::ZoneBuilder builder_;
  zone::Zone zone_;
  FixedChooser chooser_;
  Signer signer_;
  Counts counts_;
  std::map<unsigned, std::string> keys_;
  std::array<char, 8192> buffer_;
  std::uint32_t turn_ = 0;
  base::WallTime now_ = kNow;
};

TEST_F(SignerTest, WhatIsThere) {
  const Message message = ask("www.a", Type::kA);
  EXPECT_EQ(message.rcode, kNoError);
  EXPECT_TRUE(message.is_authoritative);
  EXPECT_EQ(message.of(0, Type::kA).size(), 2U);
  EXPECT_EQ(message.of(0, Type::kRrsig).size(), 1U);
  EXPECT_EQ(message.edns_flags, kDo);
  EXPECT_EQ(problem_of(message), "");
  for (const auto& [what, type] :
       {std::pair("a", Type::kSoa), std::pair("a", Type::kNs), std::pair("www.a", Type::kAny),
        std::pair("www.a", Type::kCaa), std::pair("alias.a", Type::kCname)}) {
    EXPECT_EQ(problem_of(ask(what, type)), "") << what << " " << type_text(type);
  }
}

TEST_F(SignerTest, AnAliasAndWhereItLeads) {
  const Message message = ask("alias.a", Type::kA);
  EXPECT_EQ(message.of(0, Type::kRrsig).size(), 2U);
  EXPECT_EQ(problem_of(message), "");
  const testing::Nsec lost = denial_of(ask("lost.a", Type::kA), "nobody.a");
  EXPECT_TRUE(lost.types.contains(128));
}

TEST_F(SignerTest, WhoDoesNotAskForSignaturesGetsNone) {
  for (const char* what : {"www.a", "geo.a", "nobody.a", "x.child.a", "x.wild.a", "lost.a"}) {
    const Message message = ask(what, Type::kA, 0);
    for (const Record& record : message.records) {
      EXPECT_NE(record.type, Type::kRrsig) << what;
      EXPECT_NE(record.type, Type::kNsec) << what;
    }
  }
  EXPECT_EQ(ask("nobody.a", Type::kA, 0).rcode, kNxDomain);
  EXPECT_EQ(ask("nobody.a", Type::kA, kCo).rcode, kNxDomain);
  EXPECT_EQ(ask("nobody.a", Type::kA, kCo).edns_flags, 0U);
  EXPECT_EQ(ask("safe.a", Type::kA, 0).of(1, Type::kDs).size(), 0U);
}

TEST_F(SignerTest, GeoAnswersHaveOneSignatureInAnyOrder) {
  const Message message = ask("geo.a", Type::kA);
  EXPECT_EQ(message.of(0, Type::kA).size(), 3U);
  EXPECT_EQ(problem_of(message), "");
  const std::string signature = signature_of(message);
  const std::uint64_t made = counts_.made.value();
  for (const auto& order : {std::vector<std::string>{"bbbb", "cccc", "aaaa"}, {"cccc", "bbbb", "aaaa"}}) {
    chooser_.v4 = order;
    const Message again = ask("geo.a", Type::kA);
    EXPECT_EQ(again.of(0, Type::kA).at(0).data, order[0]);
    EXPECT_EQ(signature_of(again), signature);
    EXPECT_EQ(problem_of(again), "");
  }
  EXPECT_EQ(counts_.made.value(), made);
  chooser_.v4 = {"aaaa"};
  EXPECT_NE(signature_of(ask("geo.a", Type::kA)), signature);
  EXPECT_EQ(counts_.made.value(), made + 1);
}

TEST_F(SignerTest, AGeoNameWithoutAddressesOfThatFamily) {
  const testing::Nsec nsec = denial_of(ask("geo.a", Type::kAaaa), "geo.a");
  EXPECT_EQ(nsec.types, (std::set<unsigned>{1, 46, 47}));
  // For another type both families are there: nobody may conclude from it that one is not.
  EXPECT_EQ(denial_of(ask("geo.a", Type::kTxt), "geo.a").types, (std::set<unsigned>{1, 28, 46, 47}));
}

TEST_F(SignerTest, ATypeThatIsNotThere) {
  const Message message = ask("www.a", Type::kTxt);
  EXPECT_EQ(message.rcode, kNoError);
  const testing::Nsec nsec = denial_of(message, "www.a");
  EXPECT_EQ(nsec.types, (std::set<unsigned>{1, 46, 47, 257}));
  EXPECT_EQ(nsec.next, "\1\0"s + wire_of("www.a"));
  EXPECT_EQ(denial_of(ask("er.a", Type::kTxt), "er.a").types, (std::set<unsigned>{46, 47}));
  EXPECT_EQ(denial_of(ask("a", Type::kTxt), "a").types, (std::set<unsigned>{2, 6, 46, 47, 48, 59, 60}));
  EXPECT_EQ(denial_of(ask("a", Type::kDs), "a").types.count(6), 1U);
}

TEST_F(SignerTest, ANameThatIsNotThere) {
  const Message message = ask("no.body.a", Type::kA);
  EXPECT_EQ(message.rcode, kNoError);
  EXPECT_TRUE(message.is_authoritative);
  EXPECT_EQ(message.edns_flags, kDo);
  const testing::Nsec nsec = denial_of(message, "no.body.a");
  EXPECT_EQ(nsec.types, (std::set<unsigned>{46, 47, 128}));
  EXPECT_EQ(nsec.next, "\1\0"s + wire_of("no.body.a"));
  const Message compact = ask("no.body.a", Type::kA, kDo | kCo);
  EXPECT_EQ(compact.rcode, kNxDomain);
  EXPECT_EQ(compact.edns_flags, kDo | kCo);
  EXPECT_EQ(denial_of(compact, "no.body.a").types, (std::set<unsigned>{46, 47, 128}));
}

TEST_F(SignerTest, AWildcardIsSignedAsTheNameThatWasAsked) {
  const Message message = ask("x.y.wild.a", Type::kTxt);
  EXPECT_EQ(problem_of(message), "");
  EXPECT_EQ(message.of(0, Type::kTxt).at(0).owner, wire_of("x.y.wild.a"));
  EXPECT_EQ(signature_of(message)[3], 4);
  EXPECT_TRUE(message.of(1, Type::kNsec).empty());
  EXPECT_EQ(denial_of(ask("x.wild.a", Type::kA), "x.wild.a").types, (std::set<unsigned>{16, 46, 47}));
  // The wildcard itself has a label less.
  EXPECT_EQ(problem_of(ask("*.wild.a", Type::kTxt)), "");
  EXPECT_EQ(signature_of(ask("*.wild.a", Type::kTxt))[3], 2);
}

TEST_F(SignerTest, DelegationsSayWhetherTheyAreSigned) {
  const Message message = ask("www.child.a", Type::kA);
  EXPECT_FALSE(message.is_authoritative);
  EXPECT_EQ(problem_of(message), "");
  ASSERT_EQ(message.of(1, Type::kNsec).size(), 1U);
  const testing::Nsec nsec = testing::nsec_of(message.of(1, Type::kNsec)[0]);
  EXPECT_EQ(message.of(1, Type::kNsec)[0].owner, wire_of("child.a"));
  EXPECT_EQ(nsec.types, (std::set<unsigned>{2, 46, 47}));
  EXPECT_EQ(nsec.next, "\6child\0"s + wire_of("a"));  // nothing is said of what is below
  EXPECT_EQ(message.of(2, Type::kA).size(), 1U);

  const Message safe = ask("www.safe.a", Type::kA);
  EXPECT_EQ(problem_of(safe), "");
  EXPECT_EQ(safe.of(1, Type::kDs).size(), 1U);
  EXPECT_TRUE(safe.of(1, Type::kNsec).empty());
  const Message ds = ask("safe.a", Type::kDs);
  EXPECT_EQ(problem_of(ds), "");
  EXPECT_EQ(ds.of(0, Type::kDs).size(), 1U);
  EXPECT_EQ(denial_of(ask("child.a", Type::kDs), "child.a").types, (std::set<unsigned>{2, 46, 47}));
}

TEST_F(SignerTest, WhatEveryNameOfASignedZoneHas) {
  const Message nsec = ask("nobody.a", Type::kNsec);
  EXPECT_EQ(problem_of(nsec), "");
  ASSERT_EQ(nsec.of(0, Type::kNsec).size(), 1U);
  EXPECT_EQ(testing::nsec_of(nsec.of(0, Type::kNsec)[0]).types, (std::set<unsigned>{46, 47, 128}));
  EXPECT_EQ(ask("www.a", Type::kNsec, 0).of(0, Type::kNsec).size(), 1U);
  EXPECT_EQ(ask("www.a", Type::kRrsig, 0).of(0, Type::kRrsig).size(), 1U);
  EXPECT_EQ(ask("www.a", Type::kNxname).rcode, 1U);  // FORMERR
  EXPECT_EQ(ask("www.a", Type::kNxname).records.size(), 0U);
}

TEST_F(SignerTest, SeveralKeysSignTheirOwnSetAndTheFirstTheRest) {
  zone::ZoneBuilder two(name("a"), zone_.start());
  EXPECT_TRUE(two.add(name("www.a"), Type::kA, 30, "1111"));
  EXPECT_TRUE(two.publish(*keys::Keys::parse(*keys::Key::make_pem() + *keys::Key::make_pem())));
  zone_ = two.build();
  keys_.clear();
  note_keys();
  for (int i = 0; i < 2; ++i) {
    for (const Type type : {Type::kDnskey, Type::kCds, Type::kCdnskey}) {
      const Message message = ask("a", type);
      EXPECT_EQ(message.of(0, type).size(), 2U);
      EXPECT_EQ(message.of(0, Type::kRrsig).size(), 2U);
      EXPECT_EQ(problem_of(message), "");
    }
  }
  const Message www = ask("www.a", Type::kA);
  EXPECT_EQ(www.of(0, Type::kRrsig).size(), 1U);
  keys_.erase(zone_.keys()->all()[1].tag());
  EXPECT_EQ(problem_of(www), "");
}

TEST_F(SignerTest, IsMadeAnewLongBeforeItExpires) {
  const std::string first = signature_of(ask("www.a", Type::kA));
  now_ = kNow + 3 * 24h;
  EXPECT_EQ(signature_of(ask("www.a", Type::kA)), first);
  now_ = kNow + 4 * 24h;
  const Message later = ask("www.a", Type::kA);
  EXPECT_NE(signature_of(later), first);
  EXPECT_EQ(problem_of(later), "");
  // A clock that was put back: what was made is not good yet.
  now_ = kNow + 2 * 24h;
  const Message back = ask("www.a", Type::kA);
  EXPECT_NE(signature_of(back), signature_of(later));
  EXPECT_EQ(problem_of(back), "");
}

TEST_F(SignerTest, AnotherTtlOrZoneOrKeyIsAnotherSignature) {
  const std::string signature = signature_of(ask("www.a", Type::kA));
  zone::ZoneBuilder other(name("a"), zone_.start());
  EXPECT_TRUE(other.add(name("www.a"), Type::kA, 31, "1111"));
  EXPECT_TRUE(other.add(name("www.a"), Type::kA, 31, "2222"));
  EXPECT_TRUE(other.publish(*keys::Keys::parse(*keys::Key::make_pem())));
  zone_ = other.build();
  note_keys();
  const Message message = ask("www.a", Type::kA);
  EXPECT_NE(signature_of(message), signature);
  EXPECT_EQ(problem_of(message), "");
}

TEST_F(SignerTest, LongSetsHaveIdentitiesOfTheirOwn) {
  std::string long_text = "\377" + std::string(255, 'x');
  add("long.a", Type::kTxt, long_text + long_text);
  EXPECT_EQ(problem_of(ask("long.a", Type::kTxt)), "");
  const std::string one = signature_of(ask("long.a", Type::kTxt));
  long_text.back() = 'y';
  add("long2.a", Type::kTxt, long_text + long_text);
  EXPECT_EQ(problem_of(ask("long2.a", Type::kTxt)), "");
  EXPECT_EQ(signature_of(ask("long.a", Type::kTxt)), one);
}

TEST_F(SignerTest, FullAnswersAreTruncated) {
  for (int i = 0; i < 30; ++i) add("many.a", Type::kTxt, "\20" + std::string(14, 'x') + std::to_string(10 + i));
  const Message message = ask("many.a", Type::kTxt, kDo, 512);
  EXPECT_TRUE(message.is_truncated);
  EXPECT_TRUE(message.records.empty());
  EXPECT_EQ(problem_of(ask("many.a", Type::kTxt)), "");
}

class LimitedTest : public SignerTest {
 protected:
  Signer limited_{{.kept_of_zone = 16, .kept_asked = 4, .of_zone_per_second = 20, .asked_per_second = 3}};
  Message ask_limited(std::string_view what, Type type) {
    const std::string message = wire::dns::testing::asking(what, type, wire::dns::testing::opt("", 4096, 0, kDo));
    Query query;
    EXPECT_EQ(parse_query(message, query), wire::dns::Sense::kAsked);
    Response response(query, buffer_, 4096);
    const zone::Verdict verdict = answer(zone_, query, 0, chooser_, response, limited_.begin(zone_, now_, counts_));
    return testing::take_apart({buffer_.data(), response.finish(verdict.rcode, verdict.is_authoritative)});
  }
};

TEST_F(LimitedTest, NamesThatAreMadeUpHaveALimitOfTheirOwn) {
  for (const char* what : {"x1.a", "x2.a", "x3.wild.a"}) EXPECT_EQ(problem_of(ask_limited(what, Type::kTxt)), "");
  const Message refused = ask_limited("x4.a", Type::kTxt);
  EXPECT_EQ(refused.rcode, kServFail);
  EXPECT_FALSE(refused.is_truncated);
  EXPECT_FALSE(refused.is_authoritative);
  EXPECT_TRUE(refused.records.empty());
  EXPECT_EQ(counts_.refused.value(), 1U);
  // What was made before, and what the zone has, is answered.
  EXPECT_EQ(problem_of(ask_limited("x1.a", Type::kTxt)), "");
  EXPECT_EQ(problem_of(ask_limited("www.a", Type::kA)), "");
  now_ += 1s;
  EXPECT_EQ(problem_of(ask_limited("x4.a", Type::kTxt)), "");
}

TEST_F(LimitedTest, WhatIsNotMadeAnewInTimeIsGivenWhileItIsGood) {
  for (const char* what : {"x1.a", "x2.a"}) EXPECT_EQ(problem_of(ask_limited(what, Type::kTxt)), "");
  now_ += 5 * 24h;
  for (const char* what : {"y1.a", "y2.a", "x3.a"}) EXPECT_EQ(problem_of(ask_limited(what, Type::kTxt)), "") << what;
  EXPECT_EQ(problem_of(ask_limited("x2.a", Type::kTxt)), "");
  now_ = kNow + 7 * 24h - 1h;
  for (const char* what : {"z1.a", "z2.a", "z3.a"}) EXPECT_EQ(problem_of(ask_limited(what, Type::kTxt)), "") << what;
  EXPECT_EQ(ask_limited("x2.a", Type::kTxt).rcode, kServFail);
}

TEST_F(LimitedTest, WhatIsAskedForOftenStays) {
  Kept kept(4);
  for (int i = 0; i < 4; ++i) kept.put(std::to_string(i), {.data = std::to_string(i)});
  for (int i = 4; i < 100; ++i) {
    ASSERT_NE(kept.find("2"), nullptr);
    kept.put(std::to_string(i), {.data = std::to_string(i)});
    EXPECT_EQ(kept.size(), 4U);
  }
  EXPECT_EQ(kept.find("2")->data, "2");
  EXPECT_EQ(kept.find("3"), nullptr);
  EXPECT_EQ(kept.find("99")->data, "99");
}

/// Whatever a zone has and whoever asks for what: each answer validates, and says what is so.
TEST_F(SignerTest, EveryAnswerOfAnyZoneValidates) {
  const std::uint64_t seed = base::entropy_seed();
  SCOPED_TRACE("seed " + std::to_string(seed));
  base::Random random(seed);
  const std::array<Type, 8> types{Type::kA,  Type::kAaaa, Type::kTxt, Type::kNs,
                                  Type::kDs, Type::kCaa,  Type::kAny, static_cast<Type>(4711)};
  const std::array<std::string, 6> labels{"a", "b", "*", "zz", "0", "long-er"};
  const auto any_name = [&] {
    std::string out = "a";
    for (std::uint32_t i = random.below(4); i > 0; --i) out = labels[random.below(labels.size())] + "." + out;
    return out;
  };
  Signer signer({.of_zone_per_second = 1'000'000, .asked_per_second = 1'000'000});
  for (int round = 0; round < 8; ++round) {
    zone::ZoneBuilder zone(name("a"), {.primary = name("ns.a"), .admin = name("b.a"), .serial = random.below(1000)});
    for (int i = 0; i < 20; ++i) {
      const Name at = name(any_name());
      const Type type = types[random.below(6)];
      std::string data = type == Type::kNs ? wire_of(any_name()) : std::string(4 + random.below(9), 'x');
      data.back() = type == Type::kNs ? '\0' : static_cast<char>(random.below(200));
      if (random.below(8) == 0) {
        (void)zone.add(at, Type::kCname, 30, wire_of(any_name()));
      } else if (random.below(8) == 0) {
        (void)zone.add_geo(at, {"app", 30});
      } else {
        (void)zone.add(at, type, 30, data);
      }
    }
    ASSERT_TRUE(zone.publish(*keys::Keys::parse(*keys::Key::make_pem())));
    zone_ = zone.build();
    keys_.clear();
    note_keys();
    for (int i = 0; i < 60; ++i) {
      const std::string what = any_name();
      const Type type = types[random.below(types.size())];
      const std::string message = wire::dns::testing::asking(
          what, type, wire::dns::testing::opt("", 4096, 0, kDo | (random.below(2) == 0 ? kCo : 0)));
      Query query;
      ASSERT_EQ(parse_query(message, query), wire::dns::Sense::kAsked);
      Response response(query, buffer_, 8192);
      const zone::Verdict verdict =
          answer(zone_, query, random.below(9), chooser_, response, signer.begin(zone_, now_, counts_));
      const Message got =
          testing::take_apart({buffer_.data(), response.finish(verdict.rcode, verdict.is_authoritative)});
      ASSERT_EQ(problem_of(got), "") << what << " " << type_text(type);
      ASSERT_FALSE(got.records.empty()) << what << " " << type_text(type);
      for (const Record& record : got.of(1, Type::kNsec)) {
        const testing::Nsec nsec = testing::nsec_of(record);
        ASSERT_FALSE(nsec.types.contains(static_cast<unsigned>(type)) && got.of(1, Type::kNs).empty());
        ASSERT_TRUE(wire::dns::dnssec::comes_before(record.owner, nsec.next));
      }
      if (got.rcode == kNxDomain) {
        ASSERT_EQ(got.of(1, Type::kNsec).size(), 1U);
        ASSERT_TRUE(testing::nsec_of(got.of(1, Type::kNsec)[0]).types.contains(128));
      }
    }
  }
}

}  // namespace
}  // namespace headgate::proxy::dns::sign
