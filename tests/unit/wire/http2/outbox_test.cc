#include "wire/http2/outbox.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headgate::wire::http2 {
namespace {

std::string text_of(const Outbox& outbox) {
  std::string all;
  for (const iovec& part : outbox.parts()) all.append(static_cast<const char*>(part.iov_base), part.iov_len);
  return all;
}

class Filled : public testing::Test {
 protected:
  Filled() { outbox_.lend(memory_); }
  std::vector<char> memory_ = std::vector<char>(16 * 1024);
  std::string large_ = std::string(5000, 'x');
  Outbox outbox_;
};

TEST_F(Filled, JoinsSmallPiecesAndRefersToLargeOnes) {
  outbox_.copy("one ");
  outbox_.add("two ");
  EXPECT_EQ(outbox_.parts().size(), 1u);
  EXPECT_FALSE(outbox_.refers());
  outbox_.add(large_);
  outbox_.copy("three");
  EXPECT_EQ(outbox_.parts().size(), 3u);
  EXPECT_TRUE(outbox_.refers());
  EXPECT_EQ(outbox_.parts()[1].iov_base, large_.data());
  EXPECT_EQ(text_of(outbox_), "one two " + large_ + "three");
  EXPECT_EQ(outbox_.bytes(), 5013u);
}

TEST_F(Filled, CopiesUpToTheBoundAndRefersAboveIt) {
  const std::string at(Outbox::kCopiedMax, 'a'), above(Outbox::kCopiedMax + 1, 'b');
  outbox_.add(at);
  EXPECT_FALSE(outbox_.refers());
  outbox_.add(above);
  EXPECT_TRUE(outbox_.refers());
}

TEST_F(Filled, DropsWhatHasGoneOutAtAnyPlace) {
  outbox_.copy("head");
  outbox_.add(large_);
  outbox_.copy("tail");
  outbox_.drop(2);
  EXPECT_EQ(text_of(outbox_), "ad" + large_ + "tail");
  outbox_.drop(2 + 4999);
  EXPECT_EQ(text_of(outbox_), "xtail");
  outbox_.drop(5);
  EXPECT_TRUE(outbox_.empty());
  EXPECT_FALSE(outbox_.refers());
  EXPECT_EQ(outbox_.copy_room(), memory_.size()) << "the memory is whole again";
}

TEST_F(Filled, KeepsWhatIsAboutToGoAway) {
  outbox_.copy("head");
  outbox_.add(large_);
  outbox_.drop(1000);
  outbox_.keep();
  large_.assign(5000, '!');
  EXPECT_FALSE(outbox_.refers());
  EXPECT_EQ(text_of(outbox_), std::string(4004, 'x'));
  const std::string another(3000, 'y');
  outbox_.add(another);
  EXPECT_TRUE(outbox_.refers());
  outbox_.keep();
  EXPECT_EQ(text_of(outbox_), std::string(4004, 'x') + another);
}

TEST_F(Filled, HasRoomForABoundedBatch) {
  std::size_t pieces = 0;
  const std::string frame(16 * 1024, 'f');
  while (outbox_.has_room()) {
    outbox_.copy("123456789");
    outbox_.add(frame);
    ++pieces;
  }
  EXPECT_EQ(pieces, Outbox::kBatchBytesMax / frame.size());
  outbox_.drop(outbox_.bytes());
  pieces = 0;
  while (outbox_.has_room()) {
    outbox_.copy(std::string(100, 's'));
    ++pieces;
  }
  EXPECT_EQ(pieces, (memory_.size() - Outbox::kCopiedMax - Outbox::kFrameHeadBytes) / 100 + 1);
}

}  // namespace
}  // namespace headgate::wire::http2
