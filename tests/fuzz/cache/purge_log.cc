// A log of purges: any bytes are one, with what of it is sound, or an error; what was read is written as it was.
#include "proxy/cache/purge/log_format.h"
#include "tests/fuzz/wire_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace headgate;
  namespace purge = proxy::cache::purge;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const base::Result<purge::LogContent> content = purge::read_log(text);
  if (!content) return 0;
  fuzz::require(content->sound_bytes <= size, "what is sound is inside");
  if (content->sound_bytes == 0) return 0;
  std::string again(purge::kLogHeading);
  purge::Book book({.subjects = 8, .prefixes = 2});
  for (const purge::Purge& one : content->purges) {
    again += purge::log_record(one);
    book.restore(one);
  }
  fuzz::require(again == text.substr(0, content->sound_bytes), "it is written as it was");
  if (!content->purges.empty()) fuzz::require(book.sequence() == content->purges.back().sequence, "the book goes on");
  return 0;
}
