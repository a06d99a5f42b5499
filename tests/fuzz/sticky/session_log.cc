// A log of sessions: any bytes are one, with what of it is sound, or an error; what was read is written as it was; to
// follow it twice ends in the same.
#include "proxy/sticky/table/log_reader.h"
#include "tests/fuzz/wire_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace headgate;
  namespace table = proxy::sticky::table;
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const base::Result<table::LogContent> content = table::read_log(text);
  if (!content) return 0;
  fuzz::require(content->sound_bytes <= size, "what is sound is inside");
  if (content->sound_bytes == 0) return 0;
  std::string again(table::kLogHeading);
  table::Replay once;
  table::Replay twice;
  for (const table::Record& record : content->records) {
    table::append_record(again, record);
    once.follow(record);
    twice.follow(record);
  }
  fuzz::require(again == text.substr(0, content->sound_bytes), "it is written as it was");
  for (const table::Record& record : content->records) twice.follow(record);
  fuzz::require(once.take() == twice.take(), "to follow it twice ends in the same");
  return 0;
}
