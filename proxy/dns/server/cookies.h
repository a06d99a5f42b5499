#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/ip_address.h"

namespace headgate::proxy::dns::server {

/// DNS cookies (RFC 7873) as all servers make them (RFC 9018): whoever has one of ours has had an answer at his address
/// within the last hour. Pure; instances with the same secret honour each other's.
class Cookies {
 public:
  static constexpr std::size_t kSecretBytes = 16;
  using Secret = std::array<std::uint8_t, kSecretBytes>;
  static constexpr std::size_t kClientBytes = 8;
  static constexpr std::size_t kServerBytes = 16;
  /// An option's: the client's and ours behind it.
  static constexpr std::size_t kBytes = kClientBytes + kServerBytes;

  explicit Cookies(const Secret& secret);

  enum class Standing : std::uint8_t {
    kNone,   ///< the query has no cookie
    kNew,    ///< the client has none of ours yet
    kBad,    ///< it is none of ours, another client's, or over its time
    kValid,  ///< ours
  };
  /// What `cookie`, an option's 8 or 16 to 40 bytes or none, says of a client at `address`.
  Standing judge(std::string_view cookie, const base::IpAddress& address, std::uint32_t unix_seconds) const;

  /// What the answer carries: the client's part of `cookie`, which has one, and ours. A valid one that is not old is
  /// given back as it is.
  std::string_view reply_to(std::string_view cookie, Standing standing, const base::IpAddress& address,
                            std::uint32_t unix_seconds, std::span<char, kBytes> room) const;

 private:
  std::uint64_t hash_of(std::string_view cookie, const base::IpAddress& address) const;

  std::uint64_t key0_;
  std::uint64_t key1_;
};

}  // namespace headgate::proxy::dns::server
