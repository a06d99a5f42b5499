#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "config/place.h"

// What is answered for names: `dns`. Host names here are as written, without their last dot and in lower case; those
// that end without one and stand in a zone's `names` are below that zone.
namespace headgate::config {

using base::Duration;
using namespace std::chrono_literals;

struct DnsMx {
  std::uint16_t preference = 10;
  std::string host;
  friend bool operator==(const DnsMx&, const DnsMx&) = default;
};
struct DnsSrv {
  std::uint16_t priority = 0;
  std::uint16_t weight = 0;
  std::uint16_t port = 0;
  std::string target;
  friend bool operator==(const DnsSrv&, const DnsSrv&) = default;
};
/// Who may sign certificates for the name (RFC 8659).
struct DnsCaa {
  bool is_critical = false;
  std::string tag;
  std::string value;
  friend bool operator==(const DnsCaa&, const DnsCaa&) = default;
};

/// One of a zone's `names`: either a geo name, by its pool, or records that are the same for everybody.
struct DnsName {
  Place place;
  std::string name;             ///< absolute: "www" of the zone example.com is "www.example.com"
  std::optional<Duration> ttl;  ///< default: the zone's
  std::string pool;             ///< of a geo name; empty: it is none
  std::vector<base::IpAddress> a;
  std::vector<base::IpAddress> aaaa;
  std::vector<std::string> txt;
  std::string cname;  ///< absolute; empty: none
  std::vector<std::string> ns;
  std::vector<DnsMx> mx;
  std::vector<DnsSrv> srv;
  std::vector<DnsCaa> caa;
  friend bool operator==(const DnsName&, const DnsName&) = default;
};

struct DnsZone {
  Place place;
  std::string name;
  std::vector<std::string> ns;  ///< absolute; at least one, here or in `file`
  std::string admin;            ///< a mail address, its '@' a dot; default: hostmaster of the zone
  Duration ttl = 30s;
  Duration failing_ttl = 5s;  ///< of geo names while a region that would answer for them fails; never more than `ttl`
  Duration negative_ttl = 30s;
  std::vector<DnsName> names;
  std::string file;        ///< absolute: more records, as a master file (RFC 1035 section 5); empty: none
  std::string dnssec_key;  ///< absolute: the zone's private key (ECDSA P-256, PEM); empty: answers are not signed
  friend bool operator==(const DnsZone&, const DnsZone&) = default;
};

struct Dns {
  std::vector<DnsZone> zones;
  double responses_per_second = 0;  ///< to one network of askers over UDP (/24, /56); 0: no limit
  std::uint32_t slip = 2;  ///< of the responses over the limit each such one is sent truncated; 0: none, all drop
  std::string version;     ///< what version.bind is answered with; empty: REFUSED
  bool query_log = false;  ///< a line of the access log for each query
  friend bool operator==(const Dns&, const Dns&) = default;
};

}  // namespace headgate::config
