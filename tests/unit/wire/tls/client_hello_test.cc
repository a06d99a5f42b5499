#include "wire/tls/client_hello.h"

#include <gtest/gtest.h>

#include "tests/unit/wire/tls/made_hello.h"

namespace headgate::wire::tls {
namespace {

struct Parsed {
  HelloState state = HelloState::kNeedMore;
  std::string server_name;
  std::string protocols;
  friend bool operator==(const Parsed&, const Parsed&) = default;
};

Parsed parsed(const std::string& bytes) {
  ClientHello hello;
  Parsed out;
  out.state = parse_client_hello(bytes, hello);
  out.server_name = hello.server_name;
  out.protocols = hello.protocols;
  return out;
}

/// What comes of it byte by byte: undecided, and then decided once and for all.
Parsed parsed_in_pieces(const std::string& bytes) {
  Parsed last;
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const Parsed now = parsed(bytes.substr(0, size));
    if (last.state != HelloState::kNeedMore) EXPECT_EQ(now, last) << "at " << size;
    last = now;
  }
  return last;
}

TEST(ClientHello, NamesTheServer) {
  const Parsed out = parsed_in_pieces(record(hello_message({.server_name = "Shop.example.com"})) + "rest");
  EXPECT_EQ(out.state, HelloState::kDone);
  EXPECT_EQ(out.server_name, "Shop.example.com");
  EXPECT_EQ(out.protocols, "");
}

TEST(ClientHello, OffersProtocols) {
  const std::string bytes = record(hello_message({.server_name = "a.example", .protocols = {"h2", "http/1.1"}}));
  ClientHello hello;
  ASSERT_EQ(parse_client_hello(bytes, hello), HelloState::kDone);
  EXPECT_TRUE(offers(hello.protocols, "h2"));
  EXPECT_TRUE(offers(hello.protocols, "http/1.1"));
  EXPECT_FALSE(offers(hello.protocols, "http/1.0"));
  EXPECT_FALSE(offers(hello.protocols, "2"));
  EXPECT_FALSE(offers("", "h2"));
}

TEST(ClientHello, MayBeCutIntoRecords) {
  const std::string message = hello_message({.server_name = "shop.example.com", .protocols = {"h2"}});
  for (std::size_t cut = 1; cut < message.size(); ++cut) {
    const Parsed out = parsed(record(message.substr(0, cut)) + record(message.substr(cut)));
    ASSERT_EQ(out, (Parsed{HelloState::kDone, "shop.example.com", "\2h2"})) << "cut at " << cut;
  }
  parsed_in_pieces(record(message.substr(0, 50)) + record(message.substr(50)));
}

TEST(ClientHello, HasABoundOfRecords) {
  const auto cut_into = [](std::size_t records) {
    const std::string message = hello_message({.server_name = "shop.example.com"});
    std::string out;
    for (std::size_t i = 0; i + 1 < records; ++i) out += record(message.substr(i, 1));
    return out + record(message.substr(records - 1));
  };
  EXPECT_EQ(parsed(cut_into(kRecordsMax)).state, HelloState::kDone);
  EXPECT_EQ(parsed_in_pieces(cut_into(kRecordsMax + 1)).state, HelloState::kTooLarge);
}

TEST(ClientHello, HasABoundOfBytes) {
  const std::size_t around = record(hello_message({.padding = 0})).size();
  const std::size_t room = kHelloBytesMax - around;
  EXPECT_EQ(parsed(record(hello_message({.padding = room}))).state, HelloState::kDone);
  EXPECT_EQ(parsed(record(hello_message({.padding = room + 1}))).state, HelloState::kTooLarge);
  // A length that no hello has is told from its header.
  EXPECT_EQ(parsed(std::string("\x16\x03\x01\x40\x00\x01\xff\xff\xff", 9)).state, HelloState::kTooLarge);
}

TEST(ClientHello, NeedsNoExtensions) {
  EXPECT_EQ(parsed_in_pieces(record(hello_message({.with_extensions = false}))), (Parsed{HelloState::kDone, "", ""}));
  EXPECT_EQ(parsed_in_pieces(record(hello_message({}))), (Parsed{HelloState::kDone, "", ""}));
}

TEST(ClientHello, PassesOverWhatItDoesNotKnow) {
  const std::string grease = extension(0x3a3a, "\0") + extension(0xfafa, "");
  const std::string encrypted_hello = extension(0xfe0d, std::string(200, 'x'));
  const Parsed out =
      parsed(record(hello_message({.server_name = "public.example", .other = grease + encrypted_hello})));
  EXPECT_EQ(out, (Parsed{HelloState::kDone, "public.example", ""})) << "the outer name";
}

TEST(ClientHello, IsToldFromOtherProtocols) {
  for (const char* other : {"SSH-2.0-OpenSSH_9.2\r\n", "GET / HTTP/1.1\r\n", "\x80\x2e\x01", "\x15\x03\x03",
                            "\x17\x03\x03", "\x16\x02\x00"}) {
    EXPECT_EQ(parsed_in_pieces(other).state, HelloState::kNotTls) << other;
  }
  EXPECT_EQ(parsed("\x16").state, HelloState::kNeedMore);
  EXPECT_EQ(parsed("").state, HelloState::kNeedMore);
}

TEST(ClientHello, RefusesWhatBreaksTheRules) {
  const auto expect_malformed = [](const std::string& bytes, const char* why) {
    const Parsed out = parsed_in_pieces(bytes);
    EXPECT_EQ(out.state, HelloState::kMalformed) << why;
    EXPECT_EQ(out.server_name + out.protocols, "") << why;
  };
  const std::string message = hello_message({.server_name = "shop.example.com"});
  expect_malformed(record(std::string("\2") + message.substr(1)), "another message than a ClientHello");
  expect_malformed(record(message.substr(0, 20)) + record(message.substr(20), 0x17), "another record in between");
  expect_malformed(std::string("\x16\x03\x01\0\0", 5), "an empty record (RFC 8446 section 5.1)");
  expect_malformed(std::string("\x16\x03\x01\x40\x01", 5), "a record over its bound");
  expect_malformed(record(hello_message(
                       {.other = extension(0, server_names("a.example")) + extension(0, server_names("b.example"))})),
                   "two names of the server");
  expect_malformed(record(hello_message({.protocols = {"h2"}, .other = extension(16, protocol_list({"h2"}))})),
                   "two lists of protocols");
  expect_malformed(record(hello_message({.other = extension(0, "")})), "a name that is not there");
  expect_malformed(record(hello_message({.other = extension(0, server_names(""))})), "an empty name");
  expect_malformed(record(hello_message({.server_name = std::string(256, 'a')})), "a long name");
  expect_malformed(record(hello_message({.server_name = std::string("a\0b", 3)})), "a name with a zero byte");
  expect_malformed(record(hello_message({.server_name = "a b"})), "a name with a space");
  expect_malformed(record(hello_message({.other = extension(0, server_names("a") + "x")})), "bytes behind the names");
  expect_malformed(record(hello_message({.other = extension(16, std::string("\0\0", 2))})), "no protocols");
  expect_malformed(record(hello_message({.other = extension(16, std::string("\0\1\0", 3))})), "an empty protocol");
  expect_malformed(record(hello_message({.other = "\x12"})), "half of an extension");
  expect_malformed(record(hello_message({.ciphers = 3})), "half of a cipher suite");
  expect_malformed(record(hello_message({.ciphers = 0})), "no cipher suite");
  expect_malformed(record(hello_message({.session = 33})), "a long session");
  expect_malformed(record(hello_message({.trailing = "x"})), "bytes behind the extensions");
}

TEST(ClientHello, TakesTheLongestName) {
  EXPECT_EQ(parsed(record(hello_message({.server_name = std::string(255, 'a')}))).server_name, std::string(255, 'a'));
}

TEST(ClientHello, AnAlertIsARecord) {
  const auto alert = fatal_alert(Alert::kUnrecognizedName);
  EXPECT_EQ(std::string(alert.data(), alert.size()), std::string("\x15\x03\x03\x00\x02\x02\x70", 7));
}

}  // namespace
}  // namespace headgate::wire::tls
