// What messages mean is in the conformance table; here are the limits, the resumption and its cost, and the memory.
#include "wire/http1/head_parser.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>

namespace headgate::wire::http1 {
namespace {

class RequestHeads : public testing::Test {
 protected:
  ParseState parse(std::string_view buffer) {
    return parse_request_head(buffer, limits_, scanned_, arena_, head_, hop_, refusal_);
  }
  HeadLimits limits_;
  std::size_t scanned_ = 0;
  base::Arena arena_;
  http::RequestHead head_;
  Hop hop_;
  Refusal refusal_;
};

TEST_F(RequestHeads, RefusesGarbageBeforeTheHeadEnds) {
  for (std::string_view start : {"\x16\x03\x01", "\x80", " GET", "GET\r", "GET /\r", "GET / HTTQ", "{\"json\"",
                                 "GET / HTTP/1.1\rX", "\r\nGET\t", "\r\n\r\n\r\n"}) {
    std::size_t at = 1;
    scanned_ = 0;
    while (at < start.size() && parse(start.substr(0, at)) == ParseState::kNeedMore) ++at;
    EXPECT_EQ(parse(start.substr(0, at)), ParseState::kRefused) << start;
    EXPECT_EQ(refusal_.status, 400) << start;
  }
}

TEST_F(RequestHeads, RefusesControlsInALateLineAtOnce) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX-Long: " + std::string(1000, 'v');
  for (const std::string& spoiled :
       {std::string("\x01"), std::string("\x7f"), std::string("\n"), std::string(1, 0), std::string("\rx")}) {
    scanned_ = 0;
    ASSERT_EQ(parse(head), ParseState::kNeedMore);
    EXPECT_EQ(parse(head + spoiled), ParseState::kRefused);
    EXPECT_EQ(refusal_.status, 400);
  }
  scanned_ = 0;
  ASSERT_EQ(parse(head + "\r"), ParseState::kNeedMore);
  EXPECT_EQ(parse(head + "\rx"), ParseState::kRefused) << "the CR was the last byte of the first look";
  scanned_ = 0;
  ASSERT_EQ(parse(head + "\r"), ParseState::kNeedMore);
  EXPECT_EQ(parse(head + "\r\n"), ParseState::kNeedMore);
  EXPECT_EQ(parse(head + "\r\n\r"), ParseState::kNeedMore);
  EXPECT_EQ(parse(head + "\r\n\r\n"), ParseState::kDone);
}

TEST_F(RequestHeads, ByteLimitIsExact) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  limits_.head_bytes = head.size();
  EXPECT_EQ(parse(head + "and a body"), ParseState::kDone);
  limits_.head_bytes = head.size() - 1;
  scanned_ = 0;
  EXPECT_EQ(parse(head), ParseState::kRefused);
  EXPECT_EQ(refusal_.status, 431);
  // It is over the limit as soon as the limit's last byte is not the head's.
  scanned_ = 0;
  EXPECT_EQ(parse(head.substr(0, head.size() - 2)), ParseState::kNeedMore);
  EXPECT_EQ(parse(head.substr(0, head.size() - 1)), ParseState::kRefused);
  EXPECT_EQ(refusal_.status, 431);
}

TEST_F(RequestHeads, ByteLimitOfTheRequestLine) {
  const std::string line = "GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa HTTP/1.1\r\n";
  limits_.head_bytes = line.size() - 1;
  EXPECT_EQ(parse(line.substr(0, line.size() - 2)), ParseState::kNeedMore);
  EXPECT_EQ(parse(line.substr(0, line.size() - 1)), ParseState::kRefused);
  EXPECT_EQ(refusal_.status, 414);
  limits_.head_bytes = line.size();
  scanned_ = 0;
  EXPECT_EQ(parse(line), ParseState::kRefused);
  EXPECT_EQ(refusal_.status, 431) << "the line fits, the head does not";
}

TEST_F(RequestHeads, EmptyLinesCountIntoTheLimitAndTheLength) {
  const std::string head = "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  limits_.head_bytes = head.size();
  EXPECT_EQ(parse(head), ParseState::kDone);
  EXPECT_EQ(hop_.head_bytes, head.size());
  limits_.head_bytes = head.size() - 1;
  scanned_ = 0;
  EXPECT_EQ(parse(head), ParseState::kRefused);
}

