#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

// base64url without padding (RFC 4648 section 5), for what is a whole number of 3-byte groups.
namespace headgate::proxy::sticky {

/// Writes 4 characters for each 3 bytes; `bytes.size()` is a multiple of 3.
void write_base64url(std::span<const std::uint8_t> bytes, char* out);
/// False where `text` is not exactly what write_base64url() makes of `out.size()` bytes, a multiple of 3.
bool read_base64url(std::string_view text, std::span<std::uint8_t> out);

}  // namespace headgate::proxy::sticky
