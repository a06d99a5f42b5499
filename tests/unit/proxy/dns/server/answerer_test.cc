#include "proxy/dns/server/answerer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/unit/proxy/dns/server/fixture.h"

namespace headgate::proxy::dns::server {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using testing::AnswererTest;
using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ip;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::Told;
using wire::dns::Class;
using wire::dns::Option;
using wire::dns::Rcode;
using wire::dns::Type;
using wire::dns::testing::asking;
using wire::dns::testing::header;
using wire::dns::testing::opt;
using wire::dns::testing::option;
using wire::dns::testing::u16;

constexpr unsigned of(Rcode rcode) {
  return static_cast<unsigned>(rcode);
}

std::string in_class(std::string message, Class in_class) {
  message.replace(message.size() - 2, 2, u16(static_cast<unsigned>(in_class)));
  return message;
}

TEST_F(AnswererTest, WhatItSaysToWhatItIsAsked) {
  const std::string www = asking("www.example.com", Type::kA);
  const struct {
    const char* what;
    std::string message;
    Rcode rcode;
    bool is_authoritative;
  } kCases[] = {
      {"a name", www, Rcode::kNoError, true},
      {"one that is not there", asking("no.example.com", Type::kA), Rcode::kNxDomain, true},
      {"a type that is not there", asking("ns.example.com", Type::kTxt), Rcode::kNoError, true},
      {"another zone's", asking("www.example.org", Type::kA), Rcode::kRefused, false},
      {"what looks like the zone's", asking("wwwexample.com", Type::kA), Rcode::kRefused, false},
      {"the root", asking(".", Type::kNs), Rcode::kRefused, false},
      {"ANY", asking("www.example.com", Type::kAny), Rcode::kNoError, true},
      {"a transfer", asking("example.com", Type::kAxfr), Rcode::kRefused, false},
      {"a class of another net", in_class(www, static_cast<Class>(4)), Rcode::kRefused, false},
      {"any class", in_class(www, Class::kAny), Rcode::kRefused, false},
      {"the version", in_class(asking("version.bind", Type::kTxt), Class::kChaos), Rcode::kRefused, false},
      {"an update", header(1, 0x2800, 1), Rcode::kNotImp, false},
      {"a notification", header(1, 0x2000, 1) + www.substr(12), Rcode::kNotImp, false},
      {"no question", header(1, 0, 0), Rcode::kFormErr, false},
      {"no question, but EDNS", header(1, 0, 0, 1) + opt(""), Rcode::kFormErr, false},
      {"a cookie without a question", header(1, 0, 0, 1) + opt(option(Option::kCookie, "12345678")), Rcode::kNoError,
       false},
      {"two questions", header(1, 0, 2) + www.substr(12) + www.substr(12), Rcode::kFormErr, false},
      {"a cut question", www.substr(0, www.size() - 1), Rcode::kFormErr, false},
      {"a compressed question", header(1, 0, 1) + "\xc0\x0c\0\1\0\1"s, Rcode::kFormErr, false},
      {"bytes behind", www + "x", Rcode::kFormErr, false},
      {"an answer in it", header(1, 0, 1).replace(6, 2, u16(1)) + www.substr(12), Rcode::kFormErr, false},
      {"two OPT records", asking("www.example.com", Type::kA, opt("") + opt(""), 2), Rcode::kFormErr, false},
      {"a cut option", asking("www.example.com", Type::kA, opt("\0\x0a\0\x08zzz"s)), Rcode::kFormErr, false},
      {"two cookies",
       asking("www.example.com", Type::kA,
              opt(option(Option::kCookie, "12345678") + option(Option::kCookie, "12345678"))),
       Rcode::kFormErr, false},
      {"a short cookie", asking("www.example.com", Type::kA, opt(option(Option::kCookie, "1234567"))), Rcode::kFormErr,
       false},
      {"a cookie that is too long",
       asking("www.example.com", Type::kA, opt(option(Option::kCookie, std::string(41, 'c')))), Rcode::kFormErr, false},
      {"two subnets", asking("www.example.com", Type::kA, opt(subnet("10.0.0.0/8") + subnet("10.0.0.0/8"))),
       Rcode::kFormErr, false},
      {"bits beyond the subnet",
       asking("www.example.com", Type::kA, opt(option(Option::kClientSubnet, "\0\1\x08\0\x0a\1"s))), Rcode::kFormErr,
       false},
      {"a subnet of 33 bits",
       asking("www.example.com", Type::kA, opt(option(Option::kClientSubnet, "\0\1\x21\0\1\2\3\4\5"s))),
       Rcode::kFormErr, false},
      {"a subnet with a scope",
       asking("www.example.com", Type::kA, opt(option(Option::kClientSubnet, "\0\1\x08\x08\x0a"s))), Rcode::kFormErr,
       false},
      {"a subnet of no family",
       asking("www.example.com", Type::kA, opt(option(Option::kClientSubnet, "\0\3\x08\0\x0a"s))), Rcode::kFormErr,
       false},
      {"a timeout from a client", asking("www.example.com", Type::kA, opt(option(Option::kKeepAlive, "ab"))),
       Rcode::kFormErr, false},
      {"an unknown option", asking("www.example.com", Type::kA, opt(option(static_cast<Option>(65001), "what"))),
       Rcode::kNoError, true},
      {"another EDNS", asking("www.example.com", Type::kA, opt("", 1232, 1)), Rcode::kBadVers, false},
  };
  for (const auto& each : kCases) {
    const Told told = ask(each.message);
    EXPECT_TRUE(told.is_answered) << each.what;
    EXPECT_EQ(told.rcode, of(each.rcode)) << each.what;
    EXPECT_EQ(told.is_authoritative, each.is_authoritative) << each.what;
    EXPECT_EQ(told.id, 1u) << each.what;
  }
}

TEST_F(AnswererTest, WhatIsNoQueryIsAnsweredByNobody) {
  EXPECT_FALSE(ask("").is_answered);
  EXPECT_FALSE(ask(std::string(11, '\0')).is_answered);
  EXPECT_FALSE(ask(header(1, 0x8000, 1) + asking("www.example.com", Type::kA).substr(12)).is_answered);
  EXPECT_EQ(answerer_->counters().malformed.value(), 3u);
  EXPECT_EQ(answerer_->counters().queries[0].value(), 3u);
}

TEST_F(AnswererTest, EveryPieceOfAQueryIsAnsweredOrDropped) {
  const std::string whole =
      asking("www.example.com", Type::kA, opt(subnet("10.1.0.0/16") + option(Option::kCookie, "12345678")));
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    const Told told = ask(whole.substr(0, bytes));
    EXPECT_EQ(told.is_answered, bytes >= 12) << bytes;
    if (told.is_answered) EXPECT_EQ(told.rcode, of(Rcode::kFormErr)) << bytes;
  }
}

