#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/counters.h"
#include "base/per_worker.h"
#include "geoip/regions.h"
#include "proxy/dns/sign/signer.h"
#include "wire/dns/numbers.h"

namespace headgate::proxy::dns::server {

enum class Transport : std::uint8_t { kUdp, kTcp };
inline constexpr std::size_t kTransports = 2;
/// "udp", "tcp": as metrics and the log have it.
std::string_view to_string(Transport transport);

/// Every code that an answer is given.
inline constexpr std::array kRcodes = {
    wire::dns::Rcode::kNoError, wire::dns::Rcode::kFormErr, wire::dns::Rcode::kServFail, wire::dns::Rcode::kNxDomain,
    wire::dns::Rcode::kNotImp,  wire::dns::Rcode::kRefused, wire::dns::Rcode::kBadVers,  wire::dns::Rcode::kBadCookie};
std::size_t index_of(wire::dns::Rcode rcode);

/// What one worker counted of one dns listener. A message is counted in `queries` and in one of `answers`, `malformed`
/// and `limited`.
struct Counters {
  std::array<base::Counter, kTransports> queries;     ///< messages that came, whatever they were
  std::array<base::Counter, kRcodes.size()> answers;  ///< as kRcodes; those that were slipped included
  base::Counter malformed;                            ///< less than a header, or an answer: nobody is answered
  base::Counter limited;                              ///< over the rate and dropped
  base::Counter slipped;                              ///< over the rate and answered in short
  base::Counter truncated;               ///< answered that all of it is to be had over TCP, the slipped ones too
  base::Counter with_subnet;             ///< named a client's network
  std::array<base::Counter, 3> cookies;  ///< that came: without ours, bad, valid
  sign::Counts signatures;               ///< of signed zones
  base::Counter unsent;                  ///< datagrams that the kernel did not take
};

/// Why a geo name was answered with a region's addresses: why its client is the region's (geoip::Why), or that this
/// region stands in for that one, or that none could.
inline constexpr std::size_t kFailover = geoip::kWhyCount;
inline constexpr std::size_t kLastResort = geoip::kWhyCount + 1;
inline constexpr std::size_t kReasons = geoip::kWhyCount + 2;
/// "country", "failover", "last_resort".
std::string_view reason_text(std::size_t reason);

/// Answers with one region's addresses that one worker gave.
struct RegionCounters {
  std::array<base::Counter, kReasons> by_reason;
};
/// By name; the one without is of answers with the addresses of all regions.
using CountersByRegion = std::map<std::string, std::shared_ptr<base::PerWorker<RegionCounters>>>;

}  // namespace headgate::proxy::dns::server
