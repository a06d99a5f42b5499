// Every message of the table, through the parsers at once, in two pieces cut anywhere, and byte by byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "tests/conformance/messages.h"
#include "wire/http1/chunked.h"
#include "wire/http1/head_parser.h"

namespace headgate::wire::http1 {
namespace {

using conformance::MessageCase;
using conformance::Side;
using conformance::Verdict;

std::string_view to_string(Framing framing) {
  switch (framing) {
    case Framing::kNone:
      return "none";
    case Framing::kLength:
      return "length";
    case Framing::kChunked:
      return "chunked";
    case Framing::kUntilClose:
      return "until-close";
  }
  return "?";
}

std::string_view to_string(http::TargetForm form) {
  switch (form) {
    case http::TargetForm::kOrigin:
      return "origin";
    case http::TargetForm::kAbsolute:
      return "absolute";
    case http::TargetForm::kAsterisk:
      return "asterisk";
  }
  return "?";
}

std::string yes_or_no(bool value) {
  return value ? "yes" : "no";
}

struct Outcome {
  Verdict verdict = Verdict::kIncomplete;
  int status = 0;
  std::string body;
  std::map<std::string, std::string> attributes;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// Reads one message as a session does, out of a buffer that grows and moves.
class Reader {
 public:
  explicit Reader(const MessageCase& from) : case_(from) {}

  /// Everything that has arrived so far.
  void show(std::string_view input) {
    if (outcome_.verdict != Verdict::kIncomplete) return;
    // A copy of exactly the bytes that are there, so that a read beyond them is seen.
    const std::vector<char> exact(input.begin(), input.end());
    const std::string_view buffer(exact.data(), exact.size());
    if (!head_done_ && !take_head(buffer)) return;
    take_body(buffer);
  }
  const Outcome& outcome() const { return outcome_; }

 private:
  bool take_head(std::string_view buffer) {
    Refusal refusal;
    const ParseState state = case_.side == Side::kRequest
                                 ? parse_request_head(buffer, {}, scanned_, arena_, request_, hop_, refusal)
                                 : parse_response_head(buffer, {}, scanned_, http::method_from(case_.request_method),
                                                       response_, hop_, refusal);
    if (state == ParseState::kRefused) {
      outcome_.verdict = Verdict::kRefused;
      outcome_.status = refusal.status;
      EXPECT_FALSE(refusal.reason.empty());
    }
    if (state != ParseState::kDone) return false;
    head_done_ = true;
    taken_ = hop_.head_bytes;
    describe_head();
    return true;
  }

  void take_body(std::string_view buffer) {
    std::string_view input = buffer.substr(taken_);
    switch (hop_.framing) {
      case Framing::kNone:
        return finish(buffer);
      case Framing::kUntilClose:
        outcome_.body += input;
        taken_ = buffer.size();
        return finish_attributes(buffer);  // complete whenever the upstream closes
      case Framing::kLength:
        if (input.size() < hop_.content_length) return;
        outcome_.body = input.substr(0, hop_.content_length);
        taken_ += hop_.content_length;
        return finish(buffer);
      case Framing::kChunked:
        return take_chunks(buffer, input);
    }
  }

  void take_chunks(std::string_view buffer, std::string_view input) {
    ChunkedDecoder::Step step;
    do {
      step = decoder_.decode(input);
      outcome_.body += step.data;
      input.remove_prefix(step.consumed);
      taken_ += step.consumed;
    } while (step.state == ChunkedDecoder::State::kMore && !input.empty());
    if (step.state == ChunkedDecoder::State::kMalformed) outcome_ = Outcome{Verdict::kBodyRefused, 0, {}, {}};
    if (step.state != ChunkedDecoder::State::kDone) return;
    outcome_.attributes["trailers"] = std::to_string(decoder_.trailers().size());
    finish(buffer);
  }

  void describe_head() {
    std::map<std::string, std::string>& out = outcome_.attributes;
    const http::Fields& fields = case_.side == Side::kRequest ? request_.fields : response_.fields;
    out["version"] = "1." + std::to_string(hop_.minor_version);
    out["fields"] = std::to_string(fields.size());
    out["framing"] = to_string(hop_.framing);
    out["keep-alive"] = yes_or_no(hop_.keep_alive);
    out["upgrade"] = yes_or_no(hop_.upgrade);
    if (hop_.has_content_length) out["length"] = std::to_string(hop_.content_length);
    if (case_.side == Side::kResponse) {
      out["status"] = std::to_string(response_.status);
      out["reason"] = response_.reason;
      return;
    }
    out["expect-continue"] = yes_or_no(hop_.expect_continue);
    out["method"] = request_.method_text;
    out["form"] = to_string(request_.form);
    out["authority"] = request_.authority;
    out["host"] = request_.host;
    out["port"] = request_.port;
    out["secure"] = yes_or_no(request_.secure_target);
    out["path"] = request_.path;
    if (request_.has_query) out["query"] = request_.query;
  }

