#include "wire/coding/encoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/unit/wire/coding/decoding.h"

namespace headgate::wire::coding {
namespace {

using Aim = Encoder::Aim;

/// Text that compresses, with stretches that do not.
std::string some_text(std::mt19937_64& random, std::size_t bytes) {
  constexpr std::string_view kWords[] = {"canal", "gate", "lock", "{\"id\":", "</div>\n", "weir", " ", ", ", "0.125"};
  std::string out;
  while (out.size() < bytes) {
    if (random() % 40 == 0) {
      for (int i = 0; i < 200; ++i) out += static_cast<char>(random());
    }
    out += kWords[random() % std::size(kWords)];
  }
  out.resize(bytes);
  return out;
}

/// Encodes to the aim with rooms of that size.
void encode(Encoder& encoder, std::string_view input, Aim aim, std::size_t room_bytes, std::string& out) {
  std::vector<char> room(room_bytes);
  for (int i = 0; i < 1'000'000; ++i) {
    const base::Result<Encoder::Progress> step = encoder.encode(input, aim, room);
    ASSERT_TRUE(step) << step.error().message;
    ASSERT_LE(step->taken, input.size());
    ASSERT_LE(step->produced, room.size());
    input.remove_prefix(step->taken);
    out.append(room.data(), step->produced);
    if (step->done) {
      ASSERT_TRUE(input.empty());
      return;
    }
  }
  FAIL() << "an encoder that never comes to its aim";
}

class Codings : public testing::TestWithParam<Coding> {};
INSTANTIATE_TEST_SUITE_P(Each, Codings, testing::ValuesIn(kCompressing),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(Codings, RandomPiecesRoomsAndFlushesDecodeToTheSame) {
  const std::uint64_t seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  const std::unique_ptr<Encoder> encoder = make_encoder(GetParam());
  for (int body = 0; body < 12; ++body) {
    const std::string text = some_text(random, random() % (body % 3 == 0 ? 200'000 : 5'000));
    const int level = kLevelMin + static_cast<int>(random() % kLevelMax);
    const bool is_known = random() % 2 == 0;
    ASSERT_TRUE(encoder->begin(level, is_known ? std::optional<std::uint64_t>(text.size()) : std::nullopt));
    std::string out;
    std::size_t at = 0;
    while (at < text.size()) {
      const std::size_t piece =
          std::min<std::size_t>(text.size() - at, 1 + random() % (random() % 2 == 0 ? 50 : 40'000));
      encode(*encoder, std::string_view(text).substr(at, piece), Aim::kProcess, 64 + random() % 9000, out);
      at += piece;
      if (random() % 5 != 0) continue;
      encode(*encoder, {}, Aim::kFlush, 64 + random() % 9000, out);
      const std::optional<Decoded> so_far = decoded(GetParam(), out);
      ASSERT_TRUE(so_far);
      ASSERT_TRUE(so_far->text == text.substr(0, at)) << "all that was flushed can be read, at level " << level;
      ASSERT_FALSE(so_far->whole);
    }
    encode(*encoder, {}, Aim::kFinish, 64 + random() % 9000, out);
    const std::optional<Decoded> all = decoded(GetParam(), out);
    ASSERT_TRUE(all && all->whole) << "level " << level;
    ASSERT_TRUE(all->text == text);
    ASSERT_LE(encoder->memory_bytes(), memory_max_of(GetParam())) << "level " << level;
  }
}

TEST_P(Codings, BeginsAnewWhereverTheLastBodyStopped) {
  const std::unique_ptr<Encoder> encoder = make_encoder(GetParam());
  const std::string text(70'000, 'a');
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(encoder->begin(1 + round * 4, std::nullopt));
    std::string cut;
    encode(*encoder, text, Aim::kProcess, 1000, cut);  // and nobody wants the rest
  }
  ASSERT_TRUE(encoder->begin(3, 5));
  std::string out;
  encode(*encoder, "hello", Aim::kFinish, 1000, out);
  EXPECT_EQ(decoded(GetParam(), out)->text, "hello");
}

TEST_P(Codings, AnEmptyBodyAndAFlushOfNothing) {
  const std::unique_ptr<Encoder> encoder = make_encoder(GetParam());
  ASSERT_TRUE(encoder->begin(5, std::nullopt));
  std::string out;
  encode(*encoder, {}, Aim::kFlush, 1000, out);
  encode(*encoder, {}, Aim::kFlush, 1000, out);
  encode(*encoder, {}, Aim::kFinish, 1000, out);
  const std::optional<Decoded> all = decoded(GetParam(), out);
  ASSERT_TRUE(all && all->whole);
  EXPECT_EQ(all->text, "");
}

/// The bound by which a worker counts; the encoder's tables are all in use after a megabyte.
TEST_P(Codings, NoLevelTakesMoreMemoryThanIsSaid) {
  std::mt19937_64 random(7);
  const std::string text = some_text(random, 600'000);
  for (int level = kLevelMin; level <= kLevelMax; ++level) {
    const std::unique_ptr<Encoder> encoder = make_encoder(GetParam());
    ASSERT_TRUE(encoder->begin(level, std::nullopt));
    std::string out;
    encode(*encoder, text, Aim::kProcess, 16'384, out);
    encode(*encoder, {}, Aim::kFinish, 16'384, out);
    EXPECT_LE(encoder->memory_bytes(), memory_max_of(GetParam())) << "level " << level;
    EXPECT_GT(encoder->memory_bytes(), 0u);
    ASSERT_TRUE(encoder->begin(level, text.size()));
    encode(*encoder, text, Aim::kProcess, 16'384, out);
    EXPECT_LE(encoder->memory_bytes(), memory_max_of(GetParam())) << "level " << level << ", known length";
  }
}

}  // namespace
}  // namespace headgate::wire::coding
