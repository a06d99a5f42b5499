#include <gtest/gtest.h>

#include "tests/unit/proxy/cache/memory/stored.h"

namespace headgate::proxy::cache::memory {
namespace {

using Outcome = Writer::Outcome;

TEST(Passing, at_max_object_it_is_stored_and_beyond_it_is_not) {
  for (bool known : {false, true}) {
    for (std::size_t bytes : {9'999U, 10'000U, 10'001U}) {
      const auto store = store_of(1 << 20, 10'000);
      const Made made("a");
      Writer writer = store->begin(made.parts(), made.hash(), known ? bytes : Body::kUnknown, 0, Visibility::kAtOnce);
      const std::string text = body_of("a", bytes);
      writer.append(std::string_view(text).substr(0, 5000));
      const Outcome outcome = writer.append(std::string_view(text).substr(5000)).outcome;
      EXPECT_EQ(outcome, bytes <= 10'000 ? Outcome::kStored : Outcome::kPassing) << bytes;
      EXPECT_EQ(writer.finish(), bytes <= 10'000);
      EXPECT_EQ(bool(find(*store, "a")), bytes <= 10'000);
      EXPECT_EQ(store->figures().too_large, bytes <= 10'000 ? 0U : 1U);
    }
  }
}

TEST(Passing, readers_go_on_to_the_end_through_the_window) {
  constexpr std::size_t kBytes = 3'000'000;
  const auto store = store_of(2 << 20, 50'000);
  const std::uint64_t empty = store->figures().used_bytes;
  const std::string text = body_of("a", kBytes);
  {
    const Made made("a");
    Writer writer = store->begin(made.parts(), made.hash(), Body::kUnknown, 0, Visibility::kAtOnce);
    writer.append(std::string_view(text).substr(0, 1000));
    Reader quick(find(*store, "a"));
    Reader slow(writer.reference(0));
    std::string quick_text;
    std::string slow_text;
    std::size_t written = 1000;
    bool was_full = false;
    while (written < kBytes) {
      const Writer::Appended appended = writer.append(std::string_view(text).substr(written, 20'000));
      written += appended.bytes;
      EXPECT_EQ(appended.outcome == Outcome::kFull, written < kBytes && appended.bytes < 20'000);
      was_full = was_full || appended.outcome == Outcome::kFull;
      quick_text += take(quick, ~0U);
      if (appended.outcome == Outcome::kFull) slow_text += take(slow, 70'000);
      ASSERT_LT(store->figures().used_bytes - empty, 200'000U);
    }
    EXPECT_TRUE(was_full);
    EXPECT_TRUE(writer.is_passing());
    EXPECT_FALSE(find(*store, "a"));
    EXPECT_FALSE(writer.finish()) << "it is complete, and not stored";
    while (!quick.is_at_end()) quick_text += take(quick, 10'000);
    while (!slow.is_at_end()) slow_text += take(slow, 10'000);
    EXPECT_TRUE(quick_text == text);
    EXPECT_TRUE(slow_text == text);
  }
  EXPECT_EQ(store->figures().used_bytes, empty);
}

TEST(Passing, a_reader_that_leaves_holds_nobody_back) {
  const auto store = store_of(1 << 20, 10'000);
  const Made made("a");
  Writer writer = store->begin(made.parts(), made.hash(), Body::kUnknown, 0, Visibility::kAtOnce);
  writer.append("x");
  auto slow = std::make_unique<Reader>(writer.reference(0));
  Reader quick(writer.reference(0));
  Writer::Appended appended;
  do {
    appended = writer.append(std::string(10'000, 'x'));
    take(quick, ~0U);
  } while (appended.outcome != Outcome::kFull);
  EXPECT_EQ(writer.append("x").bytes, 0U);
  slow.reset();
  EXPECT_EQ(writer.append("x").bytes, 1U);
}

TEST(Passing, who_comes_after_bytes_were_lost_hears_that_it_failed) {
  const auto store = store_of(1 << 20, 10'000);
  const Made made("a");
  Writer writer = store->begin(made.parts(), made.hash(), Body::kUnknown, 0, Visibility::kAtOnce);
  EXPECT_EQ(writer.append(std::string(20'000, 'x')).outcome, Outcome::kPassing);
  Reader late(writer.reference(0));
  EXPECT_EQ(writer.append(std::string(20'000, 'x')).bytes, 20'000U);
  EXPECT_FALSE(writer.finish());
  EXPECT_EQ(late.entry().body().state(), Body::State::kFailed);
  EXPECT_FALSE(late.is_at_end());
}

TEST(Passing, a_body_that_is_said_to_be_too_large_is_never_found) {
  const auto store = store_of(1 << 20, 10'000);
  const Made made("a");
  Writer writer = store->begin(made.parts(), made.hash(), 10'001, 0, Visibility::kAtOnce);
  EXPECT_FALSE(find(*store, "a"));
  Reader reader(writer.reference(0));
  EXPECT_EQ(writer.append("x").outcome, Outcome::kPassing);
  EXPECT_EQ(take(reader, 10), "x");
}

}  // namespace
}  // namespace headgate::proxy::cache::memory
