#pragma once
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"

// What a name server says, as bytes (RFC 1035 section 4). Pure.
namespace headgate::net::dns {

enum class RecordType : std::uint16_t { kA = 1, kCname = 5, kAaaa = 28, kSrv = 33 };

/// One server of a service (RFC 2782).
struct Service {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;  ///< lower case, without the last dot; "" for the root: no server
  friend auto operator<=>(const Service&, const Service&) = default;
};

struct Answer {
  std::vector<base::IpAddress> addresses;
  std::vector<Service> services;
  /// How long all of it may be relied on: the least of the records, aliases included.
  base::Duration ttl{};
};

/// The records of type `wanted` and class IN that the message's answer section has for the name that it was asked,
/// followed through at most kAliasesMax aliases (CNAME). None are no error. kMalformed: the message ends too early, a
/// name is longer than RFC 1035 allows or points anywhere but backwards, a record has not its type's length.
base::Result<Answer> parse_answer(std::string_view message, RecordType wanted);

inline constexpr int kAliasesMax = 16;
/// RFC 2181 section 8: what is above counts as 0.
inline constexpr std::uint32_t kTtlMax = 0x7fffffff;

}  // namespace headgate::net::dns
