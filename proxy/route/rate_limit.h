#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ip_address.h"
#include "config/config.h"
#include "wire/http/messages.h"

namespace headgate::proxy::route {

struct RateVerdict {
  bool allowed = true;
  base::Duration retry_after{0};  ///< if refused: when the next request would be admitted; more than 0
};

/// Retry-After counts whole seconds (RFC 9110 section 10.2.3): rounded up, so that a client that obeys is admitted.
std::int64_t retry_after_seconds(base::Duration retry_after);

/// The request rate of one route, client by client; one table for all workers, without locks.
///
///     RateVerdict verdict = limiter.admit(limiter.key_of(client, head.fields), now);
///     if (!verdict.allowed) ...429, Retry-After: retry_after_seconds(verdict.retry_after)
///
/// Each client has a token bucket, kept as the time at which it will be full again (the generic cell rate algorithm),
/// so that 16 bytes hold a client and one compare-and-swap admits a request.
///
/// Bounds: config `clients`, rounded up to a power of two and to at least one set of kWays. A client's place is in one
/// set; when that is full, the client whose bucket is fullest gives way. It is the one that has been away longest, or
/// that loses least by being forgotten: whoever is over its rate is the last to be forgotten, however many come.
///
/// Precision: alone, exact. When threads race, each admitted request is still charged to some bucket; what can go wrong
/// is that a client new to the table gets two places at once, or that one replaced in that moment is charged to the
/// other, by at most one request a thread. So a client that stays in the table is admitted at most `burst` + threads -
/// 1 requests at once. Two clients whose 64-bit keys are equal share a bucket; the key is seeded, so none can be made
/// to be.
class RateLimiter {
 public:
  static constexpr std::size_t kWays = 8;

  /// `settings.per_second` > 0 and `settings.burst` >= 1. `seed` is drawn once a process.
  RateLimiter(const config::RateLimit& settings, std::uint64_t seed);

  /// By the header's value, if the settings name a header and the request has it; otherwise by the client's address,
  /// IPv6 by its /64, which is what one subscriber gets.
  std::uint64_t key_of(const base::IpAddress& client, const wire::http::Fields& fields) const;

  /// The same for a person: the header's value, an IPv4 address or an IPv6 /64.
  std::string key_text(const base::IpAddress& client, const wire::http::Fields& fields) const;

  RateVerdict admit(std::uint64_t key, base::Time now);

  /// What admit() would say, and what is left then; nothing is charged and nobody gives way.
  struct Allowance {
    RateVerdict verdict;
    std::int64_t left = 0;         ///< requests that may still come at once, this one included
    base::Duration full_again{0};  ///< until all of the burst is back
    bool is_known = false;         ///< the client has a place in the table
  };
  Allowance allowance(std::uint64_t key, base::Time now) const;

  /// Whether a reload may keep this table.
  bool has_settings(const config::RateLimit& settings) const;
  std::size_t clients_max() const { return sets_count_ * kWays; }
  const config::RateLimit& settings() const { return settings_; }

 private:
  /// One set: two cache lines.
  struct alignas(64) Set {
    std::atomic<std::uint64_t> keys[kWays];       // 0: free
    std::atomic<std::int64_t> full_again[kWays];  // ns of the steady clock; in the past: the bucket is full
  };

  /// The field whose value is the key; null: the client's address is.
  const wire::http::Field* keying_field(const wire::http::Fields& fields) const;
  std::size_t place_of(Set& set, std::uint64_t key, std::int64_t now);
  /// Of a bucket that is full again at `full_again`: what speaks against a request at `now`, if anything.
  RateVerdict verdict_at(std::int64_t full_again, std::int64_t now) const {
    const std::int64_t over = full_again - now - spread();
    return over > 0 ? RateVerdict{false, base::Duration(over)} : RateVerdict{};
  }
  std::int64_t spread() const { return interval_ns_ * (burst_ - 1); }

  config::RateLimit settings_;
  std::uint64_t seed_;
  std::int64_t interval_ns_;  // between two requests at the rate
  std::int64_t burst_;
  std::size_t sets_count_;
  std::unique_ptr<Set[]> sets_;
  wire::http::FieldId header_id_;
};

}  // namespace headgate::proxy::route