TEST_F(AnswererTest, TheQuestionIsRepeatedInItsCase) {
  EXPECT_EQ(ask(asking("www.example.com", Type::kA)).question, "www.example.com");
  std::string mixed = asking("www.example.com", Type::kA);
  mixed.replace(mixed.find("www"), 3, "wWw").replace(mixed.find("example"), 7, "eXaMPle");
  const Told told = ask(mixed);
  EXPECT_EQ(told.question, "wWw.eXaMPle.com");
  EXPECT_THAT(told.answers, SizeIs(2));
}

TEST_F(AnswererTest, AClientGetsTheAddressesOfItsRegion) {
  EXPECT_THAT(geo("10.1.2.3"), AnyOf("192.0.2.1 192.0.2.2", "192.0.2.2 192.0.2.1"));
  EXPECT_EQ(geo("10.2.2.3"), "198.51.100.1");
  EXPECT_EQ(geo("10.1.7.9"), "198.51.100.1") << "the longest prefix";
  EXPECT_EQ(geo("203.0.113.9"), "198.51.100.1") << "the default";
  EXPECT_EQ(ask(asking("www.example.com", Type::kAaaa)).answers,
            std::vector<std::string>{zone::address_data(ip("2001:db8::1"))});
  const Told none = ask(asking("www.example.com", Type::kAaaa), "10.2.0.1");
  EXPECT_THAT(none.answers, IsEmpty());
  EXPECT_EQ(none.authorities, 1u) << "NODATA with SOA";
  const auto& why = answerer_->site().region_counters;
  EXPECT_EQ(why[kEu]->of(0).by_reason[static_cast<std::size_t>(geoip::Why::kNetwork)].value(), 2u);
  EXPECT_EQ(why[kUs]->of(0).by_reason[static_cast<std::size_t>(geoip::Why::kNetwork)].value(), 3u);
  EXPECT_EQ(why[kUs]->of(0).by_reason[static_cast<std::size_t>(geoip::Why::kDefault)].value(), 1u);
}

