#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

struct sockaddr;
struct sockaddr_storage;

namespace headgate::base {

/// An IPv4 or IPv6 address. IPv4 is held in the last four bytes, and is never equal to its IPv6-mapped form:
/// `from_sockaddr` and `parse` unmap ::ffff:a.b.c.d, so one client has one address.
class IpAddress {
 public:
  /// 0.0.0.0
  constexpr IpAddress() = default;

  static IpAddress v4(std::uint32_t host_order);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);

  /// Dotted quad or RFC 4291 text, without brackets or zone.
  static std::optional<IpAddress> parse(std::string_view text);

  bool is_v4() const { return is_v4_; }
  bool is_loopback() const;
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  /// Host order; only for is_v4().
  std::uint32_t v4_value() const;
  /// 32 or 128.
  int bits() const { return is_v4_ ? 32 : 128; }

  /// Writes the canonical text (RFC 5952), at most kTextMax characters, not terminated; returns its length.
  std::size_t write(char* out) const;
  std::string text() const;
  static constexpr std::size_t kTextMax = 46;

  /// What one subscriber has of it: all of an IPv4 address, of an IPv6 one the /64.
  std::string_view subscriber_bytes() const;
  /// "203.0.113.9", "2001:db8:0:1::/64"
  std::string subscriber_text() const;

  /// With all but the first `prefix_bits` bits zero.
  IpAddress masked(int prefix_bits) const;

  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool is_v4_ = true;
};

/// A prefix such as 10.0.0.0/8. Host bits that are set are refused by parse.
struct IpNetwork {
  IpAddress address;
  int prefix_bits = 0;

  /// "10.0.0.0/8", "2001:db8::/32", or a bare address (a /32 or /128).
  static std::optional<IpNetwork> parse(std::string_view text);
  bool contains(const IpAddress& other) const;
  std::string text() const;
  friend bool operator==(const IpNetwork&, const IpNetwork&) = default;
};

/// Where a socket is bound or connected to: an IP address and port, or a unix path.
class Endpoint {
 public:
  Endpoint() = default;
  Endpoint(IpAddress address, std::uint16_t port) : address_(address), port_(port) {}
  /// `path` starts with '/' ('@' for the abstract namespace) and fits sun_path (107 bytes).
  static std::optional<Endpoint> unix_path(std::string_view path);

  /// "1.2.3.4:80", "[::1]:80", "unix:/path". Not a host name: those are resolved, not parsed.
  static std::optional<Endpoint> parse(std::string_view text);
  static Endpoint from_sockaddr(const sockaddr* address, std::uint32_t length);
  /// Returns the length to hand to bind or connect.
  std::uint32_t to_sockaddr(sockaddr_storage& out) const;

  bool is_unix() const { return !path_.empty(); }
  const IpAddress& address() const { return address_; }
  std::uint16_t port() const { return port_; }
  const std::string& path() const { return path_; }
  /// As parse takes it.
  std::string text() const;

  friend auto operator<=>(const Endpoint&, const Endpoint&) = default;

 private:
  IpAddress address_;
  std::uint16_t port_ = 0;
  std::string path_;
};

}  // namespace headgate::base
