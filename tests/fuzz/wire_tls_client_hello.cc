// ClientHellos: decided once and for all at some length, with views that are sound, never by bytes behind the hello.
#include "tests/fuzz/wire_fuzz.h"
#include "wire/tls/client_hello.h"

namespace {

using namespace headgate;
using fuzz::require;
using namespace wire::tls;

std::string text_of(const ClientHello& hello) {
  return std::string(hello.server_name) + "|" + std::string(hello.protocols);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(bytes), size);
  ClientHello whole;
  const HelloState state = parse_client_hello(input, whole);
  require(state != HelloState::kNeedMore || size < kHelloBytesMax, "a full buffer is enough");
  require(state == HelloState::kDone || text_of(whole) == "|", "nothing is filled in before the end");
  for (const std::string_view part : {whole.server_name, whole.protocols}) {
    require(fuzz::is_inside(part, input) || fuzz::is_inside(part, whole.joined), "a view is of the hello");
  }
  require(whole.server_name.size() <= 255, "the name is within its bound");
  [[maybe_unused]] const bool ended = offers(whole.protocols, "h2");
  for (std::size_t there : fuzz::arrivals_of(input.substr(0, kHelloBytesMax))) {
    const std::vector<char> part = fuzz::exact_copy(input.substr(0, there));
    ClientHello hello;
    const HelloState now = parse_client_hello({part.data(), part.size()}, hello);
    if (now == HelloState::kNeedMore) continue;
    require(now == state && text_of(hello) == text_of(whole), "what is decided stays decided");
    return 0;
  }
  require(state == HelloState::kNeedMore, "the whole is decided at its last byte at the latest");
  return 0;
}
