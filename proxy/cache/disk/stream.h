#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "proxy/cache/disk/segments.h"

namespace headgate::proxy::cache::disk {

/// One object that is written piece by piece, its header last: until then there is none. For the one writing thread.
class Stream {
 public:
  /// At the end of a segment that is the caller's. `record` is not sealed yet.
  Stream(Segment& segment, std::string record, key::Hash hash);

  /// False: it has become larger than the segment has room for.
  base::Result<bool> append(std::string_view bytes);
  /// Writes what makes it an object.
  base::Result<Place> finish(std::uint64_t number);
  /// Takes it off the segment's end.
  base::Result<void> abandon();

  Segment& segment() const { return *segment_; }
  key::Hash hash() const { return hash_; }
  std::uint64_t body_bytes() const { return body_bytes_; }

 private:
  base::Result<void> write_piece(std::string_view bytes);

  Segment* segment_;
  std::string record_;
  key::Hash hash_;
  ObjectHeader header_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t written_bytes_ = 0;  // of the body
  std::string piece_;                // of which not all is there
  std::vector<std::uint64_t> table_;
};

}  // namespace headgate::proxy::cache::disk
