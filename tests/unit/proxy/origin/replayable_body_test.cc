#include "proxy/origin/replayable_body.h"

#include <gtest/gtest.h>

#include <deque>
#include <string>

namespace headgate::proxy::origin {
namespace {

/// Gives its pieces one by one.
class Pieces final : public message::BodySource {
 public:
  explicit Pieces(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}
  std::string_view take_ready() override {
    if (pieces_.empty()) return {};
    current_ = pieces_.front();
    pieces_.pop_front();
    return current_;
  }
  bool at_end() const override { return pieces_.empty(); }
  net::Task<base::Result<void>> wait() override { co_return base::Result<void>(); }

 private:
  std::deque<std::string> pieces_;
  std::string current_;
};

std::string rest_of(message::BodySource& body) {
  std::string out;
  while (!body.at_end()) out += body.take_ready();
  return out;
}

TEST(ReplayableBody, GivesAgainWhatItGave) {
  net::BufferPool buffers;
  Pieces pieces({"one ", "two ", "three"});
  ReplayableBody body(pieces, buffers);
  EXPECT_EQ(body.take_ready(), "one ");
  EXPECT_EQ(body.take_ready(), "two ");
  ASSERT_TRUE(body.can_rewind());
  body.rewind();
  EXPECT_FALSE(body.at_end());
  EXPECT_EQ(rest_of(body), "one two three");
  ASSERT_TRUE(body.can_rewind());
  body.rewind();
  EXPECT_EQ(rest_of(body), "one two three");
}

TEST(ReplayableBody, ABodyThatWasWhole) {
  net::BufferPool buffers;
  Pieces pieces({"all"});
  ReplayableBody body(pieces, buffers);
  EXPECT_EQ(rest_of(body), "all");
  EXPECT_TRUE(body.at_end());
  body.rewind();
  EXPECT_FALSE(body.at_end());
  EXPECT_EQ(rest_of(body), "all");
}

TEST(ReplayableBody, KeepsNoMoreThanItsBound) {
  net::BufferPool buffers;
  Pieces fits({std::string(ReplayableBody::kKeptBytesMax, 'x')});
  ReplayableBody at_bound(fits, buffers);
  rest_of(at_bound);
  EXPECT_TRUE(at_bound.can_rewind());
  Pieces exceeds({std::string(ReplayableBody::kKeptBytesMax, 'x'), "y"});
  ReplayableBody above(exceeds, buffers);
  EXPECT_EQ(rest_of(above).size(), ReplayableBody::kKeptBytesMax + 1);
  EXPECT_FALSE(above.can_rewind());
}

TEST(ReplayableBody, HoldsNothingOnceItIsNotNeeded) {
  net::BufferPool buffers;
  Pieces pieces({"one", "two"});
  ReplayableBody body(pieces, buffers);
  EXPECT_EQ(body.take_ready(), "one");
  EXPECT_GT(buffers.lent_bytes(), 0u);
  body.stop_keeping();
  EXPECT_EQ(buffers.lent_bytes(), 0u);
  EXPECT_EQ(rest_of(body), "two");
  EXPECT_FALSE(body.can_rewind());
}

}  // namespace
}  // namespace headgate::proxy::origin
