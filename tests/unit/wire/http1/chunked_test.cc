// What is malformed is in the conformance table; here is the decoder's own behaviour.
#include "wire/http1/chunked.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::wire::http1 {
namespace {

using State = ChunkedDecoder::State;

TEST(Chunked, HandsOutRunsInsideTheInput) {
  ChunkedDecoder decoder;
  const std::string body = "5;x\r\nhello\r\n3\r\nabc\r\n0\r\n\r\nNEXT";
  std::string_view input = body;
  ChunkedDecoder::Step step = decoder.decode(input);
  EXPECT_EQ(step.data, "hello");
  EXPECT_EQ(step.data.data(), body.data() + 5);
  EXPECT_EQ(step.consumed, 10u);
  EXPECT_EQ(step.state, State::kMore);
  input.remove_prefix(step.consumed);
  step = decoder.decode(input);
  EXPECT_EQ(step.data, "abc");
  input.remove_prefix(step.consumed);
  step = decoder.decode(input);
  EXPECT_EQ(step.data, "");
  EXPECT_EQ(step.state, State::kDone);
  input.remove_prefix(step.consumed);
  EXPECT_EQ(input, "NEXT");
}

TEST(Chunked, WithoutDataAllInputIsUsedUp) {
  const std::string framing = "  ";
  const std::string head = "0000a;ext=\"1\"\r";
  ChunkedDecoder decoder;
  for (char c : head) {
    const ChunkedDecoder::Step step = decoder.decode({&c, 1});
    EXPECT_EQ(step.state, State::kMore);
    EXPECT_EQ(step.consumed, 1u);
  }
  EXPECT_EQ(decoder.decode({}).consumed, 0u);
  EXPECT_EQ(decoder.decode({}).state, State::kMore);
}

TEST(Chunked, StaysDone) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.decode("0\r\n\r\n").state, State::kDone);
  const ChunkedDecoder::Step again = decoder.decode("5\r\nhello\r\n");
  EXPECT_EQ(again.state, State::kDone);
  EXPECT_EQ(again.consumed, 0u);
}

TEST(Chunked, StaysMalformedUntilReset) {
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.decode("x\r\n").state, State::kMalformed);
  EXPECT_EQ(decoder.decode("0\r\n\r\n").state, State::kMalformed);
  decoder.reset();
  EXPECT_EQ(decoder.decode("0\r\n\r\n").state, State::kDone);
}

TEST(Chunked, TrailersOutliveTheInput) {
  ChunkedDecoder decoder;
  {
    std::string body = "0\r\nX-Sum: 12\r\nConnection: close\r\nServer-Timing: a\r\n\r\n";
    ASSERT_EQ(decoder.decode(body).state, State::kDone);
    body.assign(body.size(), '#');
  }
  ASSERT_EQ(decoder.trailers().size(), 2u);
  EXPECT_EQ(decoder.trailers().find("X-Sum")->value, "12");
  EXPECT_EQ(decoder.trailers().find("server-timing")->value, "a");
  decoder.reset();
  EXPECT_TRUE(decoder.trailers().empty());
}

TEST(Chunked, TrailersThatMustNotCome) {
  for (std::string_view name : {"Content-Length",
                                "Transfer-Encoding",
                                "Host",
                                "Connection",
                                "Keep-Alive",
                                "Proxy-Connection",
                                "TE",
                                "Trailer",
                                "Upgrade",
                                "Authorization",
                                "Cookie",
                                "Set-Cookie",
                                "Cache-Control",
                                "Content-Type",
                                "Content-Encoding",
                                "Content-Range",
                                "Location",
                                "X-Forwarded-For",
                                "Forwarded",
                                "If-Match",
                                "Range",
                                "Expect"}) {
    ChunkedDecoder decoder;
    EXPECT_EQ(decoder.decode("0\r\n" + std::string(name) + ": x\r\n\r\n").state, State::kDone);
    EXPECT_TRUE(decoder.trailers().empty()) << name;
  }
}

TEST(Chunked, ExtensionsAreBoundedOverTheWholeBody) {
  const std::string half(ChunkedDecoder::kExtensionBytesMax / 2, 'x');
  ChunkedDecoder decoder;
  EXPECT_EQ(decoder.decode("1;" + half + "\r\na").data, "a");
  EXPECT_EQ(decoder.decode("\r\n1;" + half + "\r\nb").data, "b");
  EXPECT_EQ(decoder.decode("\r\n1;x").state, State::kMalformed);
}

TEST(Chunked, HeadsAreWritten) {
  const std::pair<std::uint64_t, std::string_view> kCases[] = {{1, "1\r\n"},
                                                               {15, "f\r\n"},
                                                               {16, "10\r\n"},
                                                               {500, "1f4\r\n"},
                                                               {0xabcdef, "abcdef\r\n"},
                                                               {0x7fffffffffffffff, "7fffffffffffffff\r\n"},
                                                               {0xffffffffffffffff, "ffffffffffffffff\r\n"}};
  for (const auto& [bytes, text] : kCases) {
    char out[kChunkHeadBytesMax];
    EXPECT_EQ(std::string_view(out, write_chunk_head(bytes, out)), text);
  }
}

TEST(Chunked, ReadsWhatIsWritten) {
  std::string body;
  std::string sent;
  for (std::size_t bytes = 1; bytes < 3000; bytes = bytes * 3 + 1) {
    char head[kChunkHeadBytesMax];
    body.append(head, write_chunk_head(bytes, head));
    body.append(bytes, 'x').append("\r\n");
    sent.append(bytes, 'x');
  }
  body += kLastChunk;
  ChunkedDecoder decoder;
  std::string received;
  std::string_view input = body;
  ChunkedDecoder::Step step;
  do {
    step = decoder.decode(input);
    received += step.data;
    input.remove_prefix(step.consumed);
  } while (step.state == State::kMore);
  EXPECT_EQ(step.state, State::kDone);
  EXPECT_EQ(received, sent);
}

}  // namespace
}  // namespace headgate::wire::http1
