#include "proxy/cache/rules/cache_status.h"

#include "base/short_copy.h"
#include "wire/structured/writer.h"

namespace headgate::proxy::cache::rules {

std::string_view to_string(Forwarded forwarded) {
  switch (forwarded) {
    case Forwarded::kNo:
      return {};
    case Forwarded::kBypass:
      return "bypass";
    case Forwarded::kMethod:
      return "method";
    case Forwarded::kUriMiss:
      return "uri-miss";
    case Forwarded::kVaryMiss:
      return "vary-miss";
    case Forwarded::kRequest:
      return "request";
    case Forwarded::kStale:
      return "stale";
    case Forwarded::kPartial:
      return "partial";
  }
  return {};
}

Forwarded forwarded_for(const Reuse& reuse) {
  switch (reuse.verdict) {
    case Verdict::kFresh:
    case Verdict::kStaleWhileRevalidate:
    case Verdict::kStale:
    case Verdict::kOnlyIfCached:
      return Forwarded::kNo;
    case Verdict::kMiss:
      return Forwarded::kUriMiss;
    case Verdict::kRevalidate:
      break;
  }
  switch (reuse.reason) {
    case Reason::kRequestNoCache:
    case Reason::kRequestMaxAge:
    case Reason::kRequestMinFresh:
      return Forwarded::kRequest;
    default:
      return Forwarded::kStale;
  }
}

Forwarded forwarded_for(Reason refusal) {
  return refusal == Reason::kMethod ? Forwarded::kMethod : Forwarded::kBypass;
}

namespace {

constexpr std::string_view kUs = CacheStatus{}.cache;
constexpr std::string_view kFresh = "fresh";

/// A fresh hit, which most answers are, differs from the next one in one number.
bool is_plain_hit(const CacheStatus& status) {
  constexpr std::chrono::seconds kMax(999'999'999);
  const bool is_hit = status.hit && status.forwarded == Forwarded::kNo && !status.forward_status && !status.stored &&
                      !status.collapsed && status.key.empty();
  const bool has_ttl = status.ttl && *status.ttl >= std::chrono::seconds(0) && *status.ttl <= kMax;
  return is_hit && has_ttl && status.detail == kFresh && status.cache == kUs;
}

std::string_view write_plain_hit(std::chrono::seconds ttl, char* out) {
  char* end = base::put_short(base::put_short(out, kUs), "; hit; ttl=");
  end = base::put_decimal(end, static_cast<std::uint64_t>(ttl.count()));
  end = base::put_short(base::put_short(end, "; detail="), kFresh);
  return {out, static_cast<std::size_t>(end - out)};
}

}  // namespace

std::string_view write_cache_status(const CacheStatus& status, std::span<char> memory) {
  if (memory.size() >= kCacheStatusBytes && is_plain_hit(status)) [[likely]]
    return write_plain_hit(*status.ttl, memory.data());
  wire::structured::Writer writer(memory);
  if (!writer.token_or_string(status.cache)) return {};
  if (status.hit) writer.flag("hit");
  if (status.forwarded != Forwarded::kNo) writer.token("fwd", to_string(status.forwarded));
  if (status.forward_status) writer.integer("fwd-status", *status.forward_status);
  if (status.ttl) writer.integer("ttl", status.ttl->count());
  if (status.stored) writer.flag("stored");
  if (status.collapsed) writer.flag("collapsed");
  if (!status.detail.empty()) writer.token_or_string("detail", status.detail);
  if (!status.key.empty()) writer.string("key", status.key);
  return writer.text();
}

char* write_fresh_hit(std::chrono::seconds age, std::chrono::seconds ttl, char* out) {
  out = base::put_decimal(base::put_short(out, "Age: "), static_cast<std::uint64_t>(age.count()));
  // In pieces of sizes that are copied in two moves.
  out = base::put_short(base::put_short(out, "\r\nCache-Status: headga"), "te; hit; ttl=");
  out = base::put_decimal(out, static_cast<std::uint64_t>(ttl.count()));
  return base::put_short(out, "; detail=fresh\r\n");
}

}  // namespace headgate::proxy::cache::rules
