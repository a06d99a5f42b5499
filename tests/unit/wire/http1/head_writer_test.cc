#include "wire/http1/head_writer.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <string>

#include "wire/http1/head_parser.h"

namespace headgate::wire::http1 {
namespace {

using http::FieldId;
using http::Fields;

class Writing : public testing::Test {
 protected:
  std::array<char, 512> out_;
  HeadWriter writer_{out_.data(), out_.size()};
};

TEST_F(Writing, ARequest) {
  http::RequestHead head;
  head.method_text = "POST";
  head.path = "/a";
  head.query = "b=c";
  head.has_query = true;
  head.fields.add("Host", "example.com");
  head.fields.add("X-Empty", "");
  writer_.request_line(head);
  writer_.fields(head.fields, 0);
  writer_.field("X-Added", "1");
  writer_.end();
  EXPECT_EQ(writer_.written(), "POST /a?b=c HTTP/1.1\r\nHost: example.com\r\nX-Empty: \r\nX-Added: 1\r\n\r\n");
  EXPECT_FALSE(writer_.overflowed());
}

TEST_F(Writing, AnEmptyQueryIsNotNone) {
  http::RequestHead head;
  head.method_text = "GET";
  head.path = "/";
  head.has_query = true;
  writer_.request_line(head);
  head.has_query = false;
  writer_.request_line(head);
  EXPECT_EQ(writer_.written(), "GET /? HTTP/1.1\r\nGET / HTTP/1.1\r\n");
}

TEST_F(Writing, AStatusLine) {
  writer_.status_line(200, {});
  writer_.status_line(404, "Gone Fishing");
  writer_.status_line(599, {});
  EXPECT_EQ(writer_.written(), "HTTP/1.1 200 OK\r\nHTTP/1.1 404 Gone Fishing\r\nHTTP/1.1 599 \r\n");
}

TEST_F(Writing, Numbers) {
  writer_.number(0);
  writer_.text(" ");
  writer_.number(std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(writer_.written(), "0 18446744073709551615");
}

TEST_F(Writing, FieldsAsTheyCameButTheLeftOut) {
  const std::string_view head_text =
      "HTTP/1.1 200 OK\r\nServer: x\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n"
      "X-Padded:  v \r\nX-Tight:v\r\nX-Tab:\tv\r\nDate: d\r\nX-Empty:\r\nETag: \"1\"\r\n\r\n";
  http::ResponseHead head;
  Hop hop;
  Refusal refusal;
  std::size_t scanned = 0;
  ASSERT_EQ(parse_response_head(head_text, {}, scanned, http::Method::kGet, head, hop, refusal), ParseState::kDone);
  head.fields.set(FieldId::kDate, "now");
  head.fields.add("X-Added", "1");
  writer_.fields(head.fields, Fields::bit(FieldId::kConnection) | Fields::bit(FieldId::kServer));
  EXPECT_EQ(
      writer_.written(),
      "Content-Type: text/plain; charset=utf-8\r\nX-Padded: v\r\nX-Tight: v\r\nX-Tab: v\r\nDate: now\r\nX-Empty: \r\n"
      "ETag: \"1\"\r\nX-Added: 1\r\n");
}

TEST_F(Writing, TextsOfEveryLength) {
  for (std::size_t size = 0; size <= 80; ++size) {
    HeadWriter writer(out_.data(), out_.size());
    std::string name;
    for (std::size_t i = 0; i < size; ++i) name += static_cast<char>('a' + i % 26);
    writer.field(name, std::string(name.rbegin(), name.rend()));
    EXPECT_EQ(writer.written(), name + ": " + std::string(name.rbegin(), name.rend()) + "\r\n");
  }
}

/// Writes one of everything.
void write_all(HeadWriter& writer) {
  static const std::string kLines = "A: 1\r\nB: 2";
  http::RequestHead head;
  head.method_text = "GET";
  head.path = "/path";
  head.fields.add(std::string_view(kLines).substr(0, 1), std::string_view(kLines).substr(3, 1));
  head.fields.add(std::string_view(kLines).substr(6, 1), std::string_view(kLines).substr(9, 1));
  writer.request_line(head);
  writer.status_line(200, {});
  writer.fields(head.fields, 0);
  writer.field("Name", "value");
  writer.number(12345);
  writer.end();
}

TEST_F(Writing, OverflowSaysWhatIsWanted) {
  write_all(writer_);
  const std::string whole(writer_.written());
  for (std::size_t capacity = 0; capacity < whole.size(); ++capacity) {
    std::array<char, 512> out;
    out.fill('#');
    HeadWriter writer(out.data(), capacity);
    write_all(writer);
    EXPECT_TRUE(writer.overflowed());
    EXPECT_EQ(writer.wanted(), whole.size()) << capacity;
    EXPECT_TRUE(whole.starts_with(writer.written())) << "nothing is written behind a gap";
    EXPECT_EQ(out[capacity], '#') << capacity;
  }
  std::vector<char> exact(whole.size());
  HeadWriter writer(exact.data(), exact.size());
  write_all(writer);
  EXPECT_FALSE(writer.overflowed());
  EXPECT_EQ(writer.written(), whole);
}

}  // namespace
}  // namespace headgate::wire::http1
