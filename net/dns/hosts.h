#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"

namespace headgate::net::dns {

/// The addresses that a text in the form of /etc/hosts has for a name, in its order: lines of an address and names,
/// '#' begins a comment, case is of no matter. Lines that are nothing of the kind are passed over.
std::vector<base::IpAddress> addresses_in_hosts(std::string_view text, std::string_view name);

/// The same of the file as it is now; where it has nothing, localhost is still the loopback addresses (RFC 6761
/// section 6.3). Of a file above kHostsBytesMax the rest is not read.
std::vector<base::IpAddress> addresses_in_hosts_file(const std::string& path, std::string_view name);
inline constexpr std::size_t kHostsBytesMax = 1024 * 1024;

}  // namespace headgate::net::dns
