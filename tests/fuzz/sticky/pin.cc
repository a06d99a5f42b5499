// Cookies that pin clients to regions: only what was signed is read, and what is read signs to the same text again.
#include "proxy/regions/pin_token.h"
#include "tests/fuzz/wire_fuzz.h"

namespace {

using namespace headgate;
using fuzz::require;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  static const proxy::regions::PinSigner signer({config::StickyKey{1, 2, 3}, config::StickyKey{4}});
  const std::vector<char> copy = fuzz::exact_copy({reinterpret_cast<const char*>(bytes), size});
  const std::string_view input(copy.data(), copy.size());
  const std::optional<proxy::regions::Pin> pin = signer.read(input);
  if (!pin) return 0;
  // The corpus holds those that were signed with either key; nobody finds another.
  require(pin->region == "eu" || pin->region == "us", "nothing is read that was not signed");
  require(pin->expires == 1'800'000'000, "when it expires is part of what is signed");
  require(signer.sign(pin->region, pin->expires).substr(33) == input.substr(33), "there is one spelling");
  return 0;
}
