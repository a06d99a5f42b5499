#include "proxy/route/rate_limit.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include "proxy/route/flat_table.h"

namespace headgate::proxy::route {

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

/// A bucket that takes longer to fill than 30 years counts as this long: far below where ns overflow.
constexpr double kSpreadMaxNs = 1e18;

constexpr std::uint64_t kClientsMax = std::uint64_t{1} << 31;

std::int64_t interval_of(double per_second) {
  const double ns = static_cast<double>(kSecondNs) / per_second;
  return static_cast<std::int64_t>(std::clamp(std::round(ns), 1.0, kSpreadMaxNs));
}

std::uint64_t hash_bytes(const void* bytes, std::size_t size, std::uint64_t seed) {
  const std::uint64_t hash = XXH3_64bits_withSeed(bytes, size, seed);
  return hash == 0 ? 1 : hash;  // 0 marks a free place
}

}  // namespace

std::int64_t retry_after_seconds(base::Duration retry_after) {
  const std::int64_t ns = std::max<std::int64_t>(retry_after.count(), 1);
  return (ns - 1) / kSecondNs + 1;
}

RateLimiter::RateLimiter(const config::RateLimit& settings, std::uint64_t seed)
    : settings_(settings),
      seed_(seed),
      interval_ns_(interval_of(settings.per_second)),
      burst_(std::max<std::int64_t>(settings.burst, 1)),
      sets_count_(
          std::bit_ceil(std::min<std::uint64_t>(std::max<std::uint64_t>(settings.clients, kWays), kClientsMax)) /
          kWays),
      sets_(std::make_unique<Set[]>(sets_count_)),
      header_id_(wire::http::field_id_of(settings.by_header)) {
  const double spread_ns = static_cast<double>(interval_ns_) * static_cast<double>(burst_ - 1);
  if (spread_ns > kSpreadMaxNs)
    burst_ = 1 + static_cast<std::int64_t>(kSpreadMaxNs / static_cast<double>(interval_ns_));
}

bool RateLimiter::has_settings(const config::RateLimit& settings) const {
  return settings.by_header == settings_.by_header && settings.per_second == settings_.per_second &&
         settings.burst == settings_.burst && settings.clients == settings_.clients;
}

const wire::http::Field* RateLimiter::keying_field(const wire::http::Fields& fields) const {
  if (settings_.by_header.empty()) return nullptr;
  return header_id_ == wire::http::FieldId::kOther ? fields.find(settings_.by_header) : fields.find(header_id_);
}

std::string RateLimiter::key_text(const base::IpAddress& client, const wire::http::Fields& fields) const {
  if (const wire::http::Field* field = keying_field(fields)) return std::string(field->value);
  return client.subscriber_text();
}

std::uint64_t RateLimiter::key_of(const base::IpAddress& client, const wire::http::Fields& fields) const {
  const wire::http::Field* field = keying_field(fields);
  if (field != nullptr) return hash_bytes(field->value.data(), field->value.size(), seed_);
  // Other seeds, so that no header value stands for an address, nor an IPv4 address for a /64.
  const std::uint8_t* bytes = client.bytes().data();
  return client.is_v4() ? hash_bytes(bytes + 12, 4, seed_ ^ 4) : hash_bytes(bytes, 8, seed_ ^ 6);
}

std::size_t RateLimiter::place_of(Set& set, std::uint64_t key, std::int64_t now) {
  for (;;) {
    std::size_t fullest = 0;
    std::uint64_t old_key = 0;
    std::int64_t old_time = INT64_MAX;
    for (std::size_t way = 0; way < kWays; ++way) {
      const std::uint64_t its_key = set.keys[way].load(std::memory_order_acquire);
      if (its_key == key) return way;
      const std::int64_t its_time = its_key == 0 ? INT64_MIN : set.full_again[way].load(std::memory_order_relaxed);
      if (its_time >= old_time) continue;
      fullest = way;
      old_key = its_key;
      old_time = its_time;
    }
    if (!set.keys[fullest].compare_exchange_strong(old_key, key, std::memory_order_acq_rel)) continue;
    // A bucket taken over from a client in debt is filled up; one that is full already serves as it is.
    if (old_time > now) set.full_again[fullest].compare_exchange_strong(old_time, now, std::memory_order_relaxed);
    return fullest;
  }
}

RateVerdict RateLimiter::admit(std::uint64_t key, base::Time now_time) {
  Set& set = sets_[key & (sets_count_ - 1)];
  const std::int64_t now = now_time.time_since_epoch().count();
  const std::size_t way = place_of(set, key, now);
  std::atomic<std::int64_t>& full_again = set.full_again[way];
  std::int64_t seen = full_again.load(std::memory_order_relaxed);
  for (;;) {
    const std::int64_t from = std::max(seen, now);
    const RateVerdict verdict = verdict_at(from, now);
    if (!verdict.allowed) return verdict;
    if (full_again.compare_exchange_weak(seen, from + interval_ns_, std::memory_order_relaxed)) return verdict;
  }
}

RateLimiter::Allowance RateLimiter::allowance(std::uint64_t key, base::Time now_time) const {
  const Set& set = sets_[key & (sets_count_ - 1)];
  const std::int64_t now = now_time.time_since_epoch().count();
  Allowance out;
  std::int64_t from = now;
  for (std::size_t way = 0; way < kWays; ++way) {
    if (set.keys[way].load(std::memory_order_acquire) != key) continue;
    out.is_known = true;
    from = std::max(set.full_again[way].load(std::memory_order_relaxed), now);
  }
  out.verdict = verdict_at(from, now);
  out.full_again = base::Duration(from - now);
  out.left = out.verdict.allowed ? (spread() - (from - now)) / interval_ns_ + 1 : 0;
  return out;
}

}  // namespace headgate::proxy::route
