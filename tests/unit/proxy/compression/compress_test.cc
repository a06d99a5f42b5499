#include "proxy/compression/compress.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "tests/unit/net/run_task.h"
#include "tests/unit/proxy/compression/scripted_source.h"
#include "tests/unit/wire/coding/decoding.h"

namespace headgate::proxy::compression {
namespace {

using net::testing::run_task;
using wire::coding::Coding;
using wire::http::FieldId;
using wire::http::Method;
using Event = ScriptedSource::Event;
using Kind = ScriptedSource::Event::Kind;

config::Compression settings() {
  config::Compression out;
  out.algorithms = {{config::CompressionAlgorithm::kGzip, 4}};
  out.types = {"text/*"};
  out.min_bytes = 100;
  return out;
}

class Compress : public testing::Test {
 protected:
  Compress() {
    request_.head.fields.add(FieldId::kAcceptEncoding, "gzip");
    response_.head.fields.add(FieldId::kContentType, "text/plain");
    response_.head.fields.add(FieldId::kEtag, "\"v1\"");
  }

  void run() {
    compress({rules_, rules_.coding_for(request_.head.fields), workshop_, counters_, arena_, record_}, request_,
             response_);
  }
  void set_body(std::deque<Event> events) {
    response_.body = std::make_unique<ScriptedSource>(loop_, std::move(events));
  }
  std::string body_text() {
    if (!response_.body) return std::string(response_.text);
    std::string out;
    while (true) {
      const std::string_view piece = response_.body->take_ready();
      out += piece;
      if (!piece.empty()) continue;
      if (response_.body->at_end()) return out;
      EXPECT_TRUE(run_task(loop_, response_.body->wait()));
    }
  }
  std::string_view field(FieldId id) const { return response_.head.fields.value_of(id); }
  std::uint64_t skipped(Skip skip) const { return counters_.skipped[static_cast<std::size_t>(skip)].value(); }

  net::Loop loop_;
  Workshop workshop_{loop_};
  base::Arena arena_;
  Rules rules_ = Rules::compile(settings());
  Counters counters_;
  message::Record record_;
  message::Request request_;
  message::Response response_;
  std::string long_text_ = std::string(5000, 'a');
};

TEST_F(Compress, ATextIsCompressedAtOnceAndHasALength) {
  response_.text = long_text_;
  run();
  ASSERT_TRUE(response_.body_length);
  EXPECT_LT(*response_.body_length, 200u);
  EXPECT_EQ(field(FieldId::kContentEncoding), "gzip");
  EXPECT_EQ(field(FieldId::kVary), "Accept-Encoding");
  EXPECT_EQ(field(FieldId::kEtag), "W/\"v1\"");
  const std::string out = body_text();
  EXPECT_EQ(out.size(), *response_.body_length);
  EXPECT_EQ(wire::coding::decoded(Coding::kGzip, out)->text, long_text_);
  EXPECT_EQ(record_.coding, Coding::kGzip);
  EXPECT_EQ(record_.uncompressed_body_bytes, long_text_.size());
  EXPECT_EQ(counters_.of(Coding::kGzip).answers.value(), 1u);
}

TEST_F(Compress, ABodyAtHandIsCompressedAtOnce) {
  set_body({{Kind::kPiece, long_text_}});
  run();
  EXPECT_TRUE(response_.body_length);
  EXPECT_EQ(wire::coding::decoded(Coding::kGzip, body_text())->text, long_text_);
}

TEST_F(Compress, ABodyOfKnownLengthLosesIt) {
  set_body({{Kind::kPiece, long_text_}, {Kind::kPause, ""}, {Kind::kPiece, long_text_}});
  response_.body_length = 2 * long_text_.size();
  auto& source = static_cast<ScriptedSource&>(*response_.body);
  run();
  EXPECT_FALSE(response_.body_length);
  source.go_on();
  EXPECT_EQ(wire::coding::decoded(Coding::kGzip, body_text())->text, long_text_ + long_text_);
}

TEST_F(Compress, WhenTheTurnIsUsedUpItGoesOutInPieces) {
  while (workshop_.turns.try_take()) {
  }
  set_body({{Kind::kPiece, long_text_}});
  run();
  EXPECT_FALSE(response_.body_length);
  EXPECT_EQ(wire::coding::decoded(Coding::kGzip, body_text())->text, long_text_);
}

TEST_F(Compress, AShortBodyWithoutALengthIsLeftAndGetsOne) {
  set_body({{Kind::kPiece, "short"}});
  run();
  EXPECT_EQ(response_.body_length, 5u);
  EXPECT_FALSE(response_.head.fields.has(FieldId::kContentEncoding));
  EXPECT_EQ(field(FieldId::kEtag), "\"v1\"");
  EXPECT_EQ(body_text(), "short");
  EXPECT_EQ(skipped(Skip::kSmall), 1u);
  EXPECT_EQ(record_.coding, Coding::kIdentity);
}

TEST_F(Compress, WhatWouldGrowIsLeft) {
  std::string noise;
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) noise += static_cast<char>(random());
  response_.text = noise;
  run();
  EXPECT_EQ(body_text(), noise);
  EXPECT_EQ(response_.body, nullptr);
  EXPECT_FALSE(response_.head.fields.has(FieldId::kContentEncoding));
  EXPECT_EQ(field(FieldId::kVary), "Accept-Encoding");
  EXPECT_EQ(skipped(Skip::kIncompressible), 1u);
  EXPECT_EQ(workshop_.encoders.lent_bytes(), 0u);
}

TEST_F(Compress, WithoutAnEncoderItGoesOutAsItIs) {
  std::vector<LentEncoder> all;
  while (LentEncoder encoder = workshop_.encoders.borrow(Coding::kGzip, 1, std::nullopt)) {
    all.push_back(std::move(encoder));
  }
  set_body({{Kind::kPiece, long_text_}});
  run();
  EXPECT_EQ(skipped(Skip::kBusy), 1u);
  EXPECT_EQ(field(FieldId::kVary), "Accept-Encoding");
  EXPECT_EQ(body_text(), long_text_);
}

TEST_F(Compress, HeadHasTheFieldsOfGet) {
  request_.head.method = Method::kHead;
  response_.stated_length = 5000;
  response_.head.fields.add(FieldId::kAcceptRanges, "bytes");
  run();
  EXPECT_EQ(field(FieldId::kContentEncoding), "gzip");
  EXPECT_EQ(field(FieldId::kEtag), "W/\"v1\"");
  EXPECT_FALSE(response_.stated_length);
  EXPECT_FALSE(response_.head.fields.has(FieldId::kAcceptRanges));
  EXPECT_EQ(response_.body, nullptr);
  EXPECT_EQ(counters_.of(Coding::kGzip).answers.value(), 0u);
}

TEST_F(Compress, HeadOfWhatIsTooShortKeepsItsLength) {
  request_.head.method = Method::kHead;
  response_.stated_length = 50;
  run();
  EXPECT_EQ(response_.stated_length, 50u);
  EXPECT_FALSE(response_.head.fields.has(FieldId::kContentEncoding));
}

TEST_F(Compress, AnswersWithoutABodyAreLeft) {
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{101}}) {
    response_.head.status = status;
    run();
    EXPECT_FALSE(response_.head.fields.has(FieldId::kContentEncoding)) << status;
    EXPECT_FALSE(response_.head.fields.has(FieldId::kVary)) << status;
  }
}

