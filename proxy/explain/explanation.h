#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/explain/connection/connection.h"
#include "proxy/explain/place/place.h"
#include "proxy/explain/protection/protection_part.h"
#include "proxy/explain/session/session.h"
#include "proxy/explain/wish/parts.h"

// What would happen to a request, as values: what explain() finds, what the JSON holds and what the text shows. Each
// type lists its members once, in `each_member`, for whoever writes or reads them by name (explain/json.h).
namespace headgate::proxy::explain {

/// What was asked about.
struct Asked {
  std::string url;
  std::string method;
  std::string from;  ///< the address that the request comes from
  std::string note;  ///< what was taken for granted: "http:// is assumed"

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("url", url);
    visit("method", method);
    visit("from", from);
    visit("note", note);
  }
};

struct ListenerPart {
  std::string name;
  std::string bind;  ///< that takes the connection
  std::string why;
  std::vector<std::string> others;  ///< that could have been meant as well

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("name", name);
    visit("bind", bind);
    visit("why", why);
    visit("others", others);
  }
};

/// What the HTTP/1 parser, and the listener's limits, make of the head.
struct RequestPart {
  bool accepted = false;
  std::uint16_t status = 0;  ///< of the refusal
  std::string reason;        ///< of the refusal, as the client gets it
  std::uint64_t head_bytes = 0;
  std::string host;
  std::string path;        ///< in its one spelling, by which routes are chosen
  std::string query;       ///< without '?'
  bool rewritten = false;  ///< the path was sent in another spelling

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("accepted", accepted);
    visit("status", status);
    visit("reason", reason);
    visit("head_bytes", head_bytes);
    visit("host", host);
    visit("path", path);
    visit("query", query);
    visit("rewritten", rewritten);
  }
};

struct ClientPart {
  std::string peer;
  std::string address;  ///< the client's, by which limits and routes go
  bool peer_is_trusted = false;
  bool secure = false;  ///< {scheme} is https
  std::string why;
  std::optional<place::PlacePart> place;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("peer", peer);
    visit("address", address);
    visit("peer_is_trusted", peer_is_trusted);
    visit("secure", secure);
    visit("why", why);
    visit("place", place);
  }
};

/// A route before the one that matches, and the first condition that does not hold.
struct EarlierRoute {
  std::string name;
  std::uint32_t index = 0;
  std::int32_t line = 0;
  std::string condition;  ///< "host": the key of `match:`
  std::string why;
  bool near = false;  ///< one of the few that came nearest, which the text shows

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("name", name);
    visit("index", index);
    visit("line", line);
    visit("condition", condition);
    visit("why", why);
    visit("near", near);
  }
};

struct RoutePart {
  bool found = false;
  std::string name;
  std::uint32_t index = 0;
  std::int32_t line = 0;
  std::string match;
  std::uint32_t routes = 0;           ///< in the configuration
  std::uint32_t earlier_count = 0;    ///< that were passed over
  std::vector<EarlierRoute> earlier;  ///< at most kEarlierMax of them: the nearest
  std::string suggestion;             ///< where none matches: what may have been meant

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("found", found);
    visit("name", name);
    visit("index", index);
    visit("line", line);
    visit("match", match);
    visit("routes", routes);
    visit("earlier_count", earlier_count);
    visit("earlier", earlier);
    visit("suggestion", suggestion);
  }
};

struct RateLimitPart {
  std::string by;   ///< "client", "header X-Key"
  std::string key;  ///< whose bucket: an address, a /64 or a value
  double per_second = 0;
  std::uint64_t burst = 0;
  std::int64_t left = 0;  ///< requests that may come at once now, this one included
  bool allowed = true;
  std::int64_t retry_after_seconds = 0;
  bool is_new = true;  ///< nothing is remembered of this key
  std::uint64_t full_again_ms = 0;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("by", by);
    visit("key", key);
    visit("per_second", per_second);
    visit("burst", burst);
    visit("left", left);
    visit("allowed", allowed);
    visit("retry_after_seconds", retry_after_seconds);
    visit("is_new", is_new);
    visit("full_again_ms", full_again_ms);
  }
};

/// One field name between what came and what goes on: what became of its values, and by whom.
struct FieldChange {
  std::string change;  ///< kept | added | changed | removed
  std::string name;
  std::vector<std::string> before;
  std::vector<std::string> after;
  std::string by;  ///< "headgate", "headers.request.set"; empty where it was kept

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("change", change);
    visit("name", name);
    visit("before", before);
    visit("after", after);
    visit("by", by);
  }
};

