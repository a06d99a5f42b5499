#include "wire/dns/query.h"

#include <algorithm>

#include "wire/dns/bytes.h"

namespace headgate::wire::dns {
namespace {

constexpr std::uint8_t kIsAnswer = 0x80;
constexpr std::uint8_t kRecursionDesired = 0x01;
constexpr std::uint8_t kCheckingDisabled = 0x10;
constexpr std::uint16_t kDnssecOk = 0x8000;
constexpr std::uint16_t kCompactOk = 0x4000;
constexpr std::size_t kClientCookieBytes = 8;
constexpr std::size_t kCookieBytesMax = 40;
constexpr std::size_t kServerCookieBytesMin = 8;
constexpr std::uint16_t kFamilyV4 = 1;
constexpr std::uint16_t kFamilyV6 = 2;

/// Past a name that may be compressed (RFC 1035 section 4.1.4), which is not followed: nothing depends on it.
bool skip_name(Reader& at) {
  for (std::size_t bytes = 0; bytes < kNameBytesMax;) {
    const std::uint8_t length = at.u8();
    if (at.is_short()) return false;
    if (length == 0) return true;
    if ((length & 0xc0) == 0xc0) {
      at.u8();
      return !at.is_short();
    }
    if (length > kLabelBytesMax) return false;
    at.take(length);
    bytes += 1 + length;
  }
  return false;
}

/// RFC 7871 section 7.1.2: FORMERR for an address of another length than its bits need, with bits beyond them, or with
/// a scope; and for a family that is neither, which section 7.2.1 leaves open.
bool read_subnet(std::string_view option, std::optional<ClientSubnet>& out) {
  if (out) return false;
  Reader at(option);
  const std::uint16_t family = at.u16();
  const std::uint8_t source_bits = at.u8();
  const std::uint8_t scope_bits = at.u8();
  const std::string_view address = at.rest();
  if (at.is_short() || scope_bits != 0 || (family != kFamilyV4 && family != kFamilyV6)) return false;
  const std::size_t bits_max = family == kFamilyV4 ? 32 : 128;
  if (source_bits > bits_max || address.size() != (source_bits + 7U) / 8) return false;
  std::array<std::uint8_t, 16> bytes{};
  std::copy(address.begin(), address.end(), bytes.begin());
  const base::IpAddress whole =
      family == kFamilyV6 ? base::IpAddress::v6(bytes)
                          : base::IpAddress::v4(std::uint32_t{bytes[0]} << 24 | std::uint32_t{bytes[1]} << 16 |
                                                std::uint32_t{bytes[2]} << 8 | std::uint32_t{bytes[3]});
  if (whole.masked(source_bits) != whole) return false;
  out = ClientSubnet{whole, source_bits};
  return true;
}

/// RFC 7873 section 5.2.2.
bool read_cookie(std::string_view option, std::string_view& out) {
  const bool has_length =
      option.size() == kClientCookieBytes ||
      (option.size() >= kClientCookieBytes + kServerCookieBytesMin && option.size() <= kCookieBytesMax);
  if (!has_length || !out.empty()) return false;
  out = option;
  return true;
}

bool read_options(std::string_view options, Edns& out) {
  Reader at(options);
  while (!at.is_at_end()) {
    const auto code = static_cast<Option>(at.u16());
    const std::uint16_t length = at.u16();
    const std::string_view option = at.take(length);
    if (at.is_short()) return false;
    if (code == Option::kClientSubnet && !read_subnet(option, out.subnet)) return false;
    if (code == Option::kCookie && !read_cookie(option, out.cookie)) return false;
    if (code == Option::kKeepAlive) {
      if (out.wants_keep_alive || !option.empty()) return false;  // RFC 7828 section 3.2.1: a client says no timeout
      out.wants_keep_alive = true;
    }
  }
  return true;
}

/// One record of the additional section; false: it is malformed.
bool read_additional(Reader& at, Query& query) {
  const std::uint8_t* const begin = at.position();
  if (!skip_name(at)) return false;
  const bool is_root = at.position() == begin + 1;
  const auto type = static_cast<Type>(at.u16());
  const std::uint16_t udp_bytes_max = at.u16();  // a class, unless it is OPT
  at.u8();                                       // the upper bits of an answer's code
  const std::uint8_t version = at.u8();
  const std::uint16_t flags = at.u16();
  const std::uint16_t length = at.u16();
  const std::string_view rest = at.take(length);
  if (at.is_short()) return false;
  if (type != Type::kOpt) return true;
  if (!is_root || query.edns) return false;
  Edns edns;
  edns.udp_bytes_max = std::max(udp_bytes_max, static_cast<std::uint16_t>(kPlainUdpBytesMax));
  edns.version = version;
  edns.dnssec_ok = (flags & kDnssecOk) != 0;
  edns.compact_ok = (flags & kCompactOk) != 0;
  // Of another version nothing is known but where its version stands.
  const bool is_whole = version != 0 || read_options(rest, edns);
  if (is_whole) query.edns = edns;
  return is_whole;
}

bool read_question(Reader& at, Query& query) {
  const std::size_t length = name_bytes(at.rest());
  const std::string_view name = at.take(length);
  const auto type = static_cast<Type>(at.u16());
  const auto in_class = static_cast<Class>(at.u16());
  if (length == 0 || at.is_short()) return false;
  query.name = name;
  lower_name(name, query.lower.data());
  query.type = type;
  query.in_class = in_class;
  return true;
}

}  // namespace

Sense parse_query(std::string_view message, Query& query) {
  Reader at(message);
  query.id = at.u16();
  const std::uint8_t upper = at.u8();
  const std::uint8_t lower = at.u8();
  const std::uint16_t questions = at.u16();
  const std::uint16_t answers = at.u16();
  const std::uint16_t authorities = at.u16();
  const std::uint16_t additionals = at.u16();
  if (at.is_short() || (upper & kIsAnswer) != 0) return Sense::kNothing;
  query.opcode = (upper >> 3) & 0x0f;
  query.recursion_desired = (upper & kRecursionDesired) != 0;
  query.checking_disabled = (lower & kCheckingDisabled) != 0;
  query.name = {};
  query.edns.reset();
  if (query.opcode != 0) return Sense::kUnknown;
  if (questions > 1) return Sense::kMalformed;
  if (questions == 1 && !read_question(at, query)) return Sense::kMalformed;

  if (answers != 0) return Sense::kMalformed;
  if (authorities != 0) {
    // IXFR says there what it has (RFC 1995 section 3); it is refused for what it asks, and what else it says is not
    // read.
    return questions == 1 && query.type == Type::kIxfr ? Sense::kAsked : Sense::kMalformed;
  }
  for (std::uint16_t i = 0; i < additionals; ++i) {
    if (!read_additional(at, query)) return Sense::kMalformed;
  }
  if (query.edns && query.edns->version != 0) return Sense::kVersion;
  if (!at.is_at_end()) return Sense::kMalformed;
  if (questions == 1) return Sense::kAsked;
  return query.edns && !query.edns->cookie.empty() ? Sense::kCookie : Sense::kMalformed;
}

}  // namespace headgate::wire::dns