TEST_F(AnswererTest, AClientsNetworkGoesBeforeTheAddressThatAsks) {
  EXPECT_EQ(geo("10.1.2.3", subnet("10.2.3.0/24")), "198.51.100.1");
  EXPECT_THAT(geo("10.2.2.3", subnet("10.1.3.0/24")), HasSubstr("192.0.2.1"));
  EXPECT_THAT(geo("10.2.2.3", subnet("2001:db8:1::/56", 2)), HasSubstr("192.0.2.1"));
  EXPECT_THAT(geo("10.1.2.3", subnet("0.0.0.0/0")), HasSubstr("192.0.2.1")) << "no bits: the sender's own";
  EXPECT_EQ(answerer_->counters().with_subnet.value(), 4u);
}

TEST_F(AnswererTest, TheScopeIsWhatTheAnswerDependsOn) {
  const auto scope = [this](std::string_view name, Type type, const std::string& of) {
    return ask(asking(name, type, opt(of))).scope_bits;
  };
  EXPECT_EQ(scope("www.example.com", Type::kA, subnet("10.2.0.0/24")), 16);
  EXPECT_EQ(scope("www.example.com", Type::kA, subnet("10.1.0.0/16")), 22) << "longer: 10.1.7/24 differs";
  EXPECT_EQ(scope("www.example.com", Type::kA, subnet("10.1.7.0/24")), 24);
  EXPECT_EQ(scope("www.example.com", Type::kA, subnet("2001:db8:1::/48", 2)), 48);
  EXPECT_EQ(scope("www.example.com", Type::kA, subnet("0.0.0.0/0")), 0);
  EXPECT_EQ(scope("ns.example.com", Type::kA, subnet("10.1.0.0/24")), 0) << "the same for everybody";
  EXPECT_EQ(scope("no.example.com", Type::kA, subnet("10.1.0.0/24")), 0);
  EXPECT_EQ(scope("www.example.com", Type::kTxt, subnet("10.1.0.0/24")), 0);
  EXPECT_EQ(ask(asking("www.example.com", Type::kA, opt(""))).scope_bits, std::nullopt);
  members_[0].members[0].standing.state = health::State::kDown;
  standings_[kUs].is_failing = true;
  publish();
  EXPECT_EQ(scope("www.example.com", Type::kA, subnet("10.1.0.0/24")), 0) << "us for everybody now";
}

TEST_F(AnswererTest, ScopesOfAddressesThatAreAnsweredDifferentlyDoNotMeet) {
  open();
  for (std::uint32_t i = 0; i < 2000; ++i) {
    const base::IpAddress address = base::IpAddress::v4(0x0a000000 + i * 0x1f3);
    const std::string one = geo("127.0.0.1", subnet(address.text() + "/32"));
    const int scope = *ask(asking("www.example.com", Type::kA, opt(subnet(address.text() + "/32")))).scope_bits;
    // The far end of what the answer claims to be for.
    const std::uint32_t last = address.v4_value() | (scope == 0 ? ~0u : scope == 32 ? 0 : (1u << (32 - scope)) - 1);
    const std::string other = geo("127.0.0.1", subnet(base::IpAddress::v4(last).text() + "/32"));
    EXPECT_EQ(one.find("198.51") == std::string::npos, other.find("198.51") == std::string::npos) << address.text();
  }
}

TEST_F(AnswererTest, RegionsThatCannotServeAreStoodInFor) {
  EXPECT_THAT(ask(asking("www.example.com", Type::kA)).ttls, ElementsAre(30, 30));
  members_[0].members[0].standing.state = health::State::kDown;
  publish();
  EXPECT_EQ(geo("10.1.2.3"), "198.51.100.1");
  EXPECT_THAT(ask(asking("www.example.com", Type::kA)).ttls, ElementsAre(5)) << "not for long";
  EXPECT_EQ(answerer_->site().region_counters[kUs]->of(0).by_reason[kFailover].value(), 2u);
  members_[0].members[0].standing.state = health::State::kUp;
  publish();
  EXPECT_THAT(geo("10.1.2.3"), HasSubstr("192.0.2.2"));
}

