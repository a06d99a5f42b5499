#include "wire/dns/response.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

#include "tests/unit/wire/dns/messages.h"

namespace headgate::wire::dns {
namespace {

using namespace std::string_literals;
using testing::asking;
using testing::header;
using testing::opt;
using testing::option;
using testing::u16;

const std::string kAddress = "\xc0\0\2\1"s;

class ResponseTest : public ::testing::Test {
 protected:
  void ask(std::string message) {
    message_ = std::move(message);
    ASSERT_EQ(parse_query(message_, query_), Sense::kAsked);
  }
  std::string sent(Response& response, Rcode rcode = Rcode::kNoError) {
    return {buffer_.data(), response.finish(rcode, true)};
  }
  static Name name(std::string_view text) { return *Name::parse(text); }

  std::string message_;
  Query query_;
  std::array<char, 4096> buffer_;
};

TEST_F(ResponseTest, RepeatsTheQuestionAsItCame) {
  ask(header(9, 0x0100, 1) + "\3wWw\1A\0\0\1\0\1"s);
  Response response(query_, buffer_, 512);
  const Name www = name("www.a");
  response.record(Section::kAnswer, www.wire(), Type::kA, 300, kAddress);
  EXPECT_EQ(sent(response),
            u16(9) + "\x85\0\0\1\0\1\0\0\0\0"s + "\3wWw\1A\0\0\1\0\1"s + "\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4"s + kAddress);
}

TEST_F(ResponseTest, NamesPointToTheQuestionAndToEachOther) {
  ask(asking("www.example.com", Type::kA));
  Response response(query_, buffer_, 512);
  const Name www = name("www.example.com");
  const Name apex = name("example.com");
  const Name other = name("web.other.net");
  const Name server = name("ns1.example.com");
  response.record_of_name(Section::kAnswer, www.wire(), Type::kCname, 1, other.wire());
  response.record(Section::kAnswer, other.wire(), Type::kA, 1, kAddress);
  response.record_of_name(Section::kAuthority, apex.wire(), Type::kNs, 1, server.wire());
  response.record(Section::kAdditional, server.wire(), Type::kA, 1, kAddress);
  const std::string records = sent(response).substr(kHeaderBytes + query_.question_bytes());
  const std::string number = "\0\0\0\1"s;
  // The question's name begins at 12, its zone at 16; the other name at 45, that of the server at 88.
  EXPECT_EQ(records, "\xc0\x0c\0\5\0\1"s + number + "\0\x0f\3web\5other\3net\0"s +  //
                         "\xc0\x2d\0\1\0\1"s + number + "\0\4"s + kAddress +        //
                         "\xc0\x10\0\2\0\1"s + number + "\0\6\3ns1\xc0\x10"s +      //
                         "\xc0\x58\0\1\0\1"s + number + "\0\4"s + kAddress);
}

TEST_F(ResponseTest, Soa) {
  ask(asking("gone.a", Type::kA));
  Response response(query_, buffer_, 512);
  const Name zone = name("a");
  const Name admin = name("hostmaster.a");
  response.record_of_soa(Section::kAuthority, zone.wire(), 60, name("ns.a").wire(), admin.wire(),
                         std::string(20, '\1'));
  const std::string whole = sent(response, Rcode::kNxDomain);
  EXPECT_EQ(whole.substr(2, 10), "\x84\3\0\1\0\0\0\1\0\0"s);
  EXPECT_EQ(whole.substr(kHeaderBytes + query_.question_bytes()),
            "\xc0\x11\0\6\0\1\0\0\0\x3c\0\x26\2ns\xc0\x11\x0ahostmaster\xc0\x11"s + std::string(20, '\1'));
}

TEST_F(ResponseTest, OptIsTheLastAndSaysWhatWasAsked) {
  ask(asking("a", Type::kA,
             opt(option(Option::kClientSubnet, "\0\1\x18\0\xc0\0\2"s) + option(Option::kCookie, "12345678"))));
  Response response(query_, buffer_, 1232, {.cookie = "12345678abcdefgh", .keep_alive_tenths = 100});
  response.set_scope_bits(20);
  response.record(Section::kAnswer, query_.lower_name(), Type::kA, 1, kAddress);
  const std::string whole = sent(response, Rcode::kBadCookie);
  EXPECT_EQ(whole.substr(2, 10), "\x84\7\0\1\0\1\0\0\0\1"s);
  EXPECT_TRUE(whole.ends_with("\0\0\x29\4\xd0\1\0\0\0\0\x25"s + option(Option::kClientSubnet, "\0\1\x18\x14\xc0\0\2"s) +
                              option(Option::kCookie, "12345678abcdefgh") + option(Option::kKeepAlive, "\0\x64"s)));
  Query again;
  EXPECT_EQ(parse_query(std::string(whole).replace(2, 1, "\0"s), again), Sense::kMalformed);  // it has an answer
}

TEST_F(ResponseTest, WhatFindsNoRoomIsToldAndLeavesNothing) {
  ask(asking("a", Type::kTxt, opt("")));
  Response response(query_, buffer_, 580);
  const std::string text = "\xff"s + std::string(255, 't');
  const Name far = name("far.away");
  response.record(Section::kAnswer, query_.lower_name(), Type::kTxt, 1, text);
  response.record(Section::kAnswer, query_.lower_name(), Type::kTxt, 1, text);
  EXPECT_TRUE(response.does_fit());
  response.record_of_name(Section::kAnswer, far.wire(), Type::kCname, 1, far.wire());
  EXPECT_FALSE(response.does_fit());
  response.record(Section::kAnswer, query_.lower_name(), Type::kA, 1, kAddress);  // would fit, and would be a part
  std::string whole = sent(response);
  EXPECT_LE(whole.size(), 580u);
  EXPECT_EQ(whole.substr(2, 10), "\x86\0\0\1\0\2\0\0\0\1"s);

  Response shorter(query_, buffer_, 600);
  for (int i = 0; i < 3; ++i) shorter.record(Section::kAnswer, query_.lower_name(), Type::kTxt, 1, text);
  shorter.forget_records();
  whole = sent(shorter);
  EXPECT_EQ(whole.substr(2, 10), "\x86\0\0\1\0\0\0\0\0\1"s);
  EXPECT_EQ(whole.size(), kHeaderBytes + query_.question_bytes() + 11);
}

TEST_F(ResponseTest, ToTheByte) {
  ask(asking("a", Type::kTxt));
  const std::size_t head = kHeaderBytes + query_.question_bytes() + 12;
  for (const bool fits : {true, false}) {
    Response response(query_, buffer_, 512);
    response.record(Section::kAnswer, query_.lower_name(), Type::kTxt, 1,
                    std::string(512 - head + (fits ? 0 : 1), 'x'));
    EXPECT_EQ(response.does_fit(), fits);
    EXPECT_EQ(sent(response).size(), fits ? 512u : kHeaderBytes + query_.question_bytes());
  }
}

}  // namespace
}  // namespace headgate::wire::dns