TEST_F(RequestHeads, FieldLimitIsExact) {
  limits_.fields = 3;
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nX: 2\r\n";
  EXPECT_EQ(parse(head + "\r\n"), ParseState::kDone);
  scanned_ = 0;
  EXPECT_EQ(parse(head + "X: 3\r\n"), ParseState::kRefused);
  EXPECT_EQ(refusal_.status, 431);
  limits_.fields = 0;
  scanned_ = 0;
  EXPECT_EQ(parse(head), ParseState::kRefused);
}

/// A buffer whose pages can be taken away.
class Pages {
 public:
  explicit Pages(std::size_t count) : bytes_(count * page_bytes()) {
    begin_ = static_cast<char*>(::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  }
  ~Pages() { ::munmap(begin_, bytes_); }
  Pages(const Pages&) = delete;
  Pages& operator=(const Pages&) = delete;
  static std::size_t page_bytes() { return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)); }
  char* begin() const { return begin_; }
  void allow_first(std::size_t bytes, bool allowed) {
    const std::size_t pages = bytes / page_bytes() * page_bytes();
    ASSERT_EQ(::mprotect(begin_, pages, allowed ? PROT_READ | PROT_WRITE : PROT_NONE), 0);
  }

 private:
  char* begin_ = nullptr;
  std::size_t bytes_;
};

/// What was looked at once is not touched again while the head goes on, so the cost of a head is linear however it
/// comes: its old pages are forbidden, and a second look would be a fault.
TEST_F(RequestHeads, ByteByByteLooksAtNoByteAgain) {
  const Pages pages(8);
  Pages& mutable_pages = const_cast<Pages&>(pages);
  std::string head = "GET /a HTTP/1.1\r\nHost: a\r\n";
  while (head.size() < 5 * Pages::page_bytes())
    head += "X-Field: some value\r\nX-Long: " + std::string(700, 'v') + "\r\n";
  limits_.fields = 10000;
  std::size_t forbidden = 0;
  for (std::size_t size = 0; size < head.size(); ++size) {
    pages.begin()[size] = head[size];
    ASSERT_EQ(parse({pages.begin(), size + 1}), ParseState::kNeedMore) << size;
    // The last bytes of the old text may be needed to see the end across the border.
    const std::size_t old = size > 8 ? (size - 8) / Pages::page_bytes() * Pages::page_bytes() : 0;
    if (old > forbidden) mutable_pages.allow_first(forbidden = old, false);
  }
  mutable_pages.allow_first(forbidden, true);
  std::memcpy(pages.begin() + head.size(), "\r\n", 2);
  EXPECT_EQ(parse({pages.begin(), head.size() + 2}), ParseState::kDone);
  EXPECT_EQ(hop_.head_bytes, head.size() + 2);
}

TEST_F(RequestHeads, NothingIsReadOutsideTheBuffer) {
  const std::string head = "GET /path?query HTTP/1.1\r\nHost: example.com\r\nX-Other: value\r\n\r\n";
  const Pages pages(2);
  const_cast<Pages&>(pages).allow_first(Pages::page_bytes(), true);
  char* const border = pages.begin() + Pages::page_bytes();
  ASSERT_EQ(::mprotect(border, Pages::page_bytes(), PROT_NONE), 0);
  for (std::size_t size = 0; size <= head.size(); ++size) {
    char* const begin = border - size;
    std::memcpy(begin, head.data(), size);
    scanned_ = 0;
    EXPECT_EQ(parse({begin, size}), size == head.size() ? ParseState::kDone : ParseState::kNeedMore) << size;
  }
}

TEST_F(RequestHeads, TheBufferMayMoveBetweenCalls) {
  const std::string head = "GET /path HTTP/1.1\r\nHost: example.com\r\nX-Other: value\r\n\r\n";
  for (std::size_t size = 0; size < head.size(); ++size) {
    const std::string copy = head.substr(0, size);
    ASSERT_EQ(parse(copy), ParseState::kNeedMore);
  }
  ASSERT_EQ(parse(head), ParseState::kDone);
  EXPECT_EQ(head_.host, "example.com");
  EXPECT_EQ(head_.fields.find("X-Other")->value.data(), head.data() + head.find("value"));
}

