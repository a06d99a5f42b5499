#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headgate::proxy::cache::rules {

/// How long answers with one of these statuses are fresh where their origin does not say.
struct NegativeTtl {
  std::uint16_t first = 404;  ///< of a range of statuses, both ends in it
  std::uint16_t last = 404;
  std::chrono::seconds ttl{0};
};

/// What a route's `cache:` says beside the store and the key.
struct Policy {
  /// `ttl`: for answers whose origin states no freshness, if their status is one of is_success_by_default(). Absent:
  /// heuristics alone.
  std::optional<std::chrono::seconds> ttl;
  /// `override`: `ttl` (and `negative`) in place of what the origin states about freshness and revalidation: max-age,
  /// s-maxage, Expires, no-cache, must-revalidate and the windows. What may not be shared or stored at all (no-store,
  /// private, Authorization, Set-Cookie, Vary: *) stays so.
  bool overrides_origin = false;
  /// `stale.while_revalidate` and `stale.if_error` (RFC 5861), where the origin does not state its own.
  std::optional<std::chrono::seconds> stale_while_revalidate;
  std::optional<std::chrono::seconds> stale_if_error;
  /// `stale.if_unreachable`: how long after its freshness an answer may be given when no backend can be reached, even
  /// if nobody named a window for errors (RFC 9111 section 4.2.4 lets a disconnected cache do so).
  std::chrono::seconds stale_if_unreachable = std::chrono::hours(24);
  /// `negative`: errors to keep for a while; the first that matches holds.
  std::vector<NegativeTtl> negative;
  /// `max_ttl`: no answer is fresh for longer, whoever says so.
  std::optional<std::chrono::seconds> max_ttl;
  /// `heuristics`: a tenth of the time since Last-Modified, at most a day (RFC 9111 section 4.2.2).
  bool uses_heuristics = true;
  /// `control_fields`: targeted fields (RFC 9213) that count for this cache, the first one that is there and well
  /// formed before Cache-Control. Surrogate-Control, which is older than structured fields, is read in any case.
  std::vector<std::string> control_fields = {"CDN-Cache-Control"};
  /// `obey_client`: Cache-Control of requests counts (RFC 9111 section 5.2.1).
  bool obeys_client = true;
  /// `ignore_cookies`: an answer to a request with a Cookie is like any other. Without, it is stored only if its origin
  /// states its freshness, for what nobody spoke of may well be about the one who sent the Cookie.
  bool ignores_cookies = false;
  /// `store_set_cookie`: answers with Set-Cookie are stored and the cookie is given to everybody.
  bool stores_set_cookie = false;
  /// `unkeyed`: request fields that make some origins answer another question than the URI asks. What was answered to a
  /// request with one of them is not stored, unless it varies by it.
  std::vector<std::string> unkeyed = {"X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "X-Original-URL",
                                      "X-Rewrite-URL"};
  /// Fields that are in the key (`key.headers`): they are no danger to others.
  std::vector<std::string> keyed;
};

}  // namespace headgate::proxy::cache::rules
