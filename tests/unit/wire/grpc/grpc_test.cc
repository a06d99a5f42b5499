#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "wire/grpc/framing.h"
#include "wire/grpc/health.h"
#include "wire/grpc/status.h"
#include "wire/grpc/timeout.h"

namespace headgate::wire::grpc {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using State = MessageReader::State;

std::string framed(std::string_view message) {
  std::string out;
  append_prefix(out, static_cast<std::uint32_t>(message.size()));
  return out.append(message);
}

TEST(Framing, OneByteAtATimeAndAllAtOnce) {
  const std::string body = framed("hello") + framed("") + framed("x");
  for (const std::size_t step : {std::size_t{1}, body.size()}) {
    MessageReader reader(5);
    std::vector<std::string> messages;
    for (std::size_t at = 0; at < body.size(); at += step) {
      reader.feed(std::string_view(body).substr(at, step));
      while (reader.next() == State::kMessage) {
        messages.emplace_back(reader.message());
        EXPECT_FALSE(reader.is_compressed());
      }
    }
    EXPECT_EQ(messages, (std::vector<std::string>{"hello", "", "x"}));
    EXPECT_TRUE(reader.is_between_messages());
  }
}

TEST(Framing, ABodyThatEndsInTheMiddle) {
  MessageReader reader(5);
  reader.feed(std::string_view("\0\0\0", 3));
  EXPECT_EQ(reader.next(), State::kNeedsMore);
  EXPECT_FALSE(reader.is_between_messages());
}

TEST(Framing, IsBounded) {
  MessageReader at_bound(5);
  at_bound.feed(framed("12345"));
  EXPECT_EQ(at_bound.next(), State::kMessage);
  MessageReader above(5);
  above.feed(framed("123456").substr(0, kPrefixBytes));
  EXPECT_EQ(above.next(), State::kTooLarge);  // before any byte of the message
  above.feed(framed(""));
  EXPECT_EQ(above.next(), State::kTooLarge);
}

TEST(Framing, Flags) {
  MessageReader compressed(5);
  compressed.feed("\1\0\0\0\1x"s);
  EXPECT_EQ(compressed.next(), State::kMessage);
  EXPECT_TRUE(compressed.is_compressed());
  MessageReader unknown(5);
  unknown.feed("\2"s);
  EXPECT_EQ(unknown.next(), State::kMalformed);
  EXPECT_EQ(unknown.next(), State::kMalformed);
}

TEST(Timeout, Units) {
  EXPECT_EQ(parse_timeout("1H"), 1h);
  EXPECT_EQ(parse_timeout("2M"), 2min);
  EXPECT_EQ(parse_timeout("30S"), 30s);
  EXPECT_EQ(parse_timeout("250m"), 250ms);
  EXPECT_EQ(parse_timeout("7u"), 7us);
  EXPECT_EQ(parse_timeout("9n"), 9ns);
  EXPECT_EQ(parse_timeout("0S"), 0s);
  EXPECT_EQ(parse_timeout("99999999n"), 99'999'999ns);
}

TEST(Timeout, TheLongestIsAYear) {
  EXPECT_EQ(parse_timeout("8760H"), kTimeoutMax);
  EXPECT_EQ(parse_timeout("8759H"), 8759h);
  EXPECT_EQ(parse_timeout("99999999H"), kTimeoutMax);
}

TEST(Timeout, Malformed) {
  for (const char* text : {"", "S", "1", "1s", "1h", "-1S", "+1S", "1 S", "1.5S", "123456789S", "1SS"}) {
    EXPECT_EQ(parse_timeout(text), std::nullopt) << text;
  }
}

TEST(Timeout, WrittenInTheFinestUnitThatHasRoom) {
  EXPECT_EQ(timeout_text(0ns), "0n");
  EXPECT_EQ(timeout_text(-1s), "0n");
  EXPECT_EQ(timeout_text(99'999'999ns), "99999999n");
  EXPECT_EQ(timeout_text(100'000'000ns), "100000u");
  EXPECT_EQ(timeout_text(99'999'999us + 999ns), "99999999u");
  EXPECT_EQ(timeout_text(100s), "100000m");
  EXPECT_EQ(timeout_text(kTimeoutMax), "31536000S");
  EXPECT_EQ(parse_timeout(timeout_text(1234567us)), 1234567us);
}

TEST(Status, OfHttp) {
  const std::vector<std::pair<int, Status>> table = {
      {400, Status::kInternal},      {401, Status::kUnauthenticated}, {403, Status::kPermissionDenied},
      {404, Status::kUnimplemented}, {429, Status::kUnavailable},     {502, Status::kUnavailable},
      {503, Status::kUnavailable},   {504, Status::kUnavailable},     {413, Status::kUnknown},
      {500, Status::kUnknown},       {200, Status::kUnknown}};
  for (const auto& [http, status] : table) {
    EXPECT_EQ(status_of_http(static_cast<std::uint16_t>(http)), status) << http;
  }
}

TEST(Status, Text) {
  EXPECT_EQ(parse_status("0"), Status::kOk);
  EXPECT_EQ(parse_status("16"), Status::kUnauthenticated);
  for (const char* text : {"17", "", "x", "-1", "256", "1 "}) EXPECT_EQ(parse_status(text), std::nullopt) << text;
  EXPECT_EQ(to_string(Status::kUnavailable), "UNAVAILABLE");
  EXPECT_EQ(to_string(Status::kUnauthenticated), "UNAUTHENTICATED");
}

TEST(Status, MessagesAreEncoded) {
  EXPECT_EQ(encoded_message("no route, 100%"), "no route, 100%25");
  EXPECT_EQ(encoded_message("a\n\xc3\xa9\x7f~"), "a%0A%C3%A9%7F~");
}

TEST(Status, ContentTypes) {
  for (const char* type : {"application/grpc", "application/grpc+proto", "application/grpc;x=y"}) {
    EXPECT_TRUE(is_grpc(type)) << type;
  }
  for (const char* type : {"", "application/grp", "text/plain"}) EXPECT_FALSE(is_grpc(type)) << type;
}

TEST(Health, Request) {
  EXPECT_EQ(health_request(""), "");
  EXPECT_EQ(health_request("shop.Orders"), "\x0a\x0bshop.Orders");
  const std::string longer(200, 's');
  EXPECT_EQ(health_request(longer), "\x0a\xc8\x01" + longer);
}

TEST(Health, Response) {
  EXPECT_EQ(parse_health_response(""), ServingStatus::kUnknown);
  EXPECT_EQ(parse_health_response("\x08\x01"), ServingStatus::kServing);
  EXPECT_EQ(parse_health_response("\x08\x02"), ServingStatus::kNotServing);
  EXPECT_EQ(parse_health_response("\x08\x03"), ServingStatus::kServiceUnknown);
  // Fields of other kinds before and behind it, and a number in more bytes than it needs.
  EXPECT_EQ(parse_health_response("\x12\x02hi\x08\x81\x80\x00\x1d\1\2\3\4"s), ServingStatus::kServing);
  EXPECT_EQ(parse_health_response("\x11\1\2\3\4\5\6\7\x08\x08\x01"s), ServingStatus::kServing);
}

TEST(Health, MalformedResponses) {
  for (const std::string& message : {"\x08"s, "\x08\x04"s, "\x08\x80"s, "\x12\x05hi"s, "\x0b"s, "\x1d\1\2"s,
                                     "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"s}) {
    EXPECT_EQ(parse_health_response(message), std::nullopt);
  }
}

}  // namespace
}  // namespace headgate::wire::grpc
