#include "proxy/sticky/table/log_format.h"

#include <xxhash.h>

#include <bit>
#include <cstring>

namespace headgate::proxy::sticky::table {
namespace {

static_assert(std::endian::native == std::endian::little, "records are written as they lie in memory");

struct Bytes {
  std::uint64_t number;
  std::uint64_t key_low;
  std::uint64_t key_high;
  std::uint64_t backend;
  std::uint32_t seen;
  std::uint8_t change;
  std::uint8_t zero[3];
  std::uint64_t checksum;
};
static_assert(sizeof(Bytes) == kRecordBytes);

std::uint64_t checksum_of(const Bytes& bytes) {
  return XXH3_64bits(&bytes, offsetof(Bytes, checksum));
}

bool holds(const Bytes& bytes, std::uint64_t after) {
  const bool is_zero = bytes.zero[0] == 0 && bytes.zero[1] == 0 && bytes.zero[2] == 0;
  return bytes.checksum == checksum_of(bytes) && bytes.number != 0 && bytes.number >= after && is_zero &&
         bytes.change <= static_cast<std::uint8_t>(Change::kRemove) && bytes.backend != 0;
}

}  // namespace

void append_record(std::string& out, const Record& record) {
  Bytes bytes{.number = record.number,
              .key_low = record.entry.key.low,
              .key_high = record.entry.key.high,
              .backend = record.entry.backend,
              .seen = record.entry.seen,
              .change = static_cast<std::uint8_t>(record.change),
              .zero = {},
              .checksum = 0};
  bytes.checksum = checksum_of(bytes);
  out.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
}

base::Result<LogContent> read_log(std::string_view text) {
  LogContent content;
  if (!text.starts_with(kLogHeading)) {
    if (kLogHeading.starts_with(text)) return content;
    return base::Error{base::ErrorKind::kMalformed, base::Fault::kUser,
                       "it does not begin as a log of sessions does; if it may go, remove it"};
  }
  std::size_t at = kLogHeading.size();
  content.records.reserve((text.size() - at) / kRecordBytes);
  std::uint64_t after = 0;
  for (; text.size() - at >= kRecordBytes; at += kRecordBytes) {
    Bytes bytes;
    std::memcpy(&bytes, text.data() + at, sizeof bytes);
    if (!holds(bytes, after)) break;
    after = bytes.number;
    content.records.push_back({bytes.number, static_cast<Change>(bytes.change),
                               Entry{{bytes.key_low, bytes.key_high}, bytes.backend, bytes.seen}});
  }
  content.sound_bytes = at;
  return content;
}

}  // namespace headgate::proxy::sticky::table
