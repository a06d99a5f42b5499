// A segment of a disk tier as the disk gives it back: a file of any bytes is walked through and every object in it
// read. The checksums of heads are made to hold, so that what lies behind them is reached: nothing is read that is
// outside of the file, and what comes back holds its checksums.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

#include <cstring>
#include <string>

#include "proxy/cache/disk/format.h"
#include "proxy/cache/disk/object.h"
#include "tests/fuzz/wire_fuzz.h"

namespace {

using namespace headgate;
namespace disk = proxy::cache::disk;

/// Makes the checksum of what may be an object's header hold, and its place that at which it lies.
void mend(std::string& bytes, const disk::SegmentHeader& segment, std::size_t at) {
  if (at + disk::kHeaderBytes > bytes.size()) return;
  const std::uint64_t offset = at;
  std::memcpy(bytes.data() + at + 16, &segment.generation, sizeof segment.generation);
  std::memcpy(bytes.data() + at + 24, &offset, sizeof offset);
  const std::uint64_t checksum = XXH3_64bits(bytes.data() + at + 8, disk::kDeadAt - 8);
  std::memcpy(bytes.data() + at, &checksum, sizeof checksum);
}

void read_at_place(const disk::Segment& segment, std::uint64_t offset) {
  const base::Result<std::optional<disk::Object>> object =
      disk::Object::open(segment, {segment.header.number, offset, 1});
  fuzz::require(bool(object), "the file can be read");
  if (!*object) return;
  const disk::ObjectHeader& header = (*object)->header();
  fuzz::require(header.offset == offset && header.end() <= segment.header.segment_bytes, "it is inside");
  fuzz::require((*object)->record().bytes() == header.record_bytes, "its record is as long as it says");
  std::string piece(disk::kPieceBytes, '\0');
  for (std::uint64_t i = 0; i < header.pieces(); ++i) {
    const base::Result<bool> holds = (*object)->read_piece(i, piece.data());
    fuzz::require(bool(holds), "a piece can be read");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string text(reinterpret_cast<const char*>(bytes), size);
  static_cast<void>(disk::read_segment_header(text));
  static const int file = memfd_create("segment", MFD_CLOEXEC);
  disk::Segment segment;
  segment.header = {1, 3, 1 << 20};
  segment.file = base::OwnedFd(dup(file));
  for (const bool mended : {false, true}) {
    if (mended) mend(text, segment.header, disk::kHeaderBytes);
    fuzz::require(ftruncate(file, 0) == 0 && disk::write_at(file, text, 0), "a file is made");
    for (const std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{disk::kHeaderBytes}}) {
      read_at_place(segment, offset);
    }
  }
  return 0;
}