struct TimeoutsPart {
  std::optional<std::int64_t> connect_ms;  ///< of a pool alone
  std::string connect_from;                ///< "the route", "the pool"
  std::int64_t response_ms = 0;
  std::int64_t total_ms = 0;  ///< 0: none
  std::int64_t body_ms = 0;   ///< between two reads of the request's body

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("connect_ms", connect_ms);
    visit("connect_from", connect_from);
    visit("response_ms", response_ms);
    visit("total_ms", total_ms);
    visit("body_ms", body_ms);
  }
};

struct OriginPart {
  std::string kind;       ///< pool | pools | split | shard | static | redirect | respond
  std::string text;       ///< "static /srv/www"
  std::string file;       ///< of a folder: what was looked for
  std::string pool;       ///< that answers; empty: none
  std::string otherwise;  ///< the pool that answers while none of `pool` may be chosen
  std::string why;        ///< why that pool, where there are several
  std::string mirror;     ///< where copies of requests go

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("kind", kind);
    visit("text", text);
    visit("file", file);
    visit("pool", pool);
    visit("otherwise", otherwise);
    visit("why", why);
    visit("mirror", mirror);
  }
};

struct BackendPart {
  std::string id;
  std::string address;
  std::string state;  ///< up | down | ejected | draining | disabled | not checked
  std::string why;
  std::string since;                ///< RFC 3339; empty: unknown
  std::int64_t since_seconds = -1;  ///< how long ago; negative: unknown
  std::uint32_t weight = 0;
  std::uint32_t weight_percent = 100;
  bool backup = false;
  std::uint32_t priority = 0;  ///< lower comes first
  std::string region;          ///< empty: not said
  std::string discovered;      ///< "a.internal, by _http._tcp.internal (priority 10, weight 5)"; empty: by no name
  std::uint32_t requests_in_flight = 0;
  std::uint32_t max_requests = 0;  ///< 0: no limit
  bool candidate = false;
  std::string why_not;        ///< where it may not be chosen
  double share_percent = 0;   ///< of the pool's requests, by weight
  double chance_percent = 0;  ///< of this request, over all workers alike
  std::string score;          ///< by which it is chosen or not: "next in turn", "load 3/2"

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("id", id);
    visit("address", address);
    visit("state", state);
    visit("why", why);
    visit("since", since);
    visit("since_seconds", since_seconds);
    visit("weight", weight);
    visit("weight_percent", weight_percent);
    visit("backup", backup);
    visit("priority", priority);
    visit("region", region);
    visit("discovered", discovered);
    visit("requests_in_flight", requests_in_flight);
    visit("max_requests", max_requests);
    visit("candidate", candidate);
    visit("why_not", why_not);
    visit("share_percent", share_percent);
    visit("chance_percent", chance_percent);
    visit("score", score);
  }
};

/// What one worker would do; which worker a connection meets is the kernel's choice.
struct WorkerPart {
  std::uint32_t worker = 0;
  bool answered = true;
  std::vector<std::string> takes;  ///< ids of backends with a chance, the likeliest first
  std::uint32_t waiting = 0;       ///< requests in its queue

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("worker", worker);
    visit("answered", answered);
    visit("takes", takes);
    visit("waiting", waiting);
  }
};

struct RetryPart {
  std::uint32_t attempts = 0;
  std::vector<std::string> on;
  std::uint32_t budget_percent = 0;
  bool idempotent = false;
  std::string text;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("attempts", attempts);
    visit("on", on);
    visit("budget_percent", budget_percent);
    visit("idempotent", idempotent);
    visit("text", text);
  }
};

/// Backends of one priority that stand equally near, where a pool has several such levels.
struct LevelPart {
  std::uint32_t priority = 0;
  bool elsewhere = false;    ///< in another region than the client, or, of clients without one, the instance
  std::string regions;       ///< that its backends state
  std::string out;           ///< drained | down: what these are, for which they come last; empty: they take clients
  double up_percent = 0;     ///< of its weight, drained ones left out
  double share_percent = 0;  ///< of the pool's requests

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("priority", priority);
    visit("elsewhere", elsewhere);
    visit("regions", regions);
    visit("out", out);
    visit("up_percent", up_percent);
    visit("share_percent", share_percent);
  }
};

