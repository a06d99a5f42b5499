// The letter of an upgrade: any text is one or an error; what was read comes out again as it was.
#include "proxy/handover/letter.h"
#include "tests/fuzz/wire_fuzz.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace headgate;
  namespace handover = proxy::handover;
  const base::Result<handover::Letter> letter = handover::parse_letter({reinterpret_cast<const char*>(bytes), size});
  if (!letter) {
    fuzz::require(!letter.error().message.empty(), "an error says why");
    return 0;
  }
  fuzz::require(letter->pid > 0, "it has a pid");
  fuzz::require(letter->sockets.size() <= handover::Letter::kSocketsMax, "within its bound");
  const base::Result<handover::Letter> again = handover::parse_letter(handover::letter_text(*letter));
  fuzz::require(bool(again), "what is written can be read");
  fuzz::require(again->pid == letter->pid && again->sockets == letter->sockets, "and is the same");
  return 0;
}
