#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace headgate::wire::proxy_protocol {

constexpr std::array<std::uint32_t, 16> make_crc32c_table() {
  constexpr std::uint32_t kReflectedPolynomial = 0x82f63b78;
  std::array<std::uint32_t, 16> out{};
  for (std::uint32_t i = 0; i < out.size(); ++i) {
    std::uint32_t sum = i;
    for (int bit = 0; bit < 4; ++bit) sum = (sum & 1) != 0 ? sum >> 1 ^ kReflectedPolynomial : sum >> 1;
    out[i] = sum;
  }
  return out;
}
inline constexpr std::array<std::uint32_t, 16> kCrc32cTable = make_crc32c_table();

/// CRC-32C (Castagnoli, RFC 4960 appendix B), half a byte at a time: it runs once a connection over some hundred bytes,
/// so a table that stays small in the cache is worth more than speed.
class Crc32c {
 public:
  constexpr void add(std::string_view bytes) {
    for (char c : bytes) {
      state_ ^= static_cast<std::uint8_t>(c);
      state_ = kCrc32cTable[state_ & 15] ^ state_ >> 4;
      state_ = kCrc32cTable[state_ & 15] ^ state_ >> 4;
    }
  }
  constexpr std::uint32_t value() const { return ~state_; }

 private:
  std::uint32_t state_ = 0xffffffff;
};

}  // namespace headgate::wire::proxy_protocol