struct PoolPart {
  std::string name;
  std::string balance;
  std::string spoken;  ///< to its backends: "http/1.1", "h2c", "http/1.1 over TLS, verified as app.internal"
  std::uint32_t up = 0;
  std::uint32_t candidates = 0;
  bool panic = false;
  std::vector<LevelPart> levels;                ///< in the order in which they are asked; empty: there is but one
  std::optional<session::SessionPart> session;  ///< of a sticky pool
  std::vector<BackendPart> backends;
  std::vector<std::string> unresolved;  ///< names whose addresses are not known here
  std::vector<std::string> names;       ///< that backends are found by, and how they stand
  std::vector<WorkerPart> workers;
  std::vector<std::string> takes;  ///< ids with a chance, the likeliest first
  std::string why;                 ///< how that was decided
  std::uint32_t queue_size = 0;
  std::int64_t queue_timeout_ms = 0;
  std::uint32_t waiting = 0;
  protection::ProtectionPart protection;
  RetryPart retry;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("name", name);
    visit("balance", balance);
    visit("spoken", spoken);
    visit("up", up);
    visit("candidates", candidates);
    visit("panic", panic);
    visit("levels", levels);
    visit("session", session);
    visit("backends", backends);
    visit("unresolved", unresolved);
    visit("names", names);
    visit("workers", workers);
    visit("takes", takes);
    visit("why", why);
    visit("queue_size", queue_size);
    visit("queue_timeout_ms", queue_timeout_ms);
    visit("waiting", waiting);
    visit("protection", protection);
    visit("retry", retry);
  }
};

/// What a route with `compress` does to the answer.
struct CompressionPart {
  std::string encoding;    ///< "zstd"; empty: it goes out as it comes
  bool is_certain = true;  ///< false: what the backend answers decides
  std::string why;
  std::uint32_t level = 0;           ///< of `encoding`
  std::vector<std::string> offered;  ///< the route's algorithms, in its order
  std::uint64_t min_bytes = 0;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("encoding", encoding);
    visit("is_certain", is_certain);
    visit("why", why);
    visit("level", level);
    visit("offered", offered);
    visit("min_bytes", min_bytes);
  }
};

/// What the route's cache has for the request.
struct CachePart {
  std::string store;
  std::string key;               ///< under which the answer lies; a line for each thing that is in it beside the URI
  std::string verdict;           ///< hit | stale | revalidate | miss | pass | unknown: of a file that does not run
  std::string reason;            ///< a word, as in Cache-Status
  std::string why;               ///< a sentence
  std::string ttl_from;          ///< who says how long it is fresh; of what is not stored: who would
  std::int64_t age_seconds = 0;  ///< of what is stored
  std::int64_t ttl_seconds = 0;  ///< the same; negative: stale

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("store", store);
    visit("key", key);
    visit("verdict", verdict);
    visit("reason", reason);
    visit("why", why);
    visit("ttl_from", ttl_from);
    visit("age_seconds", age_seconds);
    visit("ttl_seconds", ttl_seconds);
  }
};

/// What the client gets, as far as headgate decides it.
struct AnswerPart {
  std::uint16_t status = 0;  ///< 0: the backend decides
  std::string by;            ///< headgate | pool app | static /srv/www | ...
  std::string why;
  std::vector<FieldChange> fields;
  std::optional<std::uint64_t> body_bytes;

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("status", status);
    visit("by", by);
    visit("why", why);
    visit("fields", fields);
    visit("body_bytes", body_bytes);
  }
};

struct Explanation {
  std::string configuration;
  bool live = false;  ///< of the running daemon, at this moment
  std::string at;     ///< RFC 3339
  Asked asked;
  ListenerPart listener;
  std::optional<connection::ConnectionPart>
      connection;  ///< of a tcp:// question: there is no request then, nor what follows from it
  RequestPart request;
  std::optional<ClientPart> client;
  std::optional<RoutePart> route;
  std::optional<RateLimitPart> rate_limit;
  std::optional<CachePart> cache;
  std::optional<OriginPart> origin;
  std::vector<FieldChange> fields;  ///< from the client to the backend
  std::optional<TimeoutsPart> timeouts;
  std::optional<wish::HashPart> hash;
  std::optional<PoolPart> pool;
  std::optional<CompressionPart> compression;
  AnswerPart answer;
  std::vector<wish::PoolWish> wishes;  ///< of the pools that may serve; not shown as such
  session::KnownSession session;       ///< for whoever asks the pool: of what is shown it is part of `pool`

  template <class Visit>
  void each_member(Visit&& visit) {
    visit("configuration", configuration);
    visit("live", live);
    visit("at", at);
    visit("asked", asked);
    visit("listener", listener);
    visit("connection", connection);
    visit("request", request);
    visit("client", client);
    visit("route", route);
    visit("rate_limit", rate_limit);
    visit("cache", cache);
    visit("origin", origin);
    visit("fields", fields);
    visit("timeouts", timeouts);
    visit("hash", hash);
    visit("pool", pool);
    visit("compression", compression);
    visit("answer", answer);
  }
};

/// Of the routes before the one that matched, so many are listed: the nearest; and so many of those shown in the text.
inline constexpr std::size_t kEarlierMax = 1000;
inline constexpr std::size_t kNearMax = 5;

}  // namespace headgate::proxy::explain