TEST_F(AnswererTest, WithoutAnyEverythingIsTried) {
  for (auto& member : members_[0].members) member.standing.state = health::State::kDown;
  open();
  std::set<std::string> all;
  for (const std::string& each : ask(asking("www.example.com", Type::kA)).answers) all.insert(testing::v4(each));
  EXPECT_THAT(all, ElementsAre("192.0.2.1", "192.0.2.2", "198.51.100.1"));
  EXPECT_THAT(ask(asking("www.example.com", Type::kA)).ttls, ElementsAre(5, 5, 5));
  ASSERT_THAT(said_, SizeIs(1)) << "once a minute";
  EXPECT_THAT(said_[0], HasSubstr("no region can serve pool web"));
  for (int i = 0; i < 3; ++i) geo("10.2.0.1");
  EXPECT_THAT(said_, SizeIs(1));
  pass(61s);
  geo("10.2.0.1");
  ASSERT_THAT(said_, SizeIs(2));
  EXPECT_THAT(said_[1], HasSubstr("; 5 such answers"));
  EXPECT_EQ(answerer_->site().region_counters.back()->of(0).by_reason[kLastResort].value(), 6u);
}

TEST_F(AnswererTest, AddressesComeFirstInTurnByTheirWeights) {
  config_.geo.regions[kEu].addresses = {{ip("192.0.2.1"), 1}, {ip("192.0.2.2"), 3}, {ip("192.0.2.3"), 2}};
  std::map<std::string, int> firsts;
  for (int i = 0; i < 60; ++i) {
    const std::string all = geo("10.1.2.3");
    EXPECT_THAT(all, ::testing::AllOf(HasSubstr("192.0.2.1"), HasSubstr("192.0.2.2"), HasSubstr("192.0.2.3")));
    ++firsts[all.substr(0, 9)];
  }
  EXPECT_EQ(firsts, (std::map<std::string, int>{{"192.0.2.1", 10}, {"192.0.2.2", 30}, {"192.0.2.3", 20}}));
}

TEST_F(AnswererTest, AnswersOverUdpAreBoundedAndToldToComeOverTcp) {
  const auto bytes_of = [this](std::string_view name, Type type, unsigned udp_bytes, Transport transport) {
    const std::string message = udp_bytes == 0 ? asking(name, type) : asking(name, type, opt("", udp_bytes));
    const Told told = ask(message, "10.1.2.3", transport);
    EXPECT_EQ(told.is_truncated, told.answers.empty()) << "all or nothing";
    return told.is_truncated ? std::size_t{0} : told.bytes;
  };
  constexpr std::size_t kMany = 12 + 22 + 100 * 16;
  EXPECT_EQ(bytes_of("many.example.com", Type::kA, 0, Transport::kUdp), 0u);
  EXPECT_EQ(bytes_of("many.example.com", Type::kA, 512, Transport::kUdp), 0u);
  EXPECT_EQ(bytes_of("many.example.com", Type::kA, 65535, Transport::kUdp), 0u) << "1,232 at most";
  EXPECT_EQ(bytes_of("many.example.com", Type::kA, 0, Transport::kTcp), kMany);
  EXPECT_EQ(bytes_of("huge.example.com", Type::kTxt, 0, Transport::kTcp) / 1000, 36u);
  EXPECT_EQ(answerer_->counters().truncated.value(), 3u);
}

TEST_F(AnswererTest, TheVersionIsForThoseWhoAreTold) {
  config_.dns.version = "headgate";
  const std::string chaos = in_class(asking("version.bind", Type::kTxt), Class::kChaos);
  EXPECT_THAT(ask(chaos).answers, ElementsAre("\10headgate"));
  EXPECT_THAT(ask(in_class(asking("VERSION.server", Type::kTxt), Class::kChaos)).answers, ElementsAre("\10headgate"));
  EXPECT_EQ(ask(in_class(asking("version.bind", Type::kA), Class::kChaos)).rcode, of(Rcode::kRefused));
  EXPECT_EQ(ask(in_class(asking("hostname.bind", Type::kTxt), Class::kChaos)).rcode, of(Rcode::kRefused));
  EXPECT_EQ(ask(asking("version.bind", Type::kTxt)).rcode, of(Rcode::kRefused)) << "no zone of ours";
}

