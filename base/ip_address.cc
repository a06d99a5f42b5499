#include "base/ip_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "base/ascii.h"
#include "base/result.h"

namespace headgate::base {
namespace {

constexpr std::array<std::uint8_t, 12> kMappedPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

std::size_t write_octet(char* out, std::uint8_t value) {
  std::size_t n = 0;
  if (value >= 100) out[n++] = static_cast<char>('0' + value / 100);
  if (value >= 10) out[n++] = static_cast<char>('0' + value / 10 % 10);
  out[n++] = static_cast<char>('0' + value % 10);
  return n;
}

}  // namespace

IpAddress IpAddress::v4(std::uint32_t host_order) {
  IpAddress out;
  for (int i = 0; i < 4; ++i) out.bytes_[12 + i] = static_cast<std::uint8_t>(host_order >> (24 - 8 * i));
  return out;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress out;
  if (std::equal(kMappedPrefix.begin(), kMappedPrefix.end(), bytes.begin())) {
    std::copy(bytes.begin() + 12, bytes.end(), out.bytes_.begin() + 12);
    return out;
  }
  out.bytes_ = bytes;
  out.is_v4_ = false;
  return out;
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  char terminated[kTextMax + 1];
  if (text.empty() || text.size() > kTextMax) return std::nullopt;
  std::memcpy(terminated, text.data(), text.size());
  terminated[text.size()] = '\0';
  if (std::memchr(terminated, '\0', text.size()) != nullptr) return std::nullopt;
  if (text.find(':') == std::string_view::npos) {
    in_addr raw{};
    if (::inet_pton(AF_INET, terminated, &raw) != 1) return std::nullopt;
    return v4(ntohl(raw.s_addr));
  }
  std::array<std::uint8_t, 16> raw{};
  if (::inet_pton(AF_INET6, terminated, raw.data()) != 1) return std::nullopt;
  return v6(raw);
}

bool IpAddress::is_loopback() const {
  if (is_v4_) return bytes_[12] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t b) { return b == 0; }) && bytes_[15] == 1;
}

std::uint32_t IpAddress::v4_value() const {
  if (!is_v4_) invariant_broken("v4_value of an IPv6 address");
  return static_cast<std::uint32_t>(bytes_[12]) << 24 | static_cast<std::uint32_t>(bytes_[13]) << 16 |
         static_cast<std::uint32_t>(bytes_[14]) << 8 | bytes_[15];
}

std::size_t IpAddress::write(char* out) const {
  if (!is_v4_) {
    char terminated[INET6_ADDRSTRLEN];
    if (::inet_ntop(AF_INET6, bytes_.data(), terminated, sizeof terminated) == nullptr) {
      invariant_broken("inet_ntop refused 16 bytes");
    }
    const std::size_t length = std::strlen(terminated);
    std::memcpy(out, terminated, length);
    return length;
  }
  std::size_t n = 0;  // by hand: this runs for every request, and inet_ntop goes through sprintf
  for (int i = 12; i < 16; ++i) {
    if (i > 12) out[n++] = '.';
    n += write_octet(out + n, bytes_[i]);
  }
  return n;
}

std::string IpAddress::text() const {
  char out[kTextMax];
  return std::string(out, write(out));
}

IpAddress IpAddress::masked(int prefix_bits) const {
  IpAddress out = *this;
  const int offset = is_v4_ ? 96 : 0;
  for (int bit = offset + prefix_bits; bit < 128;) {
    if (bit % 8 == 0) {
      out.bytes_[bit / 8] = 0;
      bit += 8;
    } else {
      out.bytes_[bit / 8] &= static_cast<std::uint8_t>(0xff << (8 - bit % 8));
      bit += 8 - bit % 8;
    }
  }
  return out;
}

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::optional<IpAddress> address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  IpNetwork out{*address, address->bits()};
  if (slash != std::string_view::npos) {
    const std::optional<int> bits = parse_decimal<int>(text.substr(slash + 1));
    if (!bits || *bits > address->bits()) return std::nullopt;
    out.prefix_bits = *bits;
  }
  if (out.address.masked(out.prefix_bits) != out.address) return std::nullopt;
  return out;
}

