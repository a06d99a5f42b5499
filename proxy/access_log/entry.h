#pragma once
#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "proxy/message/message.h"
#include "proxy/message/record.h"
#include "wire/coding/coding.h"

namespace headgate::proxy::access_log {

/// What the access log says of one exchange. A worker fills it with views that live as long as the exchange and pushes
/// it into its ring; the writer gets it back with views into the ring. An empty text means: there was none.
struct Entry {
  base::WallTime arrived;  ///< the request's head was complete
  base::IpAddress client;
  std::string_view region;   ///< of the client; empty: none, or no format asks
  std::string_view country;  ///< the same
  std::string_view listener;
  std::string_view request_id;
  std::string_view method;
  std::string_view scheme;
  std::string_view host;
  std::string_view path;
  std::string_view query;
  std::string_view protocol;  ///< "HTTP/1.1", or "tcp": a connection without requests
  std::string_view route;
  std::string_view pool;
  std::string_view backend;  ///< the last one tried; empty: the phases below mean nothing
  std::string_view backend_address;
  std::string_view cache;  ///< what the route's cache came to, as long-lived as the program; empty: the route has none
  std::string_view cache_reason;  ///< why, in a word; the same
  std::string_view user_agent;
  std::string_view referer;
  // Of the client's TLS; empty on a plain connection.
  std::string_view tls_version;
  std::string_view tls_cipher;
  std::string_view tls_resumed;  ///< "true", "false"
  std::string_view sni;
  std::string_view tls_client_subject;
  std::string_view tls_client_fingerprint;
  // Of a query of DNS; empty otherwise.
  std::string_view dns_type;    ///< "AAAA"
  std::string_view dns_subnet;  ///< the client's network that the query named
  std::string_view dns_rcode;   ///< "NXDOMAIN"; never empty there
  std::string_view dns_reason;  ///< why the region's addresses were given
  std::string_view ending;
  std::string_view detail;
  std::uint64_t request_bytes = 0;       ///< of the body
  std::uint64_t response_bytes = 0;      ///< of the body, sent to the client
  std::uint64_t uncompressed_bytes = 0;  ///< of the body, before headgate compressed it
  std::uint64_t total_us = 0;            ///< from the head of the request to the last byte of the answer
  std::uint64_t choose_us = 0;           ///< until a backend was chosen, time in the queue included
  std::uint64_t connect_us = 0;          ///< until a connection to it stood
  std::uint64_t first_byte_us = 0;       ///< until the head of its response was complete
  std::int64_t cache_age = -1;           ///< seconds, of the stored answer that was given; -1: none was
  std::uint64_t asn = 0;                 ///< of the client; 0: not known, or no format asks
  std::uint16_t status = 0;              ///< 0: nothing was sent
  std::uint16_t retries = 0;
  std::uint16_t hedges = 0;
  bool connection_reused = false;
  wire::coding::Coding coding = wire::coding::Coding::kIdentity;  ///< that headgate put the response's body in
  /// Set by the ring: no text has a character that any format escapes. False says nothing.
  bool plain = false;
  std::uint64_t cut = 0;  ///< set by the ring: bit i says that the text of kFields[i] was longer than its bound
};

/// Of a tcp connection, in place of a version of HTTP, and of queries of DNS.
inline constexpr std::string_view kTcp = "tcp";
inline constexpr std::string_view kDnsOverUdp = "dns/udp";
inline constexpr std::string_view kDnsOverTcp = "dns/tcp";

/// Phases that never happened have the zero time at one end, and take 0; the clock's readings of one turn may be equal.
std::uint64_t microseconds_between(base::Time from, base::Time to);

/// Whether an entry is to tell where the client is, which has to be looked up.
enum class TellsPlace : bool { kNo, kYes };

/// What was noted of an exchange that has ended. `listener` is its name, `protocol` the version of HTTP as text.
Entry entry_of(const message::Record& record, const message::Request& request, std::string_view listener,
               std::string_view protocol, TellsPlace tells_place);

}  // namespace headgate::proxy::access_log
