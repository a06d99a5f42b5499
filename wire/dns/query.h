#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/ip_address.h"
#include "wire/dns/name.h"
#include "wire/dns/numbers.h"

// What a resolver asks, taken apart in place.
namespace headgate::wire::dns {

inline constexpr std::size_t kHeaderBytes = 12;
/// What one answers who says nothing of what he can take (RFC 1035 section 4.2.1).
inline constexpr std::size_t kPlainUdpBytesMax = 512;

/// The network that a resolver asks for (RFC 7871 section 6). Bits beyond `source_bits` are zero.
struct ClientSubnet {
  base::IpAddress address;
  std::uint8_t source_bits = 0;
};

/// The OPT record of a query (RFC 6891).
struct Edns {
  std::uint16_t udp_bytes_max = kPlainUdpBytesMax;  ///< at least 512: what is less counts as that (section 6.2.3)
  std::uint8_t version = 0;
  bool dnssec_ok = false;
  bool compact_ok = false;        ///< takes NXDOMAIN for what NSEC says with NXNAME (RFC 9824 section 5.1)
  bool wants_keep_alive = false;  ///< RFC 7828; for TCP
  std::optional<ClientSubnet> subnet;
  std::string_view cookie;  ///< RFC 7873: the client's 8 bytes, and 8 to 32 of a server's if it has some; empty: none
};

/// Views are into the message.
struct Query {
  std::uint16_t id = 0;
  std::uint8_t opcode = 0;
  bool recursion_desired = false;
  bool checking_disabled = false;
  std::string_view name;  ///< as it came, so that the answer repeats its case; empty: there is no question to repeat
  std::array<char, kNameBytesMax> lower;  ///< the same in lower case; as many bytes of it as `name` has
  Type type{};
  Class in_class{};
  std::optional<Edns> edns;

  std::string_view lower_name() const { return {lower.data(), name.size()}; }
  /// The question's section: name, type and class.
  std::size_t question_bytes() const { return name.empty() ? 0 : name.size() + 4; }
};

/// What to do with a message.
enum class Sense : std::uint8_t {
  kAsked,      ///< a question that can be answered
  kCookie,     ///< no question, but a cookie: one of the server's is wanted (RFC 7873 section 5.4)
  kNothing,    ///< to be dropped: less than a header, or an answer, which answered would go to and fro for ever
  kMalformed,  ///< FORMERR
  kUnknown,    ///< another opcode than QUERY: NOTIMP
  kVersion,    ///< another version of EDNS than 0: BADVERS (RFC 6891 section 6.1.3)
};

/// Takes a message apart; `query` is filled as far as it was understood, its id and flags always but for kNothing.
/// Strict: one question (RFC 9619; or none beside a cookie), no records but the additional ones, one OPT at most, each
/// of its options at most once and whole, no compression in the question, no byte behind the last record.
Sense parse_query(std::string_view message, Query& query);

}  // namespace headgate::wire::dns
