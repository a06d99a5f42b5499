#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "geoip/database.h"

// libmaxminddb 1.7 leaks what it allocated for metadata that it then refuses. A file that cannot be used is read once
// for each change of it, so that is little; what headgate itself leaks is still found.
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libmaxminddb";
}

// A database of any bytes is refused with a sentence, or answers whatever it is asked.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using headgate::base::IpAddress;
  const auto database = headgate::geoip::Database::read({reinterpret_cast<const char*>(bytes), size}, "fuzz.mmdb");
  if (!database) {
    if (database.error().message.find("fuzz.mmdb") == std::string::npos) std::abort();
    return 0;
  }
  std::array<std::uint8_t, 16> v6{0x20, 0x02};
  for (std::uint32_t i = 0; i < 64; ++i) {
    const std::uint32_t v4 = i * 0x0404'0404u;
    for (std::size_t k = 2; k < 16; ++k) v6[k] = static_cast<std::uint8_t>(v4 >> (k % 4 * 8));
    for (const IpAddress& address : {IpAddress::v4(v4), IpAddress::v6(v6)}) {
      const auto found = (*database)->find(address);
      if (found.prefix_bits < 0 || found.prefix_bits > address.bits()) std::abort();
      if (found.place != nullptr && found.place->city.size() > 255) std::abort();
    }
  }
  return 0;
}
