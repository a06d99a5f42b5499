#include "proxy/handover/channel.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace headgate::proxy::handover {
namespace {

using namespace std::chrono_literals;

std::pair<Channel, Channel> made() {
  base::Result<std::pair<Channel, Channel>> pair = Channel::pair();
  if (!pair) base::invariant_broken("no socketpair");
  return std::move(*pair);
}

TEST(Channel, MessagesComeWholeAndInOrder) {
  auto [ours, theirs] = made();
  ASSERT_TRUE(ours.send("first"));
  ASSERT_TRUE(ours.send("second"));
  EXPECT_EQ(theirs.receive(1s)->text, "first");
  EXPECT_EQ(theirs.receive_now()->text, "second");
  EXPECT_FALSE(theirs.receive_now());
  EXPECT_FALSE(theirs.is_at_end());
}

TEST(Channel, DescriptorsComeCloseOnExec) {
  auto [ours, theirs] = made();
  const base::OwnedFd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(ours.send("x", std::vector<int>(Channel::kDescriptorsMax, file.get())));
  const base::Result<Message> message = theirs.receive(1s);
  ASSERT_TRUE(message);
  ASSERT_EQ(message->descriptors.size(), Channel::kDescriptorsMax);
  struct stat sent;
  struct stat got;
  ASSERT_EQ(::fstat(file.get(), &sent), 0);
  for (const base::OwnedFd& each : message->descriptors) {
    ASSERT_EQ(::fstat(each.get(), &got), 0);
    EXPECT_EQ(got.st_ino, sent.st_ino);
    EXPECT_EQ(::fcntl(each.get(), F_GETFD), FD_CLOEXEC);
  }
}

TEST(Channel, TheLongestTextAndALongerOne) {
  auto [ours, theirs] = made();
  const std::string longest(Channel::kTextMax, 'x');
  ASSERT_TRUE(ours.send(longest));
  EXPECT_EQ(theirs.receive(1s)->text, longest);
  ASSERT_TRUE(ours.send(longest + "y"));
  EXPECT_EQ(theirs.receive(1s)->text, longest);
}

TEST(Channel, WhatTheOtherEndLeftIsReadBeforeTheEnd) {
  auto [ours, theirs] = made();
  ASSERT_TRUE(ours.send("last"));
  ours = Channel(base::OwnedFd());
  EXPECT_FALSE(theirs.is_at_end());
  EXPECT_EQ(theirs.receive(1s)->text, "last");
  EXPECT_TRUE(theirs.is_at_end());
  EXPECT_EQ(theirs.receive(1s).error().kind, base::ErrorKind::kEof);
  EXPECT_FALSE(theirs.send("nobody"));
}

TEST(Channel, WhatAnEndSaysThatReadsNothingIsHeardAllTheSame) {
  for (const bool looks_first : {false, true}) {
    auto [ours, theirs] = made();
    ASSERT_TRUE(theirs.send("a letter that nobody reads"));
    ASSERT_TRUE(ours.send("failed"));
    ours = Channel(base::OwnedFd());
    if (looks_first) EXPECT_FALSE(theirs.is_at_end());
    const std::optional<Message> message = theirs.receive_now();
    ASSERT_TRUE(message);
    EXPECT_EQ(message->text, "failed");
    EXPECT_TRUE(theirs.is_at_end());
  }
}

TEST(Channel, SilenceEndsTheWait) {
  auto [ours, theirs] = made();
  EXPECT_EQ(theirs.receive(10ms).error().kind, base::ErrorKind::kTimeout);
}

}  // namespace
}  // namespace headgate::proxy::handover
