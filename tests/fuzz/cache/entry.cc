// A stored entry as the disk gives it back. The checksum is made to hold, so that what lies behind it is reached: any
// bytes are an entry whose every view is inside of it and whose head is one, or an error.
#include <xxhash.h>

#include <cstring>

#include "proxy/cache/entry/record.h"
#include "tests/fuzz/wire_fuzz.h"

namespace {

using namespace headgate;
namespace entry = proxy::cache::entry;

void require_sound_record(const entry::Record& record, std::string_view bytes) {
  fuzz::require(record.bytes() <= bytes.size(), "it is inside its bytes");
  const std::string_view own = bytes.substr(0, record.bytes());
  fuzz::require(fuzz::is_inside(record.key(), own), "its key is inside");
  fuzz::require(fuzz::is_inside(record.subjects().path, own), "its path is inside");
  for (std::uint64_t tag : record.subjects().tags) static_cast<void>(tag);
  const std::string_view head = record.http1_head();
  fuzz::require(fuzz::is_inside(head, own) && head.starts_with("HTTP/1.1 ") && head.ends_with("\r\n"),
                "its head is one");
  wire::http::Fields fields;
  record.add_fields_to(fields);
  fuzz::require_sound(fields, own);
  std::size_t lines = 0;
  for (std::size_t at = 0; (at = head.find('\n', at)) != std::string_view::npos; ++at) ++lines;
  fuzz::require(lines == 1 + fields.size(), "a line for each field");
  const std::string again = record.sealed(record.body_bytes());
  fuzz::require(again == own, "sealed again it is the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  // On the heap without slack, and aligned as the disk's buffers are.
  const std::unique_ptr<char[]> copy(new char[size]);
  if (size != 0) std::memcpy(copy.get(), bytes, size);
  const std::string_view text(copy.get(), size);
  if (const base::Result<entry::Record> as_it_is = entry::Record::parse(text)) require_sound_record(*as_it_is, text);
  std::uint32_t length = 0;
  if (size < 16) return 0;
  std::memcpy(&length, copy.get() + 12, sizeof length);
  if (length < 16 || length > size) return 0;
  const std::uint64_t checksum = XXH3_64bits(copy.get() + 8, length - 8);
  std::memcpy(copy.get(), &checksum, sizeof checksum);
  if (const base::Result<entry::Record> mended = entry::Record::parse(text)) require_sound_record(*mended, text);
  return 0;
}