TEST_F(AnswererTest, ConnectionsAreToldHowLongTheyMayBeIdle) {
  config_.listeners[0].timeouts.idle = 20s;
  const std::string message = asking("www.example.com", Type::kA, opt(option(Option::kKeepAlive, "")));
  EXPECT_EQ(ask(message, "10.1.2.3", Transport::kTcp).keep_alive, 200);
  EXPECT_EQ(ask(message).keep_alive, std::nullopt) << "RFC 7828 section 3.2.2: nothing over UDP";
  EXPECT_EQ(ask(asking("www.example.com", Type::kA, opt("")), "10.1.2.3", Transport::kTcp).keep_alive, std::nullopt);
}

TEST_F(AnswererTest, WhoComesTooOftenIsDroppedOrToldToComeOverTcp) {
  config_.dns.responses_per_second = 5;
  config_.dns.slip = 2;
  const std::string www = asking("www.example.com", Type::kA);
  const auto flood = [this](const std::string& message, std::string_view from, int times, Transport transport) {
    std::map<std::string, int> became;
    for (int i = 0; i < times; ++i) {
      const Told told = ask(message, from, transport);
      ++became[!told.is_answered ? "dropped" : told.is_truncated ? "slipped" : "given"];
    }
    return became;
  };
  std::map<std::string, int> became = flood(www, "10.1.2.3", 405, Transport::kUdp);
  EXPECT_EQ(became["given"], 5);
  EXPECT_NEAR(became["slipped"], 200, 60) << "every other";
  EXPECT_EQ(answerer_->counters().limited.value(), static_cast<std::uint64_t>(became["dropped"]));
  EXPECT_EQ(answerer_->counters().slipped.value(), static_cast<std::uint64_t>(became["slipped"]));
  EXPECT_EQ(flood(www, "10.1.2.77", 9, Transport::kUdp)["given"], 0) << "the same /24";
  EXPECT_EQ(flood(www, "10.1.3.3", 9, Transport::kUdp)["given"], 5) << "another";
  EXPECT_EQ(flood(www, "2001:db8::1", 9, Transport::kUdp)["given"], 5);
  EXPECT_EQ(flood(www, "2001:db8:0:ff::1", 9, Transport::kUdp)["given"], 0) << "the same /56";
  EXPECT_EQ(flood(www, "2001:db8:0:100::1", 9, Transport::kUdp)["given"], 5) << "another";
  EXPECT_EQ(flood(asking("no.example.com", Type::kA), "10.1.2.3", 9, Transport::kUdp)["given"], 5) << "another kind";
  EXPECT_EQ(flood(asking("www.example.org", Type::kA), "10.1.2.3", 9, Transport::kUdp)["given"], 5) << "another kind";
  EXPECT_EQ(flood(www, "10.1.2.3", 50, Transport::kTcp)["given"], 50) << "nobody forges a connection";
  pass(1s);
  EXPECT_EQ(flood(www, "10.1.2.3", 9, Transport::kUdp)["given"], 5);
  config_.dns.slip = 0;
  open();
  pass(1s);
  became = flood(www, "10.1.2.3", 50, Transport::kUdp);
  EXPECT_EQ(became["dropped"], 45);
}

TEST_F(AnswererTest, CookiesAreGivenAndHonoured) {
  config_.dns.responses_per_second = 1;
  config_.dns.slip = 1;
  const auto with = [](std::string_view cookie) {
    return asking("www.example.com", Type::kA, opt(option(Option::kCookie, cookie)));
  };
  const Told first = ask(with("12345678"));
  EXPECT_EQ(first.rcode, of(Rcode::kNoError));
  ASSERT_EQ(first.cookie.size(), 24u);
  EXPECT_EQ(first.cookie.substr(0, 8), "12345678");
  const Told over = ask(with("12345678"));
  EXPECT_EQ(over.rcode, of(Rcode::kBadCookie)) << "in place of TC";
  EXPECT_THAT(over.answers, IsEmpty());
  EXPECT_EQ(over.cookie, first.cookie);
  for (int i = 0; i < 20; ++i) {
    const Told told = ask(with(first.cookie));
    EXPECT_EQ(told.rcode, of(Rcode::kNoError)) << "no rate for him";
    EXPECT_EQ(told.cookie, first.cookie);
  }
  EXPECT_EQ(ask(with(first.cookie), "10.1.2.4").rcode, of(Rcode::kBadCookie)) << "another's";
  pass(2h);
  ask(asking("www.example.com", Type::kA));  // takes what the rate allows
  const Told late = ask(with(first.cookie));
  EXPECT_EQ(late.rcode, of(Rcode::kBadCookie));
  EXPECT_NE(late.cookie, first.cookie);
  EXPECT_EQ(ask(with(late.cookie)).rcode, of(Rcode::kNoError));
  const auto& cookies = answerer_->counters().cookies;
  EXPECT_EQ(cookies[0].value(), 2u);
  EXPECT_EQ(cookies[1].value(), 2u);
  EXPECT_EQ(cookies[2].value(), 21u);
}

