#include "proxy/sticky/base64url.h"

#include <array>

namespace headgate::proxy::sticky {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kNone = 0xff;

constexpr std::array<std::uint8_t, 256> kValues = [] {
  std::array<std::uint8_t, 256> out{};
  out.fill(kNone);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i) {
    out[static_cast<std::uint8_t>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return out;
}();

}  // namespace

void write_base64url(std::span<const std::uint8_t> bytes, char* out) {
  for (std::size_t i = 0; i + 2 < bytes.size(); i += 3) {
    const std::uint32_t group = std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
    for (int shift = 18; shift >= 0; shift -= 6) *out++ = kAlphabet[group >> shift & 63];
  }
}

bool read_base64url(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() * 3 != out.size() * 4) return false;
  std::uint8_t wrong = 0;
  for (std::size_t i = 0, next = 0; i + 3 < text.size(); i += 4) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 4; ++k) {
      const std::uint8_t value = kValues[static_cast<std::uint8_t>(text[i + k])];
      wrong |= value;
      group = group << 6 | (value & 63u);
    }
    out[next++] = static_cast<std::uint8_t>(group >> 16);
    out[next++] = static_cast<std::uint8_t>(group >> 8);
    out[next++] = static_cast<std::uint8_t>(group);
  }
  return (wrong & 0x80) == 0;
}

}  // namespace headgate::proxy::sticky
