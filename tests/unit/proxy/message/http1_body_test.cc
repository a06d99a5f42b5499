#include "proxy/message/http1_body.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/unit/net/run_task.h"
#include "tests/unit/net/stream_pair.h"

namespace headgate::proxy::message {
namespace {

using namespace std::chrono_literals;
using net::testing::run_task;
using net::testing::StreamPair;
using wire::http1::Framing;
using wire::http1::Hop;

Hop hop_of(Framing framing, std::uint64_t length = 0) {
  Hop hop;
  hop.framing = framing;
  hop.content_length = length;
  hop.has_content_length = framing == Framing::kLength;
  return hop;
}

class Body : public testing::Test {
 protected:
  Body() : socket_(loop_, pair_.take_ours()) {}

  /// The body to its end, as whoever sends it on pulls it.
  base::Result<std::string> read() {
    std::string all;
    while (true) {
      const std::string_view piece = body_.take_ready();
      if (!piece.empty()) {
        all += piece;
        continue;
      }
      if (body_.at_end()) return all;
      const base::Result<void> waited = run_task(loop_, body_.wait(socket_, stall_, base::kNever));
      if (!waited) return waited.error();
    }
  }

  net::Loop loop_;
  StreamPair pair_ = StreamPair::unix_pair();
  net::Socket socket_;
  Http1Body body_;
  base::Duration stall_ = 5s;
};

TEST_F(Body, NoneIsAtItsEnd) {
  body_.begin(hop_of(Framing::kNone), "next", base::Fault::kClient);
  EXPECT_TRUE(body_.at_end());
  EXPECT_EQ(body_.take_ready(), "");
  EXPECT_EQ(body_.excess(), "next");
}

TEST_F(Body, OfLengthZeroIsAtItsEnd) {
  body_.begin(hop_of(Framing::kLength, 0), "next", base::Fault::kClient);
  EXPECT_TRUE(body_.at_end());
  EXPECT_EQ(body_.excess(), "next");
}

TEST_F(Body, ByLengthWithinWhatIsThere) {
  body_.begin(hop_of(Framing::kLength, 5), "hellonext", base::Fault::kClient);
  EXPECT_EQ(*read(), "hello");
  EXPECT_EQ(body_.excess(), "next");
  EXPECT_EQ(body_.left(), 0u);
}

TEST_F(Body, ByLengthOverSeveralReads) {
  pair_.send("llo");
  body_.begin(hop_of(Framing::kLength, 8), "he", base::Fault::kClient);
  EXPECT_EQ(body_.take_ready(), "he");
  EXPECT_EQ(body_.take_ready(), "");
  EXPECT_FALSE(body_.at_end());
  EXPECT_TRUE(run_task(loop_, body_.wait(socket_, stall_, base::kNever)));
  EXPECT_EQ(body_.take_ready(), "llo");
  EXPECT_EQ(body_.left(), 3u);
  pair_.send("123next");
  EXPECT_EQ(*read(), "123");
  EXPECT_EQ(body_.excess(), "next");
  EXPECT_EQ(body_.bytes_read(), 10u);
}

TEST_F(Body, ALargeOneComesWhole) {
  std::string large;
  for (int i = 0; i < 30'000; ++i) large += std::to_string(i);
  body_.begin(hop_of(Framing::kLength, large.size()), {}, base::Fault::kUpstream);
  const int sender = pair_.peer;
  std::size_t sent = 0;
  std::string got;
  while (!body_.at_end()) {
    if (sent < large.size()) {
      const ssize_t n =
          ::send(sender, large.data() + sent, std::min<std::size_t>(9'999, large.size() - sent), MSG_DONTWAIT);
      if (n > 0) sent += static_cast<std::size_t>(n);
    }
    ASSERT_TRUE(run_task(loop_, body_.wait(socket_, stall_, base::kNever)));
    got += body_.take_ready();
  }
  EXPECT_EQ(got, large);
}

TEST_F(Body, Chunked) {
  body_.begin(hop_of(Framing::kChunked), "3\r\nabc\r\n2\r\nde\r\n0\r\nX: y\r\n\r\nnext", base::Fault::kClient);
  EXPECT_EQ(body_.take_ready(), "abc");
  EXPECT_EQ(body_.take_ready(), "de");
  EXPECT_EQ(*read(), "");
  EXPECT_EQ(body_.excess(), "next");
  ASSERT_NE(body_.trailers(), nullptr);
  EXPECT_EQ(body_.trailers()->size(), 1u);
}

TEST_F(Body, ChunkedByteByByte) {
  body_.begin(hop_of(Framing::kChunked), "", base::Fault::kClient);
  std::string got;
  for (char c : std::string("3\r\nabc\r\n0\r\n\r\n")) {
    EXPECT_FALSE(body_.at_end());
    pair_.send({&c, 1});
    ASSERT_TRUE(run_task(loop_, body_.wait(socket_, stall_, base::kNever)));
    got += body_.take_ready();
  }
  EXPECT_TRUE(body_.at_end());
  EXPECT_EQ(got, "abc");
}

TEST_F(Body, ChunkedAndMalformed) {
  body_.begin(hop_of(Framing::kChunked), "3\r\nabc\r\nxyz\r\n", base::Fault::kClient);
  EXPECT_EQ(body_.take_ready(), "abc");
  const base::Result<std::string> rest = read();
  ASSERT_FALSE(rest);
  EXPECT_EQ(rest.error().kind, base::ErrorKind::kMalformed);
  EXPECT_EQ(rest.error().fault, base::Fault::kClient);
  EXPECT_FALSE(body_.at_end());
  EXPECT_EQ(body_.take_ready(), "");
}

TEST_F(Body, UntilTheEnd) {
  pair_.send(" of this");
  pair_.close_peer();
  body_.begin(hop_of(Framing::kUntilClose), "all", base::Fault::kUpstream);
  EXPECT_EQ(*read(), "all of this");
  EXPECT_TRUE(body_.at_end());
}

TEST_F(Body, AnEndTooEarly) {
  for (Framing framing : {Framing::kLength, Framing::kChunked}) {
    StreamPair pair = StreamPair::unix_pair();
    net::Socket socket(loop_, pair.take_ours());
    pair.send("5\r\nhel");
    pair.close_peer();
    Http1Body body;
    body.begin(hop_of(framing, 100), {}, base::Fault::kUpstream);
    EXPECT_TRUE(run_task(loop_, body.wait(socket, stall_, base::kNever)));
    EXPECT_FALSE(body.take_ready().empty());
    const base::Result<void> waited = run_task(loop_, body.wait(socket, stall_, base::kNever));
    ASSERT_FALSE(waited);
    EXPECT_EQ(waited.error().kind, base::ErrorKind::kEof);
    EXPECT_EQ(waited.error().fault, base::Fault::kUpstream);
  }
}

TEST_F(Body, AResetIsNoEnd) {
  StreamPair pair = StreamPair::tcp();
  net::Socket socket(loop_, pair.take_ours());
  pair.reset_peer();
  Http1Body body;
  body.begin(hop_of(Framing::kUntilClose), {}, base::Fault::kUpstream);
  const base::Result<void> waited = run_task(loop_, body.wait(socket, stall_, base::kNever));
  ASSERT_FALSE(waited);
  EXPECT_EQ(waited.error().kind, base::ErrorKind::kReset);
}

TEST_F(Body, StallAndDeadlineEndTheWait) {
  body_.begin(hop_of(Framing::kLength, 5), {}, base::Fault::kClient);
  const base::Result<void> stalled = run_task(loop_, body_.wait(socket_, 20ms, base::kNever));
  ASSERT_FALSE(stalled);
  EXPECT_EQ(stalled.error().kind, base::ErrorKind::kTimeout);
  EXPECT_EQ(stalled.error().fault, base::Fault::kClient);
  const base::Result<void> late = run_task(loop_, body_.wait(socket_, 60s, base::now() + 20ms));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().kind, base::ErrorKind::kTimeout);
}

TEST_F(Body, HoldsNoBufferWhileItWaits) {
  body_.begin(hop_of(Framing::kLength, 100'000), {}, base::Fault::kClient);
  net::Task<base::Result<void>> waiting = body_.wait(socket_, stall_, base::kNever);
  waiting.start();
  EXPECT_EQ(loop_.buffers().lent_bytes(), 0u);
  pair_.send("x");
  EXPECT_TRUE(net::testing::run_until(loop_, [&] { return waiting.done(); }));
  EXPECT_GT(loop_.buffers().lent_bytes(), 0u);
}

TEST_F(Body, WhatWentAnotherWayIsSkipped) {
  body_.begin(hop_of(Framing::kLength, 10), {}, base::Fault::kUpstream);
  body_.skip(4);
  EXPECT_EQ(body_.left(), 6u);
  EXPECT_FALSE(body_.at_end());
  body_.skip(6);
  EXPECT_TRUE(body_.at_end());
}

}  // namespace
}  // namespace headgate::proxy::message
