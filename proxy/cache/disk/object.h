#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/cache/disk/file_io.h"
#include "proxy/cache/disk/format.h"
#include "proxy/cache/disk/segments.h"
#include "proxy/cache/entry/record.h"

namespace headgate::proxy::cache::disk {

/// An object of a segment, which stays readable while this lives. For threads that may wait for the disk; one at a
/// time.
class Object {
 public:
  /// Nothing: there is no whole object (any more), or it is dead. An error is the disk's.
  static base::Result<std::optional<Object>> open(Segments::Pin segment, Place place);
  /// Of a segment that the caller keeps as it is while the object lives.
  static base::Result<std::optional<Object>> open(const Segment& segment, Place place);

  const ObjectHeader& header() const { return header_; }
  entry::Record record() const { return entry::Record(first_.data() + kHeaderBytes); }
  std::uint64_t body_bytes() const { return header_.body_bytes; }
  std::uint64_t bytes_of_piece(std::uint64_t number) const;
  /// One piece of the body, verified, into `out`; false where it does not hold.
  base::Result<bool> read_piece(std::uint64_t number, char* out) const;

 private:
  Object() = default;
  base::Result<bool> read(std::uint64_t at, char* out, std::size_t bytes) const;
  base::Result<bool> read_head(Place place);
  base::Result<bool> read_table();

  Segments::Pin pin_;
  const Segment* segment_ = nullptr;
  ObjectHeader header_;
  Buffer first_;  // header and record, and what of the rest came with them
  std::size_t first_bytes_ = 0;
  std::vector<std::uint64_t> table_;
};

}  // namespace headgate::proxy::cache::disk