TEST_F(Compress, NotModifiedHasTheTagThatTheClientAskedWith) {
  response_.head.status = 304;
  response_.head.fields.remove(FieldId::kContentType);
  request_.head.fields.add(FieldId::kIfNoneMatch, "\"v0\", W/\"v1\"");
  run();
  EXPECT_EQ(field(FieldId::kEtag), "W/\"v1\"");
  EXPECT_EQ(field(FieldId::kVary), "Accept-Encoding");
}

TEST_F(Compress, NotModifiedKeepsAStrongTagThatTheClientAskedWith) {
  response_.head.status = 304;
  request_.head.fields.add(FieldId::kIfNoneMatch, "\"v1\"");
  run();
  EXPECT_EQ(field(FieldId::kEtag), "\"v1\"");
}

TEST_F(Compress, AnOriginThatDoesNotKnowItsTagAgainIsHelped) {
  for (const Method method : {Method::kGet, Method::kHead}) {
    response_.clear();
    response_.head.fields.add(FieldId::kContentType, "text/plain");
    response_.head.fields.add(FieldId::kEtag, "\"v1\"");
    request_.head.fields.set(FieldId::kIfNoneMatch, "W/\"v1\"");
    request_.head.method = method;
    response_.text = long_text_;
    run();
    EXPECT_EQ(response_.head.status, 304);
    EXPECT_EQ(field(FieldId::kEtag), "W/\"v1\"");
    EXPECT_FALSE(response_.head.fields.has(FieldId::kContentType));
    EXPECT_FALSE(response_.head.fields.has(FieldId::kContentEncoding));
    EXPECT_EQ(response_.text, "");
  }
}

TEST_F(Compress, AnotherTagThanTheClientsIsSent) {
  request_.head.fields.add(FieldId::kIfNoneMatch, "W/\"v0\", W/\"v11\"");
  response_.text = long_text_;
  run();
  EXPECT_EQ(response_.head.status, 200);
}

TEST_F(Compress, APostThatAsksWeaklyIsNotTurnedInto304) {
  request_.head.method = Method::kPost;
  request_.head.fields.add(FieldId::kIfNoneMatch, "W/\"v1\"");
  response_.text = long_text_;
  run();
  EXPECT_EQ(response_.head.status, 200);
}

}  // namespace
}  // namespace headgate::proxy::compression
