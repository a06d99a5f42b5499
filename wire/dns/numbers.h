#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// What the IANA registry of DNS parameters calls by number.
namespace headgate::wire::dns {

enum class Type : std::uint16_t {
  kA = 1,
  kNs = 2,
  kCname = 5,
  kSoa = 6,
  kPtr = 12,
  kHinfo = 13,
  kMx = 15,
  kTxt = 16,
  kAaaa = 28,
  kSrv = 33,
  kOpt = 41,
  kDs = 43,
  kRrsig = 46,
  kNsec = 47,
  kDnskey = 48,
  kCds = 59,
  kCdnskey = 60,
  kNxname = 128,  ///< in NSEC records alone: the name is not there (RFC 9824)
  kIxfr = 251,
  kAxfr = 252,
  kAny = 255,
  kCaa = 257,
};
/// "A", "AAAA"; of one without a name "TYPE65280" (RFC 3597).
std::string type_text(Type type);
/// The same back, in any case.
std::optional<Type> type_of(std::string_view text);

enum class Class : std::uint16_t { kIn = 1, kChaos = 3, kAny = 255 };

/// Those over 15 take EDNS: the upper bits are in the OPT record (RFC 6891 section 6.1.3).
enum class Rcode : std::uint16_t {
  kNoError = 0,
  kFormErr = 1,
  kServFail = 2,
  kNxDomain = 3,
  kNotImp = 4,
  kRefused = 5,
  kBadVers = 16,
  kBadCookie = 23,
};
std::string_view to_string(Rcode rcode);

enum class Option : std::uint16_t { kClientSubnet = 8, kCookie = 10, kKeepAlive = 11, kPadding = 12 };

}  // namespace headgate::wire::dns