/// RFC 7873 section 5.4.
TEST_F(AnswererTest, CookiesAreGivenWithoutAQuestion) {
  const auto with = [](std::string_view cookie) { return header(1, 0, 0, 1) + opt(option(Option::kCookie, cookie)); };
  const Told first = ask(with("12345678"));
  EXPECT_EQ(first.rcode, of(Rcode::kNoError));
  EXPECT_FALSE(first.is_authoritative);
  EXPECT_THAT(first.answers, IsEmpty());
  ASSERT_EQ(first.cookie.size(), 24u);
  EXPECT_EQ(ask(with(first.cookie)).rcode, of(Rcode::kNoError));
  EXPECT_EQ(ask(with(first.cookie)).cookie, first.cookie);
  const Told bad = ask(with("12345678" + std::string(16, 'x')));
  EXPECT_EQ(bad.rcode, of(Rcode::kBadCookie));
  EXPECT_EQ(bad.cookie, first.cookie);
}

/// Keeps what it is told, as text.
class Diary : public QueryObserver {
 public:
  bool wants() override { return true; }
  void answered(std::string_view listener, const QueryRecord& record) override {
    lines.push_back(std::string(listener) + " " + record.from.text() + " " + std::string(to_string(record.transport)) +
                    " " + wire::dns::name_text(record.query->name) + " " + type_text(record.query->type) + " " +
                    std::string(record.rcode) + " " + std::string(record.region) + " " + std::string(record.reason) +
                    " " + std::string(record.detail));
  }
  std::vector<std::string> lines;
};

TEST_F(AnswererTest, ThereIsALineForEachQueryWhereThatIsAsked) {
  Diary diary;
  observer_ = &diary;
  geo("10.1.2.3");
  EXPECT_THAT(diary.lines, IsEmpty());
  config_.dns.query_log = true;
  config_.dns.responses_per_second = 1;
  config_.dns.slip = 0;
  open();
  geo("10.1.2.3");
  geo("10.1.2.3");
  members_[0].members[0].standing.state = health::State::kDown;
  publish();
  ask(asking("www.example.com", Type::kA), "10.1.2.3", Transport::kTcp);
  ask(asking("no.example.com", Type::kMx));
  ask(header(1, 0, 0), "10.1.9.9");
  EXPECT_THAT(diary.lines,
              ElementsAre("dns 10.1.2.3 udp www.example.com A NOERROR eu network ",
                          "dns 10.1.2.3 udp www.example.com A NOERROR eu network over the rate: dropped",
                          "dns 10.1.2.3 tcp www.example.com A NOERROR us failover ",
                          "dns 10.1.2.3 udp no.example.com MX NXDOMAIN   ", "dns 10.1.9.9 udp . TYPE0 FORMERR   "));
}

TEST_F(AnswererTest, TheLongestOfItsZonesAnswers) {
  add_zone();
  zone::ZoneBuilder below(testing::name("sub.example.com"), zone::Start{});
  EXPECT_TRUE(below.add(testing::name("a.sub.example.com"), Type::kA, 1, "1234"));
  zones_.push_back(std::make_shared<const zone::Zone>(below.build()));
  EXPECT_THAT(ask(asking("a.sub.example.com", Type::kA)).answers, ElementsAre("1234"));
  EXPECT_EQ(ask(asking("b.sub.example.com", Type::kA)).rcode, of(Rcode::kNxDomain));
  EXPECT_EQ(ask(asking("www.example.com", Type::kA)).rcode, of(Rcode::kNoError));
  EXPECT_EQ(ask(asking("sub.example.com", Type::kDs)).rcode, of(Rcode::kNxDomain)) << "the zone's above it";
  EXPECT_EQ(ask(asking("example.com", Type::kDs)).rcode, of(Rcode::kNoError));
}

}  // namespace
}  // namespace headgate::proxy::dns::server
