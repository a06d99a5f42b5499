#include "proxy/regions/claims.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "base/ascii.h"
#include "wire/http/uri.h"

namespace headgate::proxy::regions {
namespace {

using Outcome = Claim::Outcome;

constexpr std::string_view kNobodys = "none";

}  // namespace

std::string text_of(const Claim& claim, const config::Geo& settings) {
  const std::string header = settings.region_override ? settings.region_override->header : "";
  const std::string cookie = settings.pin ? settings.pin->cookie : "";
  switch (claim.outcome) {
    case Outcome::kNone:
      return "";
    case Outcome::kOverride:
      return fmt::format("header {} of a sender who is believed names {}", header, claim.named);
    case Outcome::kOverrideUnbelieved:
      return fmt::format("header {} is removed: its sender is not in geoip.override.from", header);
    case Outcome::kOverrideUnknown:
      return fmt::format("header {} names {}, which is no region", header, claim.named);
    case Outcome::kPinned:
      return fmt::format("cookie {} pins it to {}", cookie, claim.named);
    case Outcome::kPinExpired:
      return fmt::format("cookie {} has expired; it pinned it to {}", cookie, claim.named);
    case Outcome::kPinRefused:
      return fmt::format("cookie {} does not hold: it was not signed with any of the keys", cookie);
    case Outcome::kPinUnknown:
      return fmt::format("cookie {} pins it to {}, which is no region any more", cookie, claim.named);
  }
  return "";
}

Claims::Claims(std::shared_ptr<const ClaimRules> rules) : rules_(std::move(rules)) {
  follow_keys();
}

void Claims::follow_keys() {
  if (!rules_->pin || rules_->keys->generation() == generation_) return;
  generation_ = rules_->keys->generation();
  signer_.emplace(*rules_->keys->keys());
  memo_.clear();
}

Claim Claims::judge(wire::http::Fields& request, const base::IpAddress& sender, std::uint64_t now) {
  Claim out;
  if (rules_->region_override && judge_override(request, sender, out)) return out;
  if (rules_->pin) judge_pin(request, now, out);
  return out;
}

/// Whether it settles whose client this is.
bool Claims::judge_override(wire::http::Fields& request, const base::IpAddress& sender, Claim& out) const {
  const config::RegionOverride& settings = *rules_->region_override;
  const wire::http::Field* const field = request.find(settings.header);
  if (field == nullptr) return false;
  const auto has_sender = [&sender](const base::IpNetwork& network) { return network.contains(sender); };
  if (std::ranges::none_of(settings.from, has_sender)) {
    request.remove(settings.header);
    out.outcome = Outcome::kOverrideUnbelieved;
    return false;
  }
  out.named = base::trimmed(field->value);
  const geoip::RegionIndex region = rules_->regions->find(out.named);
  out.outcome = region == geoip::kNoRegion ? Outcome::kOverrideUnknown : Outcome::kOverride;
  if (region == geoip::kNoRegion) return false;
  out.decision = {region, geoip::Why::kOverride};
  return true;
}

std::optional<Pin> Claims::read_pin(std::string_view shown) {
  follow_keys();
  const std::optional<Pin> known = memo_.find(shown);
  if (known) return known;
  const std::optional<Pin> pin = signer_->read(shown);
  if (pin) memo_.add(shown, *pin);
  return pin;
}

void Claims::judge_pin(const wire::http::Fields& request, std::uint64_t now, Claim& out) {
  if (!request.has(wire::http::FieldId::kCookie)) return;
  const std::string_view shown = wire::http::cookie_value(request, rules_->pin->cookie);
  if (shown.empty()) return;
  const std::optional<Pin> pin = read_pin(shown);
  if (!pin) {
    if (out.outcome == Outcome::kNone) out.outcome = Outcome::kPinRefused;
    return;
  }
  const geoip::RegionIndex region = rules_->regions->find(pin->region);
  const bool holds = pin->expires > now && region != geoip::kNoRegion;
  if (!holds && out.outcome != Outcome::kNone) return;
  out.named = pin->region;
  if (pin->expires <= now) {
    out.outcome = Outcome::kPinExpired;
  } else if (region == geoip::kNoRegion) {
    out.outcome = Outcome::kPinUnknown;
  } else {
    out.outcome = Outcome::kPinned;
    out.decision = {region, geoip::Why::kPinned};
  }
}

std::string_view Claims::take_pin(wire::http::Fields& answer, bool may_pin, bool secure, std::uint64_t now,
                                  base::Arena& arena) {
  if (!rules_->pin) return {};
  const config::RegionPin& settings = *rules_->pin;
  const wire::http::Field* const field = answer.find(settings.from_header);
  if (field == nullptr) return {};
  const std::string_view named = base::trimmed(field->value);
  const geoip::RegionIndex region = rules_->regions->find(named);
  const bool unpins = region == geoip::kNoRegion && named == kNobodys;
  const std::int64_t max_age = unpins ? 0 : settings.max_age / std::chrono::seconds(1);
  std::string value;
  if (region != geoip::kNoRegion && may_pin) {
    follow_keys();
    value = signer_->sign(named, now + static_cast<std::uint64_t>(max_age));
  }
  answer.remove(settings.from_header);
  if (!may_pin || (value.empty() && !unpins)) return {};
  return arena.copy(fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly{}; SameSite=Lax", settings.cookie, value, max_age,
                                secure ? "; Secure" : ""));
}

}  // namespace headgate::proxy::regions
