#pragma once
#include <cstdint>

#include "base/ip_address.h"

namespace headgate::proxy::origin::pools {

/// A client as a number: the same in every process and of every version. Of an IPv6 address the /64 counts, which is
/// what one subscriber gets.
std::uint64_t client_hash(const base::IpAddress& client);

}  // namespace headgate::proxy::origin::pools
