#include "wire/http2/stream_numbers.h"

#include <gtest/gtest.h>

namespace headgate::wire::http2 {
namespace {

TEST(StreamNumbers, TellsWhatWasSkippedFromWhatWasUsed) {
  StreamNumbers numbers;
  for (const std::int32_t id : {1, 3, 9, 11}) numbers.opened(id);
  for (const std::int32_t used : {1, 3, 9, 11}) EXPECT_FALSE(numbers.was_skipped(used)) << used;
  for (const std::int32_t skipped : {5, 7}) EXPECT_TRUE(numbers.was_skipped(skipped)) << skipped;
  EXPECT_FALSE(numbers.was_skipped(13)) << "not reached yet";
  numbers.opened(3);
  EXPECT_FALSE(numbers.was_skipped(11)) << "a frame for a stream that is over opens none";
}

TEST(StreamNumbers, RemembersTheLatestGaps) {
  StreamNumbers numbers;
  for (std::int32_t id = 1; id <= 1 + 4 * 10; id += 4) numbers.opened(id);
  EXPECT_FALSE(numbers.was_skipped(3)) << "forgotten";
  EXPECT_TRUE(numbers.was_skipped(39));
  EXPECT_TRUE(numbers.was_skipped(39 - 4 * (static_cast<std::int32_t>(StreamNumbers::kGaps) - 1)));
}

}  // namespace
}  // namespace headgate::wire::http2
