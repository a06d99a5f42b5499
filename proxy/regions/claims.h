#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/arena.h"
#include "base/ip_address.h"
#include "config/geo.h"
#include "geoip/regions.h"
#include "proxy/regions/pin_memo.h"
#include "proxy/regions/pin_token.h"
#include "proxy/sticky/keyring.h"
#include "wire/http/field.h"

namespace headgate::proxy::regions {

/// What a request itself says of its client's region, and what came of it.
struct Claim {
  enum class Outcome : std::uint8_t {
    kNone,                ///< it says nothing
    kOverride,            ///< the override header, of a sender who is believed
    kOverrideUnbelieved,  ///< the same of somebody else: the field is removed
    kOverrideUnknown,     ///< it names no region
    kPinned,              ///< a cookie that holds
    kPinExpired,
    kPinRefused,  ///< forged, or of a key that is gone
    kPinUnknown,  ///< its region is none any more
  };
  Outcome outcome = Outcome::kNone;
  geoip::Decision decision;  ///< of kOverride and kPinned
  std::string named = {};    ///< the region as it was named; of kOverrideUnbelieved: empty
};
/// A sentence: "its header X-Region names eu"; empty for kNone.
std::string text_of(const Claim& claim, const config::Geo& settings);

/// What the claims of one configuration are judged by.
struct ClaimRules {
  std::optional<config::RegionPin> pin;
  std::optional<config::RegionOverride> region_override;
  std::shared_ptr<const sticky::Keyring> keys;  ///< with `pin` never null
  std::shared_ptr<const geoip::Regions> regions;
};

/// By what requests may say whose client it is: a header of those who are believed, or a cookie that headgate has
/// signed. The header counts before the cookie, and both before what the client's address says. For one thread.
class Claims {
 public:
  explicit Claims(std::shared_ptr<const ClaimRules> rules);

  /// `sender` is who the connection is from; `now` in seconds since 1970. Removes the header of who is not believed.
  Claim judge(wire::http::Fields& request, const base::IpAddress& sender, std::uint64_t now);
  /// Takes the field of an answer by which an origin pins its client out of it; `may_pin`: and does so. What a
  /// Set-Cookie field says then; empty: nothing. "none" has the cookie taken away; a
  /// name that is no region's does nothing.
  std::string_view take_pin(wire::http::Fields& answer, bool may_pin, bool secure, std::uint64_t now,
                            base::Arena& arena);

 private:
  void follow_keys();
  bool judge_override(wire::http::Fields& request, const base::IpAddress& sender, Claim& out) const;
  std::optional<Pin> read_pin(std::string_view shown);
  void judge_pin(const wire::http::Fields& request, std::uint64_t now, Claim& out);

  std::shared_ptr<const ClaimRules> rules_;
  std::uint64_t generation_ = 0;
  std::optional<PinSigner> signer_;
  PinMemo memo_;  // of what that has read
};

}  // namespace headgate::proxy::regions
