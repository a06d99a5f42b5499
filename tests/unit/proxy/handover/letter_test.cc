#include "proxy/handover/letter.h"

#include <gmock/gmock.h>

namespace headgate::proxy::handover {
namespace {

using testing::HasSubstr;

Letter example() {
  Letter letter;
  letter.pid = 4711;
  letter.version = "0.1.0";
  letter.sockets = {{"0.0.0.0:80", "", 0}, {"0.0.0.0:80", "", 1}, {"unix:/run/a \"b\".sock", "", 0}, {"", "web", 0}};
  letter.health = "{\"health\":1}";
  letter.tickets = "{\"tickets\":1}";
  return letter;
}

std::string error_of(std::string_view text) {
  const base::Result<Letter> letter = parse_letter(text);
  return letter ? "" : letter.error().message;
}

TEST(Letter, ComesBackAsItWas) {
  const Letter before = example();
  const base::Result<Letter> after = parse_letter(letter_text(before));
  ASSERT_TRUE(after) << after.error().message;
  EXPECT_EQ(after->pid, before.pid);
  EXPECT_EQ(after->version, before.version);
  EXPECT_EQ(after->sockets, before.sockets);
  EXPECT_EQ(after->health, before.health);
  EXPECT_EQ(after->tickets, before.tickets);
}

TEST(Letter, TextsThatAreNoUtf8DoNotSpoilIt) {
  Letter letter = example();
  letter.sockets[3].passed = "\xff\xfe";
  EXPECT_TRUE(parse_letter(letter_text(letter)));
}

TEST(Letter, WhatALaterVersionSaysBesideIsPassedOver) {
  EXPECT_TRUE(parse_letter(R"({"handover":1,"pid":1,"sockets":[{"bind":"a","worker":0,"new":[1]}],"more":{}})"));
}

TEST(Letter, AnotherFormatIsAnErrorWithARemedy) {
  EXPECT_THAT(error_of(R"({"handover":2,"pid":1,"sockets":[]})"), HasSubstr("restart instead of upgrading"));
}

TEST(Letter, TruncatedAnywhereItIsAnError) {
  const std::string whole = letter_text(example());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_NE(error_of(whole.substr(0, length)), "") << length;
  }
}

TEST(Letter, GarbageIsAnError) {
  for (const char* text : {"",
                           "null",
                           "[]",
                           "{}",
                           "1",
                           "\"x\"",
                           "\x00\x01",
                           R"({"handover":"1","pid":1,"sockets":[]})",
                           R"({"handover":-1,"pid":1,"sockets":[]})",
                           R"({"handover":1.5,"pid":1,"sockets":[]})",
                           R"({"handover":1,"sockets":[]})",
                           R"({"handover":1,"pid":0,"sockets":[]})",
                           R"({"handover":1,"pid":2147483648,"sockets":[]})",
                           R"({"handover":1,"pid":1})",
                           R"({"handover":1,"pid":1,"sockets":{}})",
                           R"({"handover":1,"pid":1,"sockets":[1]})",
                           R"({"handover":1,"pid":1,"sockets":[{}]})",
                           R"({"handover":1,"pid":1,"sockets":[{"bind":"a","passed":"b"}]})",
                           R"({"handover":1,"pid":1,"sockets":[{"bind":1}]})",
                           R"({"handover":1,"pid":1,"sockets":[{"bind":"a","worker":-1}]})",
                           R"({"handover":1,"pid":1,"sockets":[{"bind":"a","worker":"0"}]})",
                           R"({"handover":1,"pid":1,"version":7,"sockets":[]})",
                           R"({"handover":1,"pid":1,"health":{},"sockets":[]})"}) {
    EXPECT_THAT(error_of(text), HasSubstr("cannot be read")) << text;
  }
}

TEST(Letter, ItsBounds) {
  Letter letter = example();
  letter.sockets.assign(Letter::kSocketsMax, {"a", "", 0});
  EXPECT_TRUE(parse_letter(letter_text(letter)));
  letter.sockets.push_back({"a", "", 0});
  EXPECT_THAT(error_of(letter_text(letter)), HasSubstr("too many sockets"));
  EXPECT_THAT(error_of(std::string(Letter::kBytesMax + 1, ' ')), HasSubstr("too long"));
}

TEST(Letter, DeeplyNestedGarbageTakesNoStack) {
  EXPECT_NE(error_of(std::string(1'000'000, '[')), "");
}

}  // namespace
}  // namespace headgate::proxy::handover
