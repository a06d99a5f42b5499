#include "proxy/cache/flight/passes.h"

#include <gtest/gtest.h>

#include <memory>

namespace headgate::proxy::cache::flight {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr base::Time kThen{seconds(1'000'000)};

TEST(Passes, last_for_a_while) {
  const auto passes = std::make_unique<Passes>();
  const key::Hash hash = key::hash_of("a", 1);
  EXPECT_FALSE(passes->has(hash, kThen));
  passes->add(hash, kThen);
  EXPECT_TRUE(passes->has(hash, kThen));
  EXPECT_TRUE(passes->has(hash, kThen + Passes::kLength - milliseconds(1)));
  EXPECT_FALSE(passes->has(hash, kThen + Passes::kLength));
  passes->add(hash, kThen + Passes::kLength);
  EXPECT_TRUE(passes->has(hash, kThen + Passes::kLength)) << "it turned out so again";
  passes->remove(hash);
  EXPECT_FALSE(passes->has(hash, kThen + Passes::kLength));
}

TEST(Passes, are_of_a_key_each) {
  const auto passes = std::make_unique<Passes>();
  const key::Hash hash{Passes::kPlaces + 3, 0x1111'1111'0000'0000};
  const key::Hash same_place{3, 0x2222'2222'0000'0000};
  passes->add(hash, kThen);
  EXPECT_FALSE(passes->has(same_place, kThen));
  passes->remove(same_place);
  EXPECT_TRUE(passes->has(hash, kThen)) << "another key's was not there to be removed";
  passes->add(same_place, kThen);
  EXPECT_TRUE(passes->has(same_place, kThen));
  EXPECT_FALSE(passes->has(hash, kThen)) << "there is one place for both";
}

TEST(Passes, none_is_there_for_a_hash_of_zeros) {
  const auto passes = std::make_unique<Passes>();
  EXPECT_FALSE(passes->has({0, 0}, kThen));
  EXPECT_FALSE(passes->has({0, 0}, base::Time{}));
  passes->add({0, 0}, kThen);
  EXPECT_TRUE(passes->has({0, 0}, kThen));
}

}  // namespace
}  // namespace headgate::proxy::cache::flight
