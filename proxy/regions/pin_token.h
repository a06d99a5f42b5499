#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/sticky.h"

namespace headgate::proxy::regions {

/// What a cookie that pins a client says.
struct Pin {
  std::string_view region;
  std::uint64_t expires = 0;  ///< seconds since 1970
};

/// Signs pins and reads them: "MAC.EXPIRES.REGION", the first 24 bytes of an HMAC-SHA-256 in base64url before what it
/// is of. Who reads one learns which region it names, and can make no other. Immutable.
class PinSigner {
 public:
  /// Of a key of which only pins are signed; the first signs, all are taken. There must be one.
  explicit PinSigner(const config::StickyKeys& keys);

  std::string sign(std::string_view region, std::uint64_t expires) const;
  /// Nothing for what none of the keys has signed; views of `text`. Whether it has expired is the caller's to say.
  std::optional<Pin> read(std::string_view text) const;

  static constexpr std::size_t kTextMax = 32 + 1 + 20 + 1 + 64;  ///< longer ones are not looked at

 private:
  static constexpr std::size_t kMacBytes = 24;
  using Mac = std::array<std::uint8_t, kMacBytes>;
  static Mac mac_of(const config::StickyKey& key, std::string_view said);

  std::vector<config::StickyKey> keys_;
};

}  // namespace headgate::proxy::regions
