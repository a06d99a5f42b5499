#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/result.h"

// How objects lie in the files of a disk tier. A segment is a file: its header, then objects one behind the other. An
// object is its header, its sealed record, its body, and a table with a checksum for each piece of the body. All of it
// is in multiples of 8 bytes, as it lies in memory.
//
// What makes an object one is its header: it says where it lies and in which generation of the segment, so that what
// was left by an earlier one is nothing. Of the body nothing is said to hold until the checksum of its piece was seen.
namespace headgate::proxy::cache::disk {

inline constexpr std::size_t kAlignment = 8;
inline constexpr std::size_t kHeaderBytes = 64;  ///< of a segment, and of an object
/// What is read and verified at a time before a byte of it is sent.
inline constexpr std::size_t kPieceBytes = 128 * 1024;
/// The largest record that entry::Record's own bounds let be, rounded up.
inline constexpr std::size_t kRecordBytesMax = 640 * 1024;
inline constexpr std::uint64_t kBodyBytesMax = std::uint64_t{1} << 40;

struct SegmentHeader {
  std::uint32_t number = 0;  ///< among the files of the folder
  std::uint64_t generation = 0;
  std::uint64_t segment_bytes = 0;
  friend bool operator==(const SegmentHeader&, const SegmentHeader&) = default;
};

struct ObjectHeader {
  std::uint64_t generation = 0;  ///< the segment's
  std::uint64_t offset = 0;      ///< of this header in the segment
  std::uint64_t number = 0;      ///< among all that were written: of two with one key the higher is meant
  std::uint32_t record_bytes = 0;
  std::uint64_t body_bytes = 0;
  std::uint64_t table_checksum = 0;
  bool is_dead = false;  ///< it was removed, or replaced
  friend bool operator==(const ObjectHeader&, const ObjectHeader&) = default;

  std::uint64_t pieces() const { return (body_bytes + kPieceBytes - 1) / kPieceBytes; }
  // Places in the segment.
  std::uint64_t record_at() const { return offset + kHeaderBytes; }
  std::uint64_t body_at() const { return record_at() + record_bytes; }
  std::uint64_t table_at() const { return body_at() + (body_bytes + kAlignment - 1) / kAlignment * kAlignment; }
  std::uint64_t end() const { return table_at() + pieces() * sizeof(std::uint64_t); }
};

/// Where in an object's header stands what is not zero once it is dead.
inline constexpr std::size_t kDeadAt = 56;

/// What an object takes in a segment.
std::uint64_t object_bytes(std::uint64_t record_bytes, std::uint64_t body_bytes);

/// Into kHeaderBytes at `out`.
void write_header(const SegmentHeader& header, char* out);
void write_header(const ObjectHeader& header, char* out);

/// Of the first bytes of a file. Nothing: it is not a segment, or is torn.
std::optional<SegmentHeader> read_segment_header(std::string_view bytes);
/// Of the bytes at `offset` of a segment. Nothing: no object begins here, or it is torn, or does not fit in.
std::optional<ObjectHeader> read_object_header(std::string_view bytes, const SegmentHeader& segment,
                                               std::uint64_t offset);

/// What a piece's checksum is seeded with, so that a piece of another object, or of another place, does not hold.
std::uint64_t seed_of_piece(std::uint64_t generation, std::uint64_t offset, std::uint64_t number);
std::uint64_t checksum_of_piece(const ObjectHeader& header, std::uint64_t number, std::string_view bytes);
std::uint64_t checksum_of_table(std::span<const std::uint64_t> table);

}  // namespace headgate::proxy::cache::disk
