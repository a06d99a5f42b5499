#include "wire/coding/gzip_encoder.h"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace headgate::wire::coding {
namespace {

constexpr int kWindowBits = 15 + 16;  // 16: with gzip's head and trailer
constexpr int kMemoryLevel = 8;

int flush_of(Encoder::Aim aim) {
  switch (aim) {
    case Encoder::Aim::kProcess:
      return Z_NO_FLUSH;
    case Encoder::Aim::kFlush:
      return Z_SYNC_FLUSH;
    case Encoder::Aim::kFinish:
      return Z_FINISH;
  }
  return Z_NO_FLUSH;
}

void* allocate_counted(void* count, unsigned items, unsigned bytes) {
  *static_cast<std::size_t*>(count) += std::size_t{items} * bytes;
  return std::calloc(items, bytes);
}
void free_counted(void*, void* block) {
  std::free(block);
}

}  // namespace

GzipEncoder::~GzipEncoder() {
  if (ready_) deflateEnd(&stream_);
}

bool GzipEncoder::begin(int level, std::optional<std::uint64_t>) {
  if (!ready_) {
    stream_.zalloc = allocate_counted;
    stream_.zfree = free_counted;
    stream_.opaque = &allocated_;
    ready_ = deflateInit2(&stream_, level, Z_DEFLATED, kWindowBits, kMemoryLevel, Z_DEFAULT_STRATEGY) == Z_OK;
    return ready_;
  }
  // After a reset nothing is pending, so that the change of level writes nothing.
  return deflateReset(&stream_) == Z_OK && deflateParams(&stream_, level, Z_DEFAULT_STRATEGY) == Z_OK;
}

base::Result<Encoder::Progress> GzipEncoder::encode(std::string_view input, Aim aim, std::span<char> room) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  const std::size_t given = std::min(input.size(), kMost);
  const std::size_t space = std::min(room.size(), kMost);
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));  // zlib only reads it
  stream_.avail_in = static_cast<uInt>(given);
  stream_.next_out = reinterpret_cast<Bytef*>(room.data());
  stream_.avail_out = static_cast<uInt>(space);
  const int outcome = deflate(&stream_, flush_of(aim));
  // Z_BUF_ERROR: there was nothing to do, as in a flush behind a flush.
  if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) {
    return base::Error{base::ErrorKind::kSystem, base::Fault::kHeadgate, "zlib failed to compress an answer"};
  }
  Progress out;
  out.taken = given - stream_.avail_in;
  out.produced = space - stream_.avail_out;
  out.done = aim == Aim::kFinish ? outcome == Z_STREAM_END : out.taken == input.size();
  if (aim == Aim::kFlush) out.done = out.done && stream_.avail_out > 0;
  return out;
}

}  // namespace headgate::wire::coding
