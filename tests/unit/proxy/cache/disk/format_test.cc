#include "proxy/cache/disk/format.h"

#include <gtest/gtest.h>

#include <string>

namespace headgate::proxy::cache::disk {
namespace {

constexpr SegmentHeader kSegment{7, 3, 1 << 20};
constexpr ObjectHeader kObject{.generation = 3,
                               .offset = 64,
                               .number = 11,
                               .record_bytes = 400,
                               .body_bytes = 300'001,
                               .table_checksum = 99,
                               .is_dead = false};

std::string written(const ObjectHeader& header) {
  std::string out(kHeaderBytes, '\0');
  write_header(header, out.data());
  return out;
}

TEST(Format, a_segments_header_is_read_as_it_was_written) {
  std::string out(kHeaderBytes, '\0');
  write_header(kSegment, out.data());
  EXPECT_EQ(read_segment_header(out), kSegment);
  EXPECT_EQ(read_segment_header(out.substr(1)), std::nullopt);
  for (char& each : out) {
    each = static_cast<char>(each ^ 1);
    EXPECT_EQ(read_segment_header(out), std::nullopt);
    each = static_cast<char>(each ^ 1);
  }
}

TEST(Format, an_objects_header_is_read_as_it_was_written) {
  EXPECT_EQ(read_object_header(written(kObject), kSegment, 64), kObject);
  ObjectHeader dead = kObject;
  dead.is_dead = true;
  EXPECT_EQ(read_object_header(written(dead), kSegment, 64), dead);
}

TEST(Format, no_flipped_bit_of_an_objects_header_passes_but_in_the_word_that_says_it_is_dead) {
  const std::string whole = written(kObject);
  for (std::size_t i = 0; i < whole.size() * 8; ++i) {
    std::string flipped = whole;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << i % 8));
    const std::optional<ObjectHeader> read = read_object_header(flipped, kSegment, 64);
    EXPECT_EQ(read.has_value(), i / 8 >= kDeadAt) << i;
    if (read) EXPECT_TRUE(read->is_dead) << i;
  }
}

TEST(Format, an_object_of_another_place_or_generation_is_none) {
  EXPECT_EQ(read_object_header(written(kObject), kSegment, 72), std::nullopt);
  EXPECT_EQ(read_object_header(written(kObject), {7, 4, 1 << 20}, 64), std::nullopt);
  EXPECT_EQ(read_object_header(written(kObject), {7, 3, kObject.end() - 1}, 64), std::nullopt);
  EXPECT_TRUE(read_object_header(written(kObject), {7, 3, kObject.end()}, 64));
}

TEST(Format, lengths_beyond_their_bounds_are_refused) {
  const SegmentHeader huge{7, 3, ~std::uint64_t{0} >> 1};
  ObjectHeader header = kObject;
  header.body_bytes = kBodyBytesMax;
  EXPECT_TRUE(read_object_header(written(header), huge, 64));
  header.body_bytes = kBodyBytesMax + 1;
  EXPECT_FALSE(read_object_header(written(header), huge, 64));
  header = kObject;
  header.record_bytes = kRecordBytesMax;
  EXPECT_TRUE(read_object_header(written(header), huge, 64));
  header.record_bytes = kRecordBytesMax + 8;
  EXPECT_FALSE(read_object_header(written(header), huge, 64));
  header.record_bytes = 401;
  EXPECT_FALSE(read_object_header(written(header), huge, 64));
}

TEST(Format, an_object_takes_its_parts_in_eights) {
  EXPECT_EQ(object_bytes(400, 0), 64U + 400);
  EXPECT_EQ(object_bytes(400, 1), 64U + 400 + 8 + 8);
  EXPECT_EQ(object_bytes(400, kPieceBytes), 64U + 400 + kPieceBytes + 8);
  EXPECT_EQ(object_bytes(400, kPieceBytes + 1), 64U + 400 + kPieceBytes + 8 + 16);
}

TEST(Format, a_piece_of_another_place_has_another_checksum) {
  ObjectHeader other = kObject;
  other.offset = 72;
  EXPECT_NE(checksum_of_piece(kObject, 0, "abc"), checksum_of_piece(kObject, 1, "abc"));
  EXPECT_NE(checksum_of_piece(kObject, 0, "abc"), checksum_of_piece(other, 0, "abc"));
}

}  // namespace
}  // namespace headgate::proxy::cache::disk
