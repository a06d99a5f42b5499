#include <chrono>

#include "proxy/http/exchange.h"
#include "proxy/http/reception/send_home.h"
#include "proxy/regions/claims.h"
#include "proxy/regions/regions_share.h"

// What of an exchange is about its client's region.
namespace headgate::proxy::http {
namespace {

std::uint64_t seconds_of(base::WallTime time) {
  return static_cast<std::uint64_t>(time.time_since_epoch() / std::chrono::seconds(1));
}

}  // namespace

void Exchange::note_claims() {
  const regions::Claim claim = site_->claims()->judge(request_.head.fields, peer_, seconds_of(record_.arrived));
  if (claim.decision.region != geoip::kNoRegion) request_.where.claim(claim.decision);
}

/// A client that another region serves, by name, is told to go there.
bool Exchange::is_sent_home() {
  if (reception::stays_whatever(request_)) return false;
  const regions::Homes::Answer home =
      reception::home_of(request_, *site_->site().homes, site_->serving()->map(), route_->home_pool);
  if (home.host.empty()) return false;
  answer(307, "another region serves this client");
  response_.head.fields.add(wire::http::FieldId::kLocation, reception::place_at_home(request_, home.host, arena_));
  // For this client, and as long as things are as they are.
  response_.head.fields.add(wire::http::FieldId::kCacheControl, "no-store");
  return true;
}

/// An answer that is for this request alone may pin its client; one that others are given as well may not.
void Exchange::pin_client() {
  const bool is_its_own = record_.cache == nullptr || record_.cache->verdict == "pass";
  const std::string_view cookie = site_->claims()->take_pin(response_.head.fields, is_its_own, request_.secure,
                                                            seconds_of(record_.arrived), arena_);
  if (!cookie.empty()) response_.head.fields.add(wire::http::FieldId::kSetCookie, cookie);
}

}  // namespace headgate::proxy::http
