#include "proxy/dns/zone/records.h"

#include <endian.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "base/ascii.h"

namespace headgate::proxy::dns::zone {
namespace {

constexpr std::size_t kStringBytesMax = 255;
constexpr std::size_t kTextBytesMax = 4096;
constexpr std::size_t kTagBytesMax = 15;
constexpr char kCritical = '\x80';

void put_u16(std::uint16_t value, std::string& out) {
  out += static_cast<char>(value >> 8);
  out += static_cast<char>(value);
}

}  // namespace

std::string address_data(const base::IpAddress& address) {
  const char* const bytes = reinterpret_cast<const char*>(address.bytes().data());
  return address.is_v4() ? std::string(bytes + 12, 4) : std::string(bytes, 16);
}

base::Result<std::string> text_data(std::string_view text) {
  if (text.size() > kTextBytesMax) {
    return base::Error{base::ErrorKind::kTooLarge, base::Fault::kUser,
                       fmt::format("a text of {} bytes is over {}", text.size(), kTextBytesMax)};
  }
  std::string out;
  do {
    const std::string_view part = text.substr(0, kStringBytesMax);
    out += static_cast<char>(part.size());
    out += part;
    text.remove_prefix(part.size());
  } while (!text.empty());
  return out;
}

std::string mx_data(std::uint16_t preference, const wire::dns::Name& exchange) {
  std::string out;
  put_u16(preference, out);
  return out.append(exchange.wire());
}

std::string srv_data(std::uint16_t priority, std::uint16_t weight, std::uint16_t port, const wire::dns::Name& target) {
  std::string out;
  put_u16(priority, out);
  put_u16(weight, out);
  put_u16(port, out);
  return out.append(target.wire());
}

base::Result<std::string> caa_data(bool is_critical, std::string_view tag, std::string_view value) {
  const auto is_tag_char = [](char c) { return base::is_alpha(c) || base::is_digit(c); };
  if (tag.empty() || tag.size() > kTagBytesMax || !std::all_of(tag.begin(), tag.end(), is_tag_char)) {
    return base::Error{base::ErrorKind::kInvalid, base::Fault::kUser,
                       fmt::format("'{}' is no tag: 1 to 15 letters and digits, such as issue, issuewild, iodef", tag)};
  }
  std::string out(1, is_critical ? kCritical : '\0');
  out += static_cast<char>(tag.size());
  return out.append(base::lowered(tag)).append(value);
}

std::array<char, 20> soa_numbers(std::uint32_t serial, std::uint32_t refresh, std::uint32_t retry, std::uint32_t expire,
                                 std::uint32_t minimum) {
  std::array<char, 20> out;
  char* next = out.data();
  for (const std::uint32_t number : {serial, refresh, retry, expire, minimum}) {
    const std::uint32_t bytes = htobe32(number);
    std::memcpy(next, &bytes, sizeof bytes);
    next += sizeof bytes;
  }
  return out;
}

}  // namespace headgate::proxy::dns::zone
