#include "net/buffer_pool.h"

#include <gtest/gtest.h>

#include <cstring>
#include <set>
#include <vector>

namespace headgate::net {
namespace {

TEST(BufferPool, RoundsUpToASize) {
  BufferPool pool;
  struct Case {
    std::size_t asked, given;
  };
  for (const Case& c : {Case{0, 4096}, Case{1, 4096}, Case{4096, 4096}, Case{4097, 16384}, Case{16384, 16384},
                        Case{16385, 65536}, Case{65536, 65536}, Case{65537, 65537}, Case{1 << 20, 1 << 20}}) {
    Buffer buffer = pool.borrow(c.asked);
    EXPECT_EQ(buffer.size(), c.given);
    EXPECT_EQ(pool.lent_bytes(), c.given);
    std::memset(buffer.data(), 1, buffer.size());
    buffer.release();
    buffer.release();
    EXPECT_FALSE(buffer);
    EXPECT_EQ(pool.lent_bytes(), 0u);
  }
}

TEST(BufferPool, LendsTheLastOneFirst) {
  BufferPool pool;
  Buffer a = pool.borrow(100);
  Buffer b = pool.borrow(100);
  const char* last = a.data();
  b.release();
  a.release();
  EXPECT_EQ(pool.borrow(4096).data(), last);
}

TEST(BufferPool, MovesGiveBackWhatTheyReplace) {
  BufferPool pool;
  Buffer a = pool.borrow(BufferPool::kSmall);
  Buffer b = pool.borrow(BufferPool::kMedium);
  const char* of_b = b.data();
  a = std::move(b);
  EXPECT_EQ(a.data(), of_b);
  EXPECT_FALSE(b);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(pool.lent_bytes(), BufferPool::kMedium);
  const Buffer c = std::move(a);
  EXPECT_EQ(pool.lent_bytes(), BufferPool::kMedium);
}

TEST(BufferPool, KeepsNoMoreSpareThanItsBound) {
  BufferPool pool;
  constexpr std::size_t kKept = BufferPool::kSpareBytesMax / BufferPool::kLarge;
  std::vector<Buffer> all;
  for (std::size_t i = 0; i < kKept + 10; ++i) all.push_back(pool.borrow(BufferPool::kLarge));
  std::vector<const char*> in_order;
  for (Buffer& buffer : all) in_order.push_back(buffer.data());
  for (Buffer& buffer : all) buffer.release();
  // The first kKept were kept; they come back last in first out. What went beyond is gone to the allocator.
  for (std::size_t i = 0; i < kKept; ++i) {
    all[i] = pool.borrow(BufferPool::kLarge);
    ASSERT_EQ(all[i].data(), in_order[kKept - 1 - i]);
  }
}

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
TEST(BufferPoolDeathTest, SpareBytesAreNobodys) {
  BufferPool pool;
  Buffer buffer = pool.borrow(10);
  volatile char* stale = buffer.data();
  buffer.release();
  EXPECT_DEATH(stale[0] = 1, "use-after-poison");
}
#endif
#endif

}  // namespace
}  // namespace headgate::net
