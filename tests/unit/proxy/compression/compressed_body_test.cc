#include "proxy/compression/compressed_body.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/unit/net/run_task.h"
#include "tests/unit/proxy/compression/scripted_source.h"
#include "tests/unit/wire/coding/decoding.h"

namespace headgate::proxy::compression {
namespace {

using net::testing::run_task;
using net::testing::run_until;
using wire::coding::Coding;
using wire::coding::decoded;
using Event = ScriptedSource::Event;
using Kind = ScriptedSource::Event::Kind;

class Compressed : public testing::TestWithParam<Coding> {
 protected:
  ScriptedSource& begin(std::deque<Event> events) {
    auto scripted = std::make_unique<ScriptedSource>(loop_, std::move(events));
    ScriptedSource& source = *scripted;
    LentEncoder encoder = workshop_.encoders.borrow(GetParam(), 4, std::nullopt);
    body_.emplace(workshop_, std::move(encoder), std::make_unique<PeekedBody>(std::move(scripted)), record_, counters_);
    return source;
  }
  /// What comes out by one wait(), without waiting for the source.
  std::string next() {
    const base::Result<void> waited = run_task(loop_, body_->wait());
    EXPECT_TRUE(waited);
    return std::string(body_->take_ready());
  }

  net::Loop loop_;
  Workshop workshop_{loop_};
  message::Record record_;
  Counters::OfCoding counters_;
  std::optional<CompressedBody> body_;
};
INSTANTIATE_TEST_SUITE_P(Each, Compressed, testing::ValuesIn(wire::coding::kCompressing),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(Compressed, WhateverThePiecesAndPausesTheBodyIsTheSame) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (int round = 0; round < 8; ++round) {
    std::string text;
    std::deque<Event> events;
    for (std::size_t pieces = random() % 12; pieces > 0; --pieces) {
      std::string piece(1 + random() % (random() % 3 == 0 ? 100'000 : 300), 'a');
      for (char& c : piece) c = static_cast<char>(random() % 4 == 0 ? random() : 'a' + random() % 3);
      text += piece;
      if (random() % 3 == 0) events.push_back({Kind::kPause, ""});
      events.push_back({Kind::kPiece, std::move(piece)});
    }
    const std::uint64_t counted_before = counters_.bytes_in.value();
    ScriptedSource& source = begin(std::move(events));
    std::string out;
    while (!body_->at_end()) {
      source.go_on();
      out += next();
      ASSERT_LE(body_->ready_bytes(), CompressedBody::kRoomBytes);
    }
    const std::optional<wire::coding::Decoded> all = decoded(GetParam(), out);
    ASSERT_TRUE(all && all->whole);
    ASSERT_EQ(all->text, text);
    EXPECT_EQ(counters_.bytes_in.value() - counted_before, text.size());
    EXPECT_EQ(workshop_.encoders.lent_bytes(), 0u) << "given back with the last byte, before the body is gone";
    body_.reset();
  }
}

TEST_P(Compressed, WhenTheSourcePausesAllThatItGaveIsOut) {
  ScriptedSource& source =
      begin({{Kind::kPiece, "data: 1\n\n"}, {Kind::kPause, ""}, {Kind::kPiece, "data: 2\n\n"}, {Kind::kPause, ""}});
  std::string out = next();
  EXPECT_EQ(source.pauses(), 1u);
  EXPECT_EQ(decoded(GetParam(), out)->text, "data: 1\n\n");
  source.go_on();
  out += next();
  EXPECT_EQ(decoded(GetParam(), out)->text, "data: 1\n\ndata: 2\n\n");
  EXPECT_FALSE(body_->at_end());
  source.go_on();
  out += next();
  EXPECT_TRUE(decoded(GetParam(), out)->whole);
}

TEST_P(Compressed, TakesNothingThatItIsNotAskedFor) {
  std::mt19937_64 random(3);
  std::string noise(100'000, ' ');  // comes out as long as it goes in
  for (char& c : noise) c = static_cast<char>(random());
  std::deque<Event> events;
  for (int i = 0; i < 9; ++i) events.push_back({Kind::kPiece, noise});
  const ScriptedSource& source = begin(std::move(events));
  const std::string out = next();
  EXPECT_FALSE(out.empty());
  EXPECT_LE(source.taken(), 2 * noise.size()) << "an encoder gathers at most 128 KiB before it gives something";
}

TEST_P(Compressed, AFailureOfTheSourceIsTheBodys) {
  begin({{Kind::kPiece, "half of it"}, {Kind::kPause, ""}, {Kind::kFailure, ""}});
  next();
  ASSERT_FALSE(body_->at_end());
  net::TaskScope scope;
  std::optional<base::Result<void>> waited;
  begin({{Kind::kPiece, "half of it"}, {Kind::kFailure, ""}});
  const base::Result<void> failed = run_task(loop_, body_->wait());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "cut by the script");
  EXPECT_EQ(failed.error().fault, base::Fault::kUpstream);
  EXPECT_FALSE(body_->at_end());
}

TEST_P(Compressed, TrailersThatSpeakOfTheBytesAreLeftOut) {
  ScriptedSource& source = begin({{Kind::kPiece, "x"}});
  source.trailers_.add("X-Sum", "1");
  while (!body_->at_end()) next();
  EXPECT_EQ(body_->trailers(), &source.trailers_) << "as they are, where nothing is to be left out";
  source.trailers_.add("Content-Digest", "sha-256=:x:");
  const wire::http::Fields* trailers = body_->trailers();
  ASSERT_NE(trailers, nullptr);
  ASSERT_EQ(trailers->size(), 1u);
  EXPECT_EQ(trailers->begin()->name, "X-Sum");
}

TEST_P(Compressed, AbandonedInTheMiddleItGivesAllBack) {
  begin({{Kind::kPiece, std::string(50'000, 'a')}, {Kind::kPause, ""}});
  next();
  body_.reset();
  EXPECT_EQ(workshop_.encoders.lent_bytes(), 0u);
  EXPECT_EQ(loop_.buffers().lent_bytes(), 0u);
}

net::Task<void> take_slices(Turns& turns, int count, std::vector<int>& order, int name) {
  for (int i = 0; i < count; ++i) {
    if (!turns.try_take()) co_await turns.wait();
    order.push_back(name);
  }
}

TEST(Turns, EverybodyGetsSlicesInTheOrderOfComing) {
  net::Loop loop;
  Turns turns(loop);
  std::vector<int> order;
  net::TaskScope scope;
  for (int name = 0; name < 6; ++name) scope.spawn(take_slices(turns, 3, order, name));
  EXPECT_EQ(order.size(), std::size_t{Turns::kSlices}) << "no more in one turn, whoever asks";
  ASSERT_TRUE(run_until(loop, [&order] { return order.size() == 18; }));
  // Whoever waited was served before anybody was a second time.
  for (int name = 2; name < 6; ++name) {
    const auto first = std::find(order.begin() + Turns::kSlices, order.end(), name);
    EXPECT_LT(first - order.begin(), 4 + 6) << name;
  }
}

TEST(Turns, WhoIsGoneIsNotWoken) {
  net::Loop loop;
  Turns turns(loop);
  std::vector<int> order;
  net::TaskScope scope;
  {
    net::TaskScope short_lived;
    scope.spawn(take_slices(turns, 5, order, 1));
    short_lived.spawn(take_slices(turns, 1, order, 2));
  }
  ASSERT_TRUE(run_until(loop, [&order] { return order.size() == 5; }));
  EXPECT_EQ(std::count(order.begin(), order.end(), 2), 0);
}

}  // namespace
}  // namespace headgate::proxy::compression