bool IpNetwork::contains(const IpAddress& other) const {
  return other.is_v4() == address.is_v4() && other.masked(prefix_bits) == address;
}

std::string_view IpAddress::subscriber_bytes() const {
  return {reinterpret_cast<const char*>(bytes_.data()), is_v4_ ? bytes_.size() : bytes_.size() / 2};
}

std::string IpAddress::subscriber_text() const {
  return is_v4_ ? text() : masked(64).text() + "/64";
}

std::string IpNetwork::text() const {
  return address.text() + "/" + std::to_string(prefix_bits);
}

std::optional<Endpoint> Endpoint::unix_path(std::string_view path) {
  if (path.size() < 2 || path.size() > 107 || (path[0] != '/' && path[0] != '@')) return std::nullopt;
  Endpoint out;
  out.path_ = path;
  return out;
}

std::optional<Endpoint> Endpoint::parse(std::string_view text) {
  if (text.starts_with("unix:")) return unix_path(text.substr(5));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::optional<std::uint16_t> port = parse_decimal<std::uint16_t>(text.substr(colon + 1));
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  const std::optional<IpAddress> address = IpAddress::parse(host);
  if (!port || !address) return std::nullopt;
  if (bracketed != (host.find(':') != std::string_view::npos)) return std::nullopt;
  return Endpoint(*address, *port);
}

Endpoint Endpoint::from_sockaddr(const sockaddr* address, std::uint32_t length) {
  if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    return Endpoint(IpAddress::v4(ntohl(in->sin_addr.s_addr)), ntohs(in->sin_port));
  }
  if (address->sa_family == AF_INET6) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(address);
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), &in->sin6_addr, bytes.size());
    return Endpoint(IpAddress::v6(bytes), ntohs(in->sin6_port));
  }
  Endpoint out;
  if (address->sa_family == AF_UNIX && length > offsetof(sockaddr_un, sun_path)) {
    const auto* un = reinterpret_cast<const sockaddr_un*>(address);
    const std::size_t path_bytes = length - offsetof(sockaddr_un, sun_path);
    if (un->sun_path[0] == '\0') {
      out.path_ = "@" + std::string(un->sun_path + 1, path_bytes - 1);
    } else {
      out.path_.assign(un->sun_path, ::strnlen(un->sun_path, path_bytes));
    }
  }
  return out;
}

std::uint32_t Endpoint::to_sockaddr(sockaddr_storage& out) const {
  std::memset(&out, 0, sizeof out);
  if (is_unix()) {
    auto* un = reinterpret_cast<sockaddr_un*>(&out);
    un->sun_family = AF_UNIX;
    std::memcpy(un->sun_path, path_.data(), path_.size());
    const bool abstract = path_[0] == '@';
    if (abstract) un->sun_path[0] = '\0';
    return static_cast<std::uint32_t>(offsetof(sockaddr_un, sun_path) + path_.size() + (abstract ? 0 : 1));
  }
  if (address_.is_v4()) {
    auto* in = reinterpret_cast<sockaddr_in*>(&out);
    in->sin_family = AF_INET;
    in->sin_port = htons(port_);
    in->sin_addr.s_addr = htonl(address_.v4_value());
    return sizeof(sockaddr_in);
  }
  auto* in = reinterpret_cast<sockaddr_in6*>(&out);
  in->sin6_family = AF_INET6;
  in->sin6_port = htons(port_);
  std::memcpy(&in->sin6_addr, address_.bytes().data(), 16);
  return sizeof(sockaddr_in6);
}

std::string Endpoint::text() const {
  if (is_unix()) return "unix:" + path_;
  const std::string host = address_.is_v4() ? address_.text() : "[" + address_.text() + "]";
  return host + ":" + std::to_string(port_);
}

}  // namespace headgate::base
