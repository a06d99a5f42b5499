#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "proxy/access_log/entry.h"

namespace headgate::proxy::access_log {

/// How a field is written, and when it is absent. Absent is "-" in a text, and no member in JSON.
enum class FieldKind : std::uint8_t {
  kText,          ///< absent if empty
  kTime,          ///< RFC 3339 in UTC with milliseconds
  kCombinedTime,  ///< as Apache's %t, in UTC, without the brackets
  kClient,
  kUri,          ///< path and query; absent without a path
  kRequestLine,  ///< method, URI and protocol; absent without a method
  kNumber,       ///< always there
  kPhase,        ///< a number of microseconds; absent without a backend
  kStatus,
  kRetries,  ///< absent without a pool
  kHedges,   ///< absent if there was none
  kReused,   ///< true or false; absent without a backend
  kCoding,   ///< that headgate put the body in; absent without one
  kBefore,   ///< a number of bytes before that; absent with it
  kWord,     ///< a text of the program's own, that lives as long as it; absent if empty
  kAsn,      ///< a number; absent if 0
  kAge,      ///< a number of seconds; absent where no stored answer was given
  kCut,      ///< names of the texts that were cut; absent if none was
};

/// One field of a line: the closed set that formats, ring and documentation share.
struct Field {
  std::string_view name;
  FieldKind kind = FieldKind::kText;
  bool in_json = true;
  std::string_view Entry::* text = nullptr;  ///< for kText and kWord
  std::uint64_t Entry::* number = nullptr;   ///< for kNumber, kPhase, kBefore and kAsn
  std::uint16_t bytes_max = 0;               ///< of a text, in the ring; what is longer is cut
  bool is_rare = false;                      ///< a text that only connections over TLS have, and queries of DNS
};

inline constexpr std::uint16_t kTargetBytesMax = 2048;  // path and query, each
inline constexpr std::uint16_t kTextBytesMax = 512;     // every other text
inline constexpr std::uint16_t kWordBytesMax = 32;      // of the program's own

/// In the order of the JSON members.
inline constexpr std::array<Field, 50> kFields = {{
    {.name = "time", .kind = FieldKind::kTime},
    {.name = "combined_time", .kind = FieldKind::kCombinedTime, .in_json = false},
    {.name = "request_id", .text = &Entry::request_id, .bytes_max = kTextBytesMax},
    {.name = "client", .kind = FieldKind::kClient},
    {.name = "region", .text = &Entry::region, .bytes_max = kTextBytesMax},
    {.name = "country", .text = &Entry::country, .bytes_max = kTextBytesMax},
    {.name = "asn", .kind = FieldKind::kAsn, .number = &Entry::asn},
    {.name = "listener", .text = &Entry::listener, .bytes_max = kTextBytesMax},
    {.name = "request", .kind = FieldKind::kRequestLine, .in_json = false},
    {.name = "method", .text = &Entry::method, .bytes_max = kTextBytesMax},
    {.name = "scheme", .text = &Entry::scheme, .bytes_max = kTextBytesMax},
    {.name = "host", .text = &Entry::host, .bytes_max = kTextBytesMax},
    {.name = "uri", .kind = FieldKind::kUri, .in_json = false},
    {.name = "path", .text = &Entry::path, .bytes_max = kTargetBytesMax},
    {.name = "query", .text = &Entry::query, .bytes_max = kTargetBytesMax},
    {.name = "protocol", .text = &Entry::protocol, .bytes_max = kTextBytesMax},
    {.name = "status", .kind = FieldKind::kStatus},
    {.name = "request_bytes", .kind = FieldKind::kNumber, .number = &Entry::request_bytes},
    {.name = "response_bytes", .kind = FieldKind::kNumber, .number = &Entry::response_bytes},
    {.name = "encoding", .kind = FieldKind::kCoding},
    {.name = "uncompressed_bytes", .kind = FieldKind::kBefore, .number = &Entry::uncompressed_bytes},
    {.name = "total_us", .kind = FieldKind::kNumber, .number = &Entry::total_us},
    {.name = "route", .text = &Entry::route, .bytes_max = kTextBytesMax},
    {.name = "pool", .text = &Entry::pool, .bytes_max = kTextBytesMax},
    {.name = "backend", .text = &Entry::backend, .bytes_max = kTextBytesMax},
    {.name = "backend_address", .text = &Entry::backend_address, .bytes_max = kTextBytesMax},
    {.name = "connection_reused", .kind = FieldKind::kReused},
    {.name = "retries", .kind = FieldKind::kRetries},
    {.name = "hedges", .kind = FieldKind::kHedges},
    {.name = "choose_us", .kind = FieldKind::kPhase, .number = &Entry::choose_us},
    {.name = "connect_us", .kind = FieldKind::kPhase, .number = &Entry::connect_us},
    {.name = "first_byte_us", .kind = FieldKind::kPhase, .number = &Entry::first_byte_us},
    {.name = "cache", .kind = FieldKind::kWord, .text = &Entry::cache, .bytes_max = kWordBytesMax},
    {.name = "cache_reason", .kind = FieldKind::kWord, .text = &Entry::cache_reason, .bytes_max = kWordBytesMax},
    {.name = "cache_age", .kind = FieldKind::kAge},
    {.name = "user_agent", .text = &Entry::user_agent, .bytes_max = kTextBytesMax},
    {.name = "referer", .text = &Entry::referer, .bytes_max = kTextBytesMax},
    {.name = "tls_version", .text = &Entry::tls_version, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "tls_cipher", .text = &Entry::tls_cipher, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "tls_resumed", .text = &Entry::tls_resumed, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "sni", .text = &Entry::sni, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "tls_client_subject", .text = &Entry::tls_client_subject, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "tls_client_fingerprint",
     .text = &Entry::tls_client_fingerprint,
     .bytes_max = kTextBytesMax,
     .is_rare = true},
    {.name = "dns_type", .text = &Entry::dns_type, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "dns_subnet", .text = &Entry::dns_subnet, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "dns_rcode", .text = &Entry::dns_rcode, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "dns_reason", .text = &Entry::dns_reason, .bytes_max = kTextBytesMax, .is_rare = true},
    {.name = "ending", .text = &Entry::ending, .bytes_max = kTextBytesMax},
    {.name = "detail", .text = &Entry::detail, .bytes_max = kTextBytesMax},
    {.name = "cut", .kind = FieldKind::kCut},
}};
static_assert(kFields.size() <= 64, "Entry::cut has a bit for each");

/// The field of that name, or null.
constexpr const Field* find_field(std::string_view name) {
  for (const Field& field : kFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

/// Whether the entry has nothing to say under this field.
constexpr bool is_absent(const Field& field, const Entry& entry) {
  switch (field.kind) {
    case FieldKind::kText:
    case FieldKind::kWord:
      return (entry.*field.text).empty();
    case FieldKind::kUri:
      return entry.path.empty();
    case FieldKind::kRequestLine:
      return entry.method.empty();
    case FieldKind::kRetries:
      return entry.pool.empty() || (entry.retries == 0 && !entry.dns_rcode.empty());
    case FieldKind::kHedges:
      return entry.hedges == 0;
    case FieldKind::kPhase:
      return entry.backend.empty();
    case FieldKind::kCoding:
    case FieldKind::kBefore:
      return entry.coding == wire::coding::Coding::kIdentity;
    case FieldKind::kAsn:
      return entry.*field.number == 0;
    case FieldKind::kAge:
      return entry.cache_age < 0;
    case FieldKind::kCut:
      return entry.cut == 0;
    case FieldKind::kStatus:
      return entry.status == 0 && (entry.protocol == kTcp || !entry.dns_rcode.empty());
    case FieldKind::kReused:
      return entry.backend.empty() || entry.protocol == kTcp;
    case FieldKind::kTime:
    case FieldKind::kCombinedTime:
    case FieldKind::kClient:
    case FieldKind::kNumber:
      return false;
  }
  return false;
}

}  // namespace headgate::proxy::access_log
