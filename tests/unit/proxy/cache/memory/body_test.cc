#include "proxy/cache/memory/body.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "tests/unit/proxy/cache/memory/stored.h"

namespace headgate::proxy::cache::memory {
namespace {

struct Length {
  std::size_t bytes;
  bool known;
};

class BodyTest : public ::testing::TestWithParam<Length> {};

TEST_P(BodyTest, any_part_of_it_is_what_was_written) {
  const auto [bytes, known] = GetParam();
  const auto store = store_of(16 << 20);
  const std::uint64_t empty = store->figures().used_bytes;
  const std::string text = body_of("a", bytes);
  const std::uint64_t seed = base::entropy_seed();
  SCOPED_TRACE(seed);
  base::Random random(seed);
  const Made made("a");
  Writer writer = store->begin(made.parts(), made.hash(), known ? bytes : Body::kUnknown, 0, Visibility::kAtOnce);
  for (std::size_t at = 0; at < bytes;) {
    const std::size_t some = std::min<std::size_t>(bytes - at, 1 + random.below(40'000));
    ASSERT_EQ(writer.append(std::string_view(text).substr(at, some)).bytes, some);
    at += some;
    EXPECT_EQ(writer.entry().body().published(), at);
  }
  ASSERT_TRUE(writer.finish());
  const Reference found = find(*store, "a");
  EXPECT_EQ(found.body().total_bytes(), bytes);
  EXPECT_TRUE(text_of(found.body()) == text);
  for (int i = 0; i < 100; ++i) {
    const std::size_t from = random.below(static_cast<std::uint32_t>(bytes + 2));
    const std::size_t to = from + random.below(static_cast<std::uint32_t>(bytes + 2));
    const std::string expected = from >= bytes ? std::string() : text.substr(from, std::min(to, bytes) - from);
    ASSERT_TRUE(text_of(found.body(), from, to) == expected) << from << " to " << to;
  }
  // What was taken beyond the body is given back.
  EXPECT_LT(store->figures().used_bytes - empty, bytes + bytes / 50 + 2500);
}

INSTANTIATE_TEST_SUITE_P(Lengths, BodyTest,
                         ::testing::Values(Length{0, true}, Length{0, false}, Length{1, true}, Length{1, false},
                                           Length{1000, true}, Length{65'536, true}, Length{65'537, true},
                                           Length{100'000, false}, Length{6'000'000, true}, Length{6'000'000, false}));

}  // namespace
}  // namespace headgate::proxy::cache::memory
