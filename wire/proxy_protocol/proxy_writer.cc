#include "wire/proxy_protocol/proxy_writer.h"

#include <array>
#include <cstdint>

#include "wire/proxy_protocol/crc32c.h"

namespace headgate::wire::proxy_protocol {
namespace {

using base::Endpoint;
using base::IpAddress;

constexpr std::size_t kAuthorityBytesMax = 255;

/// Both ends in one family.
struct Ends {
  bool is_v4 = true;
  IpAddress source;
  IpAddress destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
};

Ends ends_of(const Announcement& announcement) {
  Ends out;
  out.source = announcement.source.address();
  out.source_port = announcement.source.port();
  // A client with an address may have come by a unix socket, through a proxy before us.
  const bool has_destination = !announcement.destination.is_unix();
  out.destination = has_destination ? announcement.destination.address() : IpAddress();
  out.destination_port = has_destination ? announcement.destination.port() : std::uint16_t{0};
  if (!has_destination && !out.source.is_v4()) out.destination = IpAddress::v6({});
  out.is_v4 = out.source.is_v4() && out.destination.is_v4();
  return out;
}

bool announces_nobody(const Announcement& announcement) {
  return announcement.local || announcement.source.is_unix();
}

void append_word(std::string& out, std::size_t value) {
  out += static_cast<char>(value >> 8 & 0xff);
  out += static_cast<char>(value & 0xff);
}

// IpAddress knows no IPv4-mapped addresses: it takes them for what they map.
void append_address(std::string& out, const IpAddress& address, bool as_v4) {
  if (!as_v4 && address.is_v4()) out.append(10, '\0').append("\xff\xff");
  const std::size_t from = address.is_v4() ? 12 : 0;
  for (std::size_t i = from; i < 16; ++i) out += static_cast<char>(address.bytes()[i]);
}

std::string text_of(const IpAddress& address, bool as_v4) {
  return (!as_v4 && address.is_v4() ? "::ffff:" : "") + address.text();
}

}  // namespace

std::string write_v1(const Announcement& announcement) {
  if (announces_nobody(announcement)) return "PROXY UNKNOWN\r\n";
  const Ends ends = ends_of(announcement);
  std::string out = ends.is_v4 ? "PROXY TCP4 " : "PROXY TCP6 ";
  out.append(text_of(ends.source, ends.is_v4)).append(" ").append(text_of(ends.destination, ends.is_v4)).append(" ");
  out.append(std::to_string(ends.source_port)).append(" ").append(std::to_string(ends.destination_port));
  return out.append("\r\n");
}

std::string write_v2(const Announcement& announcement) {
  std::string out("\r\n\r\n\0\r\nQUIT\n", 12);
  const bool nobody = announces_nobody(announcement);
  const Ends ends = ends_of(announcement);
  out += nobody ? '\x20' : '\x21';
  out += nobody ? '\x00' : (ends.is_v4 ? '\x11' : '\x21');
  append_word(out, 0);  // the length, below
  if (!nobody) {
    append_address(out, ends.source, ends.is_v4);
    append_address(out, ends.destination, ends.is_v4);
    append_word(out, ends.source_port);
    append_word(out, ends.destination_port);
    const std::string_view authority = std::string_view(announcement.authority).substr(0, kAuthorityBytesMax);
    if (!authority.empty()) {
      out += '\x02';  // PP2_TYPE_AUTHORITY
      append_word(out, authority.size());
      out.append(authority);
    }
  }
  out += '\x03';  // PP2_TYPE_CRC32C: over the header with the sum itself as zero
  append_word(out, 4);
  out.append(4, '\0');
  const std::size_t length = out.size() - 16;
  out[14] = static_cast<char>(length >> 8);
  out[15] = static_cast<char>(length & 0xff);
  Crc32c sum;
  sum.add(out);
  for (int i = 0; i < 4; ++i)
    out[out.size() - 4 + static_cast<std::size_t>(i)] = static_cast<char>(sum.value() >> (24 - 8 * i));
  return out;
}

}  // namespace headgate::wire::proxy_protocol
