#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/log.h"
#include "config/balance.h"
#include "config/compression.h"
#include "config/dns.h"
#include "config/geo.h"
#include "config/origins.h"
#include "config/place.h"
#include "config/sticky.h"

// The values of one configuration file, validated: references resolve, ranges hold, defaults are filled in.
// Names and meanings are those of docs/configuration.md.
namespace headgate::config {

using base::Duration;
using namespace std::chrono_literals;

struct ListenerTimeouts {
  Duration header = 10s;     ///< from the first byte of a head to its end
  Duration body = 30s;       ///< between two reads of a body
  Duration idle = 60s;       ///< between two requests, and in a tunnel
  Duration handshake = 10s;  ///< of TLS, from the connection's beginning
  friend bool operator==(const ListenerTimeouts&, const ListenerTimeouts&) = default;
};

struct ListenerLimits {
  std::uint64_t header_bytes = 64 * 1024;    ///< one head, request line included; 256 B to 1 MiB
  std::uint32_t headers = 100;               ///< fields of one head; 1 to 1000
  std::uint64_t body_bytes = 1ull << 30;     ///< one request body
  std::uint32_t connections = 100'000;       ///< open at once; beyond it headgate stops accepting
  std::uint32_t connections_per_client = 0;  ///< 0: no limit
  double handshakes_per_second = 0;          ///< of TLS, over all workers; 0: no limit
  friend bool operator==(const ListenerLimits&, const ListenerLimits&) = default;
};

enum class TlsVersion : std::uint8_t { k12, k13 };

/// A certificate with its key, as two files. What stands beside the paths was found in them when the file was read.
struct TlsCertificate {
  Place place;
  std::string cert;              ///< absolute
  std::string key;               ///< absolute
  std::string ocsp;              ///< absolute; empty: no response is stapled from a file
  bool ocsp_is_fetched = false;  ///< from the responder that the certificate names
  std::vector<std::string> names;
  base::WallTime not_before;
  base::WallTime not_after;
  bool key_is_open = false;  ///< every user of the machine may read the key
  friend bool operator==(const TlsCertificate&, const TlsCertificate&) = default;
};

struct ListenerTls {
  std::vector<TlsCertificate> certificates;  ///< at least one; the first is the default
  TlsVersion min_version = TlsVersion::k12;
  TlsVersion max_version = TlsVersion::k13;
  std::string ciphers;  ///< for TLS 1.2; empty: headgate's list
  std::vector<std::string> alpn = {"h2", "http/1.1"};
  std::string client_ca;           ///< absolute; empty: clients are not asked for a certificate
  bool client_is_required = true;  ///< to show one
  bool session_tickets = true;
  std::uint32_t session_cache = 20'000;  ///< sessions of clients without tickets; 0: none
  Duration session_lifetime = 12h;
  friend bool operator==(const ListenerTls&, const ListenerTls&) = default;
};

/// What clients of a listener speak.
enum class Protocol : std::uint8_t { kHttp, kTcp, kDns };

/// Where connections of a `protocol: tcp` listener go, by what their ClientHello asks for; nothing is decrypted.
struct TcpTargets {
  std::string pool;                                       ///< of what nothing below names; empty: none
  std::vector<std::pair<std::string, std::string>> sni;   ///< lower case, exact or "*.example.com" -> pool
  std::vector<std::pair<std::string, std::string>> alpn;  ///< protocol -> pool; comes before `sni`
  /// Whether the ClientHello must be read before a pool is known.
  bool needs_hello() const { return !sni.empty() || !alpn.empty(); }
  friend bool operator==(const TcpTargets&, const TcpTargets&) = default;
};

/// HTTP/2 on a listener (RFC 9113).
struct ListenerHttp2 {
  bool enabled = true;                       ///< understood when a client begins by it, without TLS
  std::uint32_t streams = 128;               ///< open at once on one connection; 1 to 10000
  std::uint64_t stream_window = 256 * 1024;  ///< of one request's body, held while nobody takes it; 64 KiB to 16 MiB
  std::uint64_t connection_window = 1024 * 1024;  ///< of all bodies of a connection; at least the stream's, to 256 MiB
  friend bool operator==(const ListenerHttp2&, const ListenerHttp2&) = default;
};

struct Listener {
  std::string name;
  Place place;
  Protocol protocol = Protocol::kHttp;
  TcpTargets tcp;                    ///< of kTcp
  std::vector<std::string> zones;    ///< of kDns: names in Config::dns.zones; at least one
  std::vector<base::Endpoint> bind;  ///< at least one
  bool proxy_protocol = false;
  std::vector<base::IpNetwork> trusted_proxies;
  ListenerTimeouts timeouts;
  ListenerLimits limits;
  std::optional<ListenerTls> tls;
  std::string redirect;             ///< the listener over TLS that requests are sent on to; empty: they stay here
  std::uint16_t redirect_port = 0;  ///< that listener's; 0: no redirect
  ListenerHttp2 http2;
  friend bool operator==(const Listener&, const Listener&) = default;
};

/// A backend with a fixed address.
struct BackendAddress {
  base::Endpoint address;
  friend bool operator==(const BackendAddress&, const BackendAddress&) = default;
};

/// Backends found by name: one per A and AAAA record of a host, or of the targets of a service (SRV, RFC 2782).
struct BackendName {
  std::string host;  ///< or the service: "_http._tcp.app.internal"
  std::uint16_t port = 0;
  Duration every = 10s;     ///< the longest time from one look-up to the next
  bool is_service = false;  ///< its records say port, weight and order
  friend bool operator==(const BackendName&, const BackendName&) = default;
};

struct Backend {
  Place place;
  std::variant<BackendAddress, BackendName> where;
  std::string id;                  ///< default: the address as written
  std::uint32_t weight = 1;        ///< 0 to 256; 0 takes no new requests
  std::uint32_t max_requests = 0;  ///< at once; 0: no limit
  bool backup = false;
  std::uint32_t priority = 0;  ///< 0 to 9; lower comes first
  std::string region;          ///< where it stands; empty: not said
  bool elsewhere = false;      ///< the instance has a region, and this is none of it
  bool drain = false;          ///< takes no new requests; what runs on it may end
  friend bool operator==(const Backend&, const Backend&) = default;
};

/// Of a backend's priority.
inline constexpr std::uint32_t kPriorityMax = 9;

/// What is spoken to backends.
enum class BackendProtocol : std::uint8_t {
  kHttp1,
  kH2c,  ///< HTTP/2 from the first byte, without TLS (prior knowledge, RFC 9113 section 3.3)
  kH2,   ///< HTTP/2 over TLS, by ALPN
};
constexpr bool speaks_http2(BackendProtocol protocol) {
  return protocol != BackendProtocol::kHttp1;
}

struct StatusRange {
  std::uint16_t first = 200;
  std::uint16_t last = 299;
  friend bool operator==(const StatusRange&, const StatusRange&) = default;
};

struct HttpCheck {
  std::string path = "/";
  std::vector<StatusRange> status = {StatusRange{}};
  std::string host;  ///< default: the backend's address
  std::string body;  ///< if not empty, must occur in the first 64 KiB of the answer
  friend bool operator==(const HttpCheck&, const HttpCheck&) = default;
};
/// grpc.health.v1.Health/Check.
struct GrpcCheck {
  std::string service;  ///< empty: the server as a whole
  friend bool operator==(const GrpcCheck&, const GrpcCheck&) = default;
};
struct TcpCheck {
  friend bool operator==(const TcpCheck&, const TcpCheck&) = default;
};

struct Outlier {
  std::uint32_t errors = 5;
  Duration window = 10s;
  Duration eject = 30s;  ///< the first time; doubles with each further ejection, up to ten times
  std::uint32_t max_ejected_percent = 50;
  friend bool operator==(const Outlier&, const Outlier&) = default;
};

/// The PROXY header that a connection to a backend begins with, which names the client.
enum class ProxyHeader : std::uint8_t { kNone, kV1, kV2 };

struct Health {
  using Check = std::variant<std::monostate, HttpCheck, TcpCheck, GrpcCheck>;
  Check check;                                         ///< monostate: no active check
  BackendProtocol protocol = BackendProtocol::kHttp1;  ///< the pool's: checks speak it too
  ProxyHeader proxy_header = ProxyHeader::kNone;       ///< what a check begins with: the pool's
  LoadFeedback load_feedback;                          ///< the pool's key
  Duration interval = 2s;
  Duration timeout = 1s;
  std::uint32_t fall = 3;
  std::uint32_t rise = 2;
  std::optional<Outlier> outlier;
  std::uint32_t panic_below_percent = 0;
  Duration slow_start = 0s;
  friend bool operator==(const Health&, const Health&) = default;
};

struct PoolConnections {
  std::uint32_t max = 1024;  ///< open to one backend, over all workers
  std::uint32_t idle = 256;  ///< kept for reuse to one backend, by each worker
  Duration idle_timeout = 60s;
  Duration connect_timeout = 2s;
  friend bool operator==(const PoolConnections&, const PoolConnections&) = default;
};

struct RetryOn {
  bool connect = true;
  bool reset = true;
  bool status_502 = false;
  bool status_503 = false;
  bool status_504 = false;
  friend bool operator==(const RetryOn&, const RetryOn&) = default;
};

struct Retry {
  std::uint32_t attempts = 2;  ///< after the first; 0: none
  RetryOn on;
  std::uint32_t budget_percent = 20;  ///< of the pool's requests; at least 3 retries a second are always allowed
  friend bool operator==(const Retry&, const Retry&) = default;
};

/// TLS to the backends of a pool.
struct PoolTls {
  Place place;
  bool verify = true;                         ///< who signed the certificate, its times and its name
  std::string ca;                             ///< absolute; empty: whom the system believes
  std::string sni;                            ///< lower case; empty: the name or address that the backend is known by
  std::optional<TlsCertificate> certificate;  ///< that headgate shows of itself
  friend bool operator==(const PoolTls&, const PoolTls&) = default;
};

struct Pool {
  std::string name;
  Place place;
  std::vector<Backend> backends;
  BackendProtocol protocol = BackendProtocol::kHttp1;
  std::optional<PoolTls> tls;
  Balance balance = Balance::kRoundRobin;
  HashBalance hash;  ///< with Balance::kHash
  Sticky sticky;
  ProxyHeader proxy_header = ProxyHeader::kNone;  ///< `proxy_protocol`
  Health health;
  PoolConnections connections;
  PoolLimits limits;
  std::optional<Adaptive> adaptive;
  Queue queue;
  Retry retry;
  std::optional<Hedge> hedge;
  friend bool operator==(const Pool&, const Pool&) = default;
};

/// `header: { X-Debug: "1" }`, `query: { v: "2" }`, `cookie: { beta: "*" }`. "*" means: present, any value.
struct NameValueMatch {
  std::string name;
  std::string value;
  friend bool operator==(const NameValueMatch&, const NameValueMatch&) = default;
};

/// What a client's certificate must say; "*" means: any that was verified.
struct TlsClientMatch {
  std::vector<std::string> subjects;      ///< RFC 4514, as {tls_client_subject} has it
  std::vector<std::string> fingerprints;  ///< SHA-256, 64 hexadecimal digits, lower case
  friend bool operator==(const TlsClientMatch&, const TlsClientMatch&) = default;
};

struct Match {
  std::vector<std::string> hosts;         ///< lower case; exact or "*.example.com"; empty: any
  std::optional<std::string> path;        ///< ending in '/': prefix; otherwise exact
  std::optional<std::string> path_regex;  ///< RE2, found anywhere unless anchored
  std::vector<std::string> methods;       ///< empty: any
  std::vector<NameValueMatch> headers;
  std::vector<NameValueMatch> query;
  std::vector<NameValueMatch> cookies;
  std::vector<base::IpNetwork> clients;
  std::vector<std::string> listeners;
  std::vector<std::string> regions;  ///< of the client; empty: any
  std::optional<TlsClientMatch> tls_client;
  friend bool operator==(const Match&, const Match&) = default;
};

/// Applied in the order remove, set, add. Values may hold {client}, {host}, {uri}, {path}, {query}, {scheme}, {method},
/// {route}, {listener}, {request_id}, {tls_version} and its like, {backend} (responses only).
struct FieldRules {
  std::vector<std::pair<std::string, std::string>> set;
  std::vector<std::pair<std::string, std::string>> add;
  std::vector<std::string> remove;
  friend bool operator==(const FieldRules&, const FieldRules&) = default;
};

struct RateLimit {
  std::string by_header;  ///< empty: by the client's address
  double per_second = 0;
  std::uint32_t burst = 0;        ///< requests that may come at once; default: one second's worth, at least 1
  std::uint32_t clients = 65536;  ///< remembered at most; the least recently seen is forgotten first
  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

struct RouteTimeouts {
  std::optional<Duration> connect;  ///< default: the pool's
  Duration response = 30s;          ///< from the last byte sent to the first byte of the head, and between body reads
  Duration total = 0s;              ///< 0: no limit
  friend bool operator==(const RouteTimeouts&, const RouteTimeouts&) = default;
};

/// The second tier of a store of answers.
struct CacheDisk {
  std::string path;        ///< absolute: a folder, made if it is not there
  std::uint64_t size = 0;  ///< of the objects' files; 16 MiB to 256 TiB
  friend bool operator==(const CacheDisk&, const CacheDisk&) = default;
};

/// A store of answers that routes share.
struct CacheStore {
  std::string name;
  Place place;
  std::uint64_t memory = 64ull << 20;      ///< for all that lies in it; 1 MiB to 256 GiB
  std::uint64_t max_object = 16ull << 20;  ///< one body; beyond half of `memory` on the disk alone, if there is one
  std::optional<CacheDisk> disk;
  std::vector<base::IpNetwork> purge;  ///< whose PURGE requests are obeyed
  friend bool operator==(const CacheStore&, const CacheStore&) = default;
};

/// How long answers with one of these statuses are fresh where their origin does not say.
struct NegativeTtl {
  StatusRange status;
  Duration ttl = 0s;
  friend bool operator==(const NegativeTtl&, const NegativeTtl&) = default;
};

/// What the key of a stored answer is made of, beside scheme, host, port and path.
struct RouteCacheKey {
  std::optional<std::vector<std::string>> query;  ///< the parameters that count; absent: the whole query
  std::vector<std::string> headers;
  std::vector<std::string> cookies;
  bool method = false;
  std::vector<std::string> codings = {"br", "gzip", "zstd"};
  friend bool operator==(const RouteCacheKey&, const RouteCacheKey&) = default;
};

/// How long after its freshness a stored answer may be given.
struct RouteCacheStale {
  std::optional<Duration> while_revalidate;  ///< absent: what the origin states
  std::optional<Duration> if_error;          ///< the same
  Duration if_unreachable = 24h;
  friend bool operator==(const RouteCacheStale&, const RouteCacheStale&) = default;
};

/// `cache` of a route. What it means: proxy/cache/rules.
struct RouteCache {
  Place place;
  std::string store;
  std::optional<Duration> ttl;
  std::optional<Duration> max_ttl;
  bool overrides_origin = false;
  std::vector<NegativeTtl> negative;
  bool uses_heuristics = true;
  std::vector<std::string> control_fields = {"CDN-Cache-Control"};
  bool obeys_client = true;
  bool ignores_cookies = false;
  bool stores_set_cookie = false;
  std::vector<std::string> unkeyed = {"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL",
                                      "X-Rewrite-URL"};
  RouteCacheKey key;
  RouteCacheStale stale;
  std::vector<std::string> tags_from = {"Surrogate-Key", "Cache-Tag"};
  friend bool operator==(const RouteCache&, const RouteCache&) = default;
};

struct Route {
  std::string name;  ///< default: "routes[3]"
  Place place;
  Match match;
  Origin origin;
  std::optional<Mirror> mirror;
  std::optional<RateLimit> rate_limit;
  FieldRules request_fields;
  FieldRules response_fields;
  RouteTimeouts timeouts;
  std::optional<Compression> compression;
  std::optional<RouteCache> cache;
  bool sends_home = false;  ///< redirects a client whose serving region has a host of its own and is not this one
  friend bool operator==(const Route&, const Route&) = default;
};

struct AccessLog {
  std::string file = "stdout";  ///< a path, "stdout" or "syslog"
  std::string format = "json";  ///< "json", "combined", or a text with {fields}
  double sample = 1.0;
  friend bool operator==(const AccessLog&, const AccessLog&) = default;
};

struct LogSettings {
  base::LogLevel level = base::LogLevel::kInfo;
  std::string file = "stderr";
  friend bool operator==(const LogSettings&, const LogSettings&) = default;
};

struct Admin {
  std::optional<base::Endpoint> bind;
  std::optional<std::string> token;   ///< read from token_file
  bool reads_without_token = true;    ///< from loopback, where `bind` is a loopback address
  std::optional<std::string> socket;  ///< path of a unix socket
  friend bool operator==(const Admin&, const Admin&) = default;
};

struct Config {
  std::string file;           ///< as named by the user
  std::string text;           ///< as it was read, ${NAME} and all
  bool is_from_file = false;  ///< or from a text that headgate made
  std::string region;         ///< where this instance stands; empty: not said
  Geo geo;
  Dns dns;
  std::uint32_t workers = 1;  ///< `auto` is resolved when the file is read
  Duration drain_timeout = 30s;
  std::vector<Listener> listeners;  ///< in the order of the file, as are all below
  std::vector<Pool> pools;
  std::vector<CacheStore> caches;
  std::vector<Route> routes;
  std::optional<AccessLog> access_log;
  LogSettings log;
  Admin admin;
  std::string state_directory;            ///< absolute: for what outlives the process; empty: none
  std::string sticky_keys_file;           ///< absolute; empty: headgate makes the keys
  StickyKeys sticky_keys;                 ///< that were in it
  std::vector<base::Endpoint> resolvers;  ///< name servers; empty: those of /etc/resolv.conf
  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace headgate::config
