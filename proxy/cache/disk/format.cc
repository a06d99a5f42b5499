#include "proxy/cache/disk/format.h"

#include <bit>
#include <cstring>

#include <xxhash.h>

namespace headgate::proxy::cache::disk {
namespace {

static_assert(std::endian::native == std::endian::little, "headers are written as they lie in memory");

constexpr std::uint64_t kSegmentMagic = 0x31746e656d676573;  // "segment1"
constexpr std::uint32_t kObjectMagic = 0x316a626f;           // "obj1"

struct StoredSegment {
  std::uint64_t checksum;  // of what follows
  std::uint64_t magic;
  std::uint64_t generation;
  std::uint64_t segment_bytes;
  std::uint64_t number;
  std::uint64_t zero[3];
};
static_assert(sizeof(StoredSegment) == kHeaderBytes);

struct StoredObject {
  std::uint64_t checksum;  // of what stands between it and `dead`
  std::uint32_t magic;
  std::uint32_t record_bytes;
  std::uint64_t generation;
  std::uint64_t offset;
  std::uint64_t number;
  std::uint64_t body_bytes;
  std::uint64_t table_checksum;
  std::uint64_t dead;
};
static_assert(sizeof(StoredObject) == kHeaderBytes && offsetof(StoredObject, dead) == kDeadAt);

std::uint64_t checksum_of(const StoredSegment& stored) {
  return XXH3_64bits(&stored.magic, sizeof stored - sizeof stored.checksum);
}

std::uint64_t checksum_of(const StoredObject& stored) {
  return XXH3_64bits(&stored.magic, kDeadAt - sizeof stored.checksum);
}

}  // namespace

std::uint64_t object_bytes(std::uint64_t record_bytes, std::uint64_t body_bytes) {
  ObjectHeader header;
  header.record_bytes = static_cast<std::uint32_t>(record_bytes);
  header.body_bytes = body_bytes;
  return header.end();
}

void write_header(const SegmentHeader& header, char* out) {
  StoredSegment stored{.checksum = 0,
                       .magic = kSegmentMagic,
                       .generation = header.generation,
                       .segment_bytes = header.segment_bytes,
                       .number = header.number,
                       .zero = {}};
  stored.checksum = checksum_of(stored);
  std::memcpy(out, &stored, sizeof stored);
}

void write_header(const ObjectHeader& header, char* out) {
  StoredObject stored{.checksum = 0,
                      .magic = kObjectMagic,
                      .record_bytes = header.record_bytes,
                      .generation = header.generation,
                      .offset = header.offset,
                      .number = header.number,
                      .body_bytes = header.body_bytes,
                      .table_checksum = header.table_checksum,
                      .dead = header.is_dead ? 1U : 0U};
  stored.checksum = checksum_of(stored);
  std::memcpy(out, &stored, sizeof stored);
}

std::optional<SegmentHeader> read_segment_header(std::string_view bytes) {
  StoredSegment stored;
  if (bytes.size() < sizeof stored) return std::nullopt;
  std::memcpy(&stored, bytes.data(), sizeof stored);
  if (stored.magic != kSegmentMagic || stored.checksum != checksum_of(stored)) return std::nullopt;
  if (stored.number > 0xffff || stored.generation == 0) return std::nullopt;
  return SegmentHeader{static_cast<std::uint32_t>(stored.number), stored.generation, stored.segment_bytes};
}

std::optional<ObjectHeader> read_object_header(std::string_view bytes, const SegmentHeader& segment,
                                               std::uint64_t offset) {
  StoredObject stored;
  if (bytes.size() < sizeof stored || offset > segment.segment_bytes) return std::nullopt;
  std::memcpy(&stored, bytes.data(), sizeof stored);
  if (stored.magic != kObjectMagic || stored.checksum != checksum_of(stored)) return std::nullopt;
  if (stored.generation != segment.generation || stored.offset != offset) return std::nullopt;
  if (stored.record_bytes > kRecordBytesMax || stored.record_bytes % kAlignment != 0 ||
      stored.body_bytes > kBodyBytesMax) {
    return std::nullopt;
  }
  const ObjectHeader header{.generation = stored.generation,
                            .offset = stored.offset,
                            .number = stored.number,
                            .record_bytes = stored.record_bytes,
                            .body_bytes = stored.body_bytes,
                            .table_checksum = stored.table_checksum,
                            .is_dead = stored.dead != 0};
  if (header.end() > segment.segment_bytes) return std::nullopt;
  return header;
}

std::uint64_t seed_of_piece(std::uint64_t generation, std::uint64_t offset, std::uint64_t number) {
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15;  // 2^64 over the golden ratio
  return (generation * kOdd + offset) * kOdd + number;
}

std::uint64_t checksum_of_piece(const ObjectHeader& header, std::uint64_t number, std::string_view bytes) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed_of_piece(header.generation, header.offset, number));
}

std::uint64_t checksum_of_table(std::span<const std::uint64_t> table) {
  return XXH3_64bits(table.data(), table.size_bytes());
}

}  // namespace headgate::proxy::cache::disk
