#include "proxy/http/http2/inbox.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::proxy::http::http2 {
namespace {

std::string all_of(Inbox& inbox) {
  std::string all;
  for (std::string_view piece = inbox.take(); !piece.empty(); piece = inbox.take()) all += piece;
  return all;
}

TEST(Inbox, GivesEachByteOnceInOrder) {
  net::BufferPool buffers;
  Inbox inbox;
  std::string sent;
  for (int i = 0; i < 3000; ++i) {
    const std::string piece(static_cast<std::size_t>(i % 100 + 1), static_cast<char>('a' + i % 26));
    inbox.add(piece, buffers);
    sent += piece;
  }
  EXPECT_EQ(inbox.bytes(), sent.size());
  EXPECT_EQ(all_of(inbox), sent);
  EXPECT_TRUE(inbox.empty());
  EXPECT_TRUE(inbox.take().empty());
  EXPECT_EQ(inbox.settle(), sent.size());
  EXPECT_EQ(inbox.settle(), 0u);
  EXPECT_EQ(buffers.lent_bytes(), 0u);
}

TEST(Inbox, WhatWasTakenStaysUntilItIsSettledWhileMoreComes) {
  net::BufferPool buffers;
  Inbox inbox;
  inbox.add("first", buffers);
  const std::string_view first = inbox.take();
  inbox.add(", second", buffers);
  inbox.add(std::string(100'000, 'x'), buffers);
  EXPECT_EQ(first, "first");
  EXPECT_EQ(inbox.take().substr(0, 8), ", second");
  EXPECT_EQ(first, "first");
  const std::size_t settled = inbox.settle();
  EXPECT_GE(settled, 13u);
  EXPECT_EQ(settled + all_of(inbox).size(), 100'013u);
}

TEST(Inbox, HoldsNoMoreMemoryThanItsBytesNeed) {
  net::BufferPool buffers;
  Inbox inbox;
  inbox.add("x", buffers);
  EXPECT_EQ(buffers.lent_bytes(), net::BufferPool::kSmall);
  for (int i = 0; i < 64; ++i) inbox.add(std::string(16 * 1024, 'x'), buffers);
  EXPECT_LE(buffers.lent_bytes(), 64 * 16 * 1024 + 2 * net::BufferPool::kLarge);
  inbox.take();
  inbox.settle();
  EXPECT_EQ(all_of(inbox).size(), 64 * 16 * 1024 + 1 - net::BufferPool::kSmall) << "the first buffer is full";
}

}  // namespace
}  // namespace headgate::proxy::http::http2