  void finish(std::string_view buffer) {
    outcome_.verdict = Verdict::kAccepted;
    finish_attributes(buffer);
  }
  void finish_attributes(std::string_view buffer) {
    outcome_.attributes["body"] = outcome_.body;
    outcome_.attributes["rest"] = std::to_string(buffer.size() - taken_);
  }

  const MessageCase& case_;
  base::Arena arena_;
  http::RequestHead request_;
  http::ResponseHead response_;
  Hop hop_;
  ChunkedDecoder decoder_;
  std::size_t scanned_ = 0;
  std::size_t taken_ = 0;
  bool head_done_ = false;
  Outcome outcome_;
};

/// The outcome when the peer sends `cuts` first bytes, then the next, and so on, and then closes.
Outcome outcome_of(const MessageCase& from, const std::vector<std::size_t>& cuts) {
  Reader reader(from);
  for (std::size_t cut : cuts) reader.show(std::string_view(from.raw).substr(0, cut));
  Outcome out = reader.outcome();
  if (out.attributes["framing"] == "until-close") out.verdict = Verdict::kAccepted;
  return out;
}

std::vector<MessageCase> all_cases() {
  base::Result<std::vector<MessageCase>> loaded = conformance::load_messages(HEADGATE_MESSAGES_FOLDER);
  if (!loaded) base::invariant_broken(loaded.error().message.c_str());
  return *loaded;
}

class Conformance : public testing::TestWithParam<MessageCase> {};

TEST_P(Conformance, AtOnce) {
  const MessageCase& given = GetParam();
  const Outcome outcome = outcome_of(given, {given.raw.size()});
  ASSERT_EQ(outcome.verdict, given.verdict) << given.why;
  if (given.verdict == Verdict::kRefused) EXPECT_EQ(outcome.status, given.status) << given.why;
  for (const auto& [key, value] : given.attributes) {
    ASSERT_TRUE(outcome.attributes.contains(key)) << key << " is not known of this message";
    EXPECT_EQ(outcome.attributes.at(key), value) << key << ": " << given.why;
  }
}

/// An outcome without what depends on the cuts: how much of the next message had come when this one was complete.
Outcome timeless(Outcome out) {
  out.attributes.erase("rest");
  return out;
}

TEST_P(Conformance, InTwoPieces) {
  const MessageCase& given = GetParam();
  const Outcome whole = timeless(outcome_of(given, {given.raw.size()}));
  // Long messages are long in one place only; their first and last cuts are the ones that differ.
  const std::size_t step = given.raw.size() > 4096 ? 997 : 1;
  for (std::size_t cut = 1; cut < given.raw.size(); cut += step) {
    ASSERT_EQ(timeless(outcome_of(given, {cut, given.raw.size()})), whole) << "cut at " << cut;
  }
}

TEST_P(Conformance, ByteByByte) {
  const MessageCase& given = GetParam();
  const Outcome whole = timeless(outcome_of(given, {given.raw.size()}));
  std::vector<std::size_t> cuts;
  // 64 KiB byte by byte would copy 2 GiB here: all but the edges of a long message come in larger pieces.
  for (std::size_t at = 1; at < given.raw.size(); ++at) {
    if (given.raw.size() < 4096 || at < 64 || at + 64 > given.raw.size() || at % 251 == 0) cuts.push_back(at);
  }
  cuts.push_back(given.raw.size());
  EXPECT_EQ(timeless(outcome_of(given, cuts)), whole);
}

INSTANTIATE_TEST_SUITE_P(Messages, Conformance, testing::ValuesIn(all_cases()), [](const auto& each) {
  std::string name = each.param.name;
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
});

TEST(ConformanceTable, HoldsEnough) {
  std::set<std::string> names;
  std::size_t bad_requests = 0;
  std::size_t bad_responses = 0;
  for (const MessageCase& each : all_cases()) {
    EXPECT_TRUE(names.insert(each.name).second) << each.name << " is there twice";
    const bool bad = each.verdict == Verdict::kRefused || each.verdict == Verdict::kBodyRefused;
    if (bad) ++(each.side == Side::kRequest ? bad_requests : bad_responses);
  }
  EXPECT_GE(bad_requests, 80u);
  EXPECT_GE(bad_responses, 50u);
}

}  // namespace
}  // namespace headgate::wire::http1
