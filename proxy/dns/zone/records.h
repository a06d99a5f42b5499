#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"
#include "wire/dns/name.h"

// The data of records as messages hold it (RFC 1035 section 3.3, 3596, 2782, 8659).
namespace headgate::proxy::dns::zone {

std::string address_data(const base::IpAddress& address);
/// Split into strings of 255 bytes, as one longer text has to be (RFC 1035 section 3.3.14). kTooLarge over 4,096 bytes.
base::Result<std::string> text_data(std::string_view text);
std::string mx_data(std::uint16_t preference, const wire::dns::Name& exchange);
std::string srv_data(std::uint16_t priority, std::uint16_t weight, std::uint16_t port, const wire::dns::Name& target);
/// RFC 8659 section 4.1: `tag` is of letters and digits, 1 to 15 of them.
base::Result<std::string> caa_data(bool is_critical, std::string_view tag, std::string_view value);
/// The five numbers at the end of an SOA record.
std::array<char, 20> soa_numbers(std::uint32_t serial, std::uint32_t refresh, std::uint32_t retry, std::uint32_t expire,
                                 std::uint32_t minimum);

}  // namespace headgate::proxy::dns::zone
