#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "base/ip_address.h"

// Writes the headers that proxy_protocol.h reads.
namespace headgate::wire::proxy_protocol {

/// What a backend is told of the connection that it gets.
struct Announcement {
  base::Endpoint source;       ///< the client
  base::Endpoint destination;  ///< where the client connected to
  std::string authority =
      {};              ///< the name that it asked for (SNI), in v2; at most 255 bytes of it are told; empty: none
  bool local = false;  ///< the proxy's own connection, for a check: nobody is announced
};

/// "PROXY TCP4 192.0.2.7 198.51.100.1 50000 443\r\n". UNKNOWN where the source is no IP address, and for `local`.
/// Where one end is IPv6 and the other is not, that one is written as IPv4-mapped, since a line has one family.
std::string write_v1(const Announcement& announcement);

/// The same in binary, with a TLV for the authority and always one with a CRC32C over all. LOCAL in place of UNKNOWN.
std::string write_v2(const Announcement& announcement);

}  // namespace headgate::wire::proxy_protocol
