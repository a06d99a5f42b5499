#include "proxy/cache/purge/log_format.h"

#include <bit>
#include <cstring>

#include <xxhash.h>

namespace headgate::proxy::cache::purge {
namespace {

static_assert(std::endian::native == std::endian::little, "records are written as they lie in memory");

struct Record {
  std::uint64_t sequence;
  std::uint64_t subject;
  std::uint64_t host;
  std::uint32_t prefix_bytes;
  std::uint8_t kind;
  std::uint8_t soft;
  std::uint16_t zero;
  std::uint64_t also_zero;
  std::uint64_t checksum;
};
static_assert(sizeof(Record) == kLogRecordBytes);

std::uint64_t checksum_of(const Record& record) {
  return XXH3_64bits(&record, offsetof(Record, checksum));
}

bool holds(const Record& record, std::uint64_t after) {
  if (record.checksum != checksum_of(record) || record.sequence < after || record.sequence == 0) return false;
  if (record.kind > static_cast<std::uint8_t>(Kind::kEverything) || record.soft > 1) return false;
  if (record.zero != 0 || record.also_zero != 0 || record.prefix_bytes > Purge::kPrefixBytesMax) return false;
  const bool is_prefix = record.kind == static_cast<std::uint8_t>(Kind::kPrefix);
  return is_prefix || (record.host == 0 && record.prefix_bytes == 0);
}

}  // namespace

std::string log_record(const Purge& purge) {
  Record record{.sequence = purge.sequence,
                .subject = purge.subject,
                .host = purge.host,
                .prefix_bytes = purge.prefix_bytes,
                .kind = static_cast<std::uint8_t>(purge.kind),
                .soft = purge.soft,
                .zero = 0,
                .also_zero = 0,
                .checksum = 0};
  record.checksum = checksum_of(record);
  return {reinterpret_cast<const char*>(&record), sizeof record};
}

base::Result<LogContent> read_log(std::string_view text) {
  LogContent content;
  if (!text.starts_with(kLogHeading)) {
    if (kLogHeading.starts_with(text)) return content;
    return base::Error{base::ErrorKind::kMalformed, base::Fault::kUser,
                       "it does not begin as a log of purges does; if it may go, remove it"};
  }
  std::size_t at = kLogHeading.size();
  std::uint64_t after = 0;
  for (; text.size() - at >= sizeof(Record); at += sizeof(Record)) {
    Record record;
    std::memcpy(&record, text.data() + at, sizeof record);
    if (!holds(record, after)) break;
    after = record.sequence;
    content.purges.push_back(Purge{static_cast<Kind>(record.kind), record.soft == 1, record.subject, record.host,
                                   record.prefix_bytes, record.sequence});
  }
  content.sound_bytes = at;
  return content;
}

}  // namespace headgate::proxy::cache::purge