TEST_F(RequestHeads, AReusedHeadKeepsNothing) {
  ASSERT_EQ(parse("POST /a?b HTTP/1.1\r\nHost: x:1\r\nContent-Length: 1\r\nExpect: 100-continue\r\n"
                  "Connection: close, upgrade\r\nUpgrade: y\r\n\r\n"),
            ParseState::kDone);
  scanned_ = 0;
  ASSERT_EQ(parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"), ParseState::kDone);
  EXPECT_EQ(head_.host, "");
  EXPECT_EQ(head_.port, "");
  EXPECT_FALSE(head_.has_query);
  EXPECT_EQ(head_.fields.size(), 1u);
  EXPECT_EQ(hop_.framing, Framing::kNone);
  EXPECT_FALSE(hop_.has_content_length);
  EXPECT_FALSE(hop_.expect_continue);
  EXPECT_FALSE(hop_.upgrade);
  EXPECT_TRUE(hop_.keep_alive);
  EXPECT_EQ(hop_.minor_version, 0);
}

TEST_F(RequestHeads, WarmFieldsAreTheSameMemory) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n";
  ASSERT_EQ(parse(head), ParseState::kDone);
  const http::Field* const before = &*head_.fields.begin();
  for (int i = 0; i < 10; ++i) {
    scanned_ = 0;
    ASSERT_EQ(parse(head), ParseState::kDone);
    EXPECT_EQ(&*head_.fields.begin(), before);
  }
}

/// Every byte at every place of a name, a value and a target: the wide and the narrow scan agree with the RFC's
/// classes.
TEST_F(RequestHeads, EveryByteAtEveryPlace) {
  for (std::size_t at = 0; at < 40; ++at) {
    for (int c = 0; c < 256; ++c) {
      std::string text(40, 'a');
      text[at] = static_cast<char>(c);
      const bool is_visible = c > 0x20 && c < 0x7f;
      const bool is_token = is_visible && std::strchr("\"(),/:;<=>?@[\\]{}", c) == nullptr;
      scanned_ = 0;
      const bool name_fits = is_token || (c == ':' && at > 0);
      EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: a\r\n" + text + ": b\r\n\r\n") == ParseState::kDone, name_fits)
          << c << " in a name at " << at;
      scanned_ = 0;
      const bool is_value = c == '\t' || (c >= 0x20 && c != 0x7f);
      EXPECT_EQ(parse("GET / HTTP/1.1\r\nHost: a\r\nX: " + text + "\r\n\r\n") == ParseState::kDone, is_value)
          << c << " in a value at " << at;
      scanned_ = 0;
      const bool is_method = is_token;
      EXPECT_EQ(parse(text + " / HTTP/1.1\r\nHost: a\r\n\r\n") == ParseState::kDone, is_method)
          << c << " in a method at " << at;
    }
  }
}

TEST(ResponseHeads, GarbageIsRefusedFromTheFirstBytes) {
  http::ResponseHead head;
  Hop hop;
  Refusal refusal;
  for (std::string_view start : {"<", "HTTP/1.1\t", "HTTP/1.1 2x", "\r", "HTTP/3"}) {
    std::size_t scanned = 0;
    const ParseState state = parse_response_head(start, {}, scanned, http::Method::kGet, head, hop, refusal);
    if (start == "HTTP/3") {
      EXPECT_EQ(state, ParseState::kNeedMore);
      continue;
    }
    EXPECT_EQ(state, ParseState::kRefused) << start;
    EXPECT_EQ(refusal.status, 502);
  }
}

TEST(ResponseHeads, ByteByByteAcrossInterimResponses) {
  const std::string stream = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  http::ResponseHead head;
  Hop hop;
  Refusal refusal;
  std::size_t scanned = 0;
  std::size_t taken = 0;
  std::vector<int> statuses;
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    const std::string_view buffer = std::string_view(stream).substr(taken, size - taken);
    const ParseState state = parse_response_head(buffer, {}, scanned, http::Method::kGet, head, hop, refusal);
    ASSERT_NE(state, ParseState::kRefused) << refusal.reason;
    if (state != ParseState::kDone) continue;
    statuses.push_back(head.status);
    taken += hop.head_bytes;
    scanned = 0;
  }
  EXPECT_EQ(statuses, (std::vector<int>{100, 200}));
}

}  // namespace
}  // namespace headgate::wire::http1
