#include "proxy/compression/encoder_pool.h"

#include <gtest/gtest.h>

#include <vector>

namespace headgate::proxy::compression {
namespace {

using wire::coding::Coding;
using wire::coding::memory_max_of;

TEST(EncoderPool, LendsUpToItsBoundAndNotOneMore) {
  EncoderPool pool(3 * memory_max_of(Coding::kGzip));
  std::vector<LentEncoder> lent;
  for (int i = 0; i < 3; ++i) {
    lent.push_back(pool.borrow(Coding::kGzip, 1, std::nullopt));
    ASSERT_TRUE(lent.back());
  }
  EXPECT_FALSE(pool.borrow(Coding::kGzip, 1, std::nullopt));
  EXPECT_FALSE(pool.borrow(Coding::kBrotli, 1, std::nullopt));
  lent.pop_back();
  EXPECT_TRUE(pool.borrow(Coding::kGzip, 1, std::nullopt));
}

TEST(EncoderPool, LendsTheSameOneAgain) {
  EncoderPool pool;
  LentEncoder first = pool.borrow(Coding::kZstd, 3, std::nullopt);
  const wire::coding::Encoder* address = first.operator->();
  first.release();
  EXPECT_FALSE(first);
  EXPECT_EQ(pool.lent_bytes(), 0u);
  EXPECT_EQ(pool.spare_bytes(), memory_max_of(Coding::kZstd));
  const LentEncoder again = pool.borrow(Coding::kZstd, 5, 10);
  EXPECT_EQ(again.operator->(), address);
  EXPECT_EQ(pool.spare_bytes(), 0u);
}

TEST(EncoderPool, KeepsNoMoreSpareThanItsBound) {
  EncoderPool pool;
  std::vector<LentEncoder> lent;
  const std::size_t many = EncoderPool::kSpareMax / memory_max_of(Coding::kGzip) + 5;
  for (std::size_t i = 0; i < many; ++i) lent.push_back(pool.borrow(Coding::kGzip, 1, std::nullopt));
  lent.clear();
  EXPECT_EQ(pool.lent_bytes(), 0u);
  EXPECT_LE(pool.spare_bytes(), EncoderPool::kSpareMax);
  EXPECT_GT(pool.spare_bytes(), EncoderPool::kSpareMax - memory_max_of(Coding::kGzip));
}

TEST(EncoderPool, AMovedLoanIsGivenBackOnce) {
  EncoderPool pool;
  {
    LentEncoder one = pool.borrow(Coding::kGzip, 1, std::nullopt);
    LentEncoder two = std::move(one);
    LentEncoder three = pool.borrow(Coding::kGzip, 1, std::nullopt);
    three = std::move(two);
    EXPECT_EQ(pool.lent_bytes(), memory_max_of(Coding::kGzip));
  }
  EXPECT_EQ(pool.lent_bytes(), 0u);
}

}  // namespace
}  // namespace headgate::proxy::compression
