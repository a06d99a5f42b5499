#include "base/result.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <string>

namespace headgate::base {
namespace {

Result<int> half_of(int value) {
  if (value % 2 != 0) return Error{ErrorKind::kInvalid, Fault::kUser, std::to_string(value) + " is odd"};
  return value / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = half_of(4);
  ASSERT_TRUE(good);
  EXPECT_EQ(*good, 2);
  const Result<int> bad = half_of(3);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(bad.error().message, "3 is odd");
}

TEST(Result, HoldsWhatCanOnlyBeMoved) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(7);
  ASSERT_TRUE(result);
  const std::unique_ptr<int> taken = std::move(*result);
  EXPECT_EQ(*taken, 7);
  Result<std::string> text = std::string("abc");
  EXPECT_EQ(text->size(), 3u);
}

TEST(Result, OfNothing) {
  const Result<void> good;
  EXPECT_TRUE(good);
  const Result<void> bad = Error{};
  EXPECT_FALSE(bad);
}

TEST(ResultDeathTest, TheWrongHalfIsAnInvariantOfOurs) {
  const Result<int> bad = half_of(1);
  const Result<int> good = half_of(2);
  const Result<void> nothing;
  EXPECT_DEATH(static_cast<void>(*bad), "holds an error");
  EXPECT_DEATH(static_cast<void>(good.error()), "holds a value");
  EXPECT_DEATH(static_cast<void>(nothing.error()), "holds a value");
}

TEST(Error, KindsFollowErrno) {
  EXPECT_EQ(system_error(ETIMEDOUT, "connect").kind, ErrorKind::kTimeout);
  EXPECT_EQ(system_error(ECONNRESET, "read").kind, ErrorKind::kReset);
  EXPECT_EQ(system_error(EPIPE, "write").kind, ErrorKind::kReset);
  EXPECT_EQ(system_error(ECONNREFUSED, "connect").kind, ErrorKind::kRefused);
  EXPECT_EQ(system_error(ENETUNREACH, "connect").kind, ErrorKind::kUnreachable);
  EXPECT_EQ(system_error(ENOENT, "connect unix:/a").kind, ErrorKind::kUnreachable);
  EXPECT_EQ(system_error(EMFILE, "accept").kind, ErrorKind::kExhausted);
  EXPECT_EQ(system_error(EADDRNOTAVAIL, "connect").kind, ErrorKind::kExhausted);
  EXPECT_EQ(system_error(EACCES, "bind").kind, ErrorKind::kSystem);
}

TEST(Error, SaysWhatWasTried) {
  const Error error = system_error(EADDRINUSE, "bind 0.0.0.0:80", Fault::kUser);
  EXPECT_EQ(error.message, "bind 0.0.0.0:80: Address already in use");
  EXPECT_EQ(error.fault, Fault::kUser);
  EXPECT_EQ(system_error(99999, "x").message, "x: unknown error");
}

TEST(Error, EveryKindAndFaultHasAName) {
  for (int kind = 0; kind <= static_cast<int>(ErrorKind::kInvalid); ++kind) {
    EXPECT_NE(to_string(static_cast<ErrorKind>(kind)), "unknown") << kind;
  }
  for (int fault = 0; fault <= static_cast<int>(Fault::kUser); ++fault) {
    EXPECT_NE(to_string(static_cast<Fault>(fault)), "unknown") << fault;
  }
}

}  // namespace
}  // namespace headgate::base
