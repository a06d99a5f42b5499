// PROXY headers: decided once and for all at some length, never by bytes behind the header.
#include "tests/fuzz/wire_fuzz.h"
#include "wire/proxy_protocol/proxy_protocol.h"

namespace {

using namespace headgate;
using fuzz::require;
using namespace wire::proxy_protocol;

std::string text_of(const Header& header) {
  return std::to_string(header.bytes) + (header.local ? " local " : " ") + header.source.text() + " " +
         header.destination.text();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  Header whole;
  const ParseState state = parse(input, whole);
  require(state != ParseState::kNeedMore || size < kHeaderBytesMax, "a full buffer is enough");
  if (state == ParseState::kDone) {
    require(whole.bytes <= size && whole.bytes <= kHeaderBytesMax, "the header is in the buffer");
    require(input[0] != 'P' || whole.bytes <= kLineBytesMax, "the line is within its bound");
  } else {
    require(text_of(whole) == text_of(Header()), "nothing is filled in before the end");
  }
  for (std::size_t there : fuzz::arrivals_of(input.substr(0, kHeaderBytesMax))) {
    const std::vector<char> part = fuzz::exact_copy(input.substr(0, there));
    Header header;
    const ParseState now = parse({part.data(), part.size()}, header);
    if (now == ParseState::kNeedMore) continue;
    require(now == state && text_of(header) == text_of(whole), "what is decided stays decided");
    return 0;
  }
  require(state == ParseState::kNeedMore, "the whole is decided at its last byte at the latest");
  return 0;
}
